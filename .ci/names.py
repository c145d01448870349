"""Prints every public top-level name that several files of src/omarl define; exit code 1 if there is one.

Functions, classes, constants and type aliases count. Names that begin with an underscore and imports do not.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src/omarl"


def targets(node: ast.AST) -> Iterator[str]:
    """Names that a top-level statement defines, private ones included."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=assigned):
            yield from (n.id for target in assigned for n in ast.walk(target) if is_stored(n))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.If() | ast.Try() | ast.With():
            yield from (name for child in ast.iter_child_nodes(node) for name in targets(child))


def is_stored(node: ast.AST) -> bool:
    """Whether a node is a name that is assigned to."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def duplicates(source: Path) -> dict[str, list[str]]:
    """Public names that more than one file below `source` defines, each with its files."""
    found = defaultdict(list)
    for file in sorted(source.rglob("*.py")):
        defined = {name for node in ast.parse(file.read_text()).body for name in targets(node)}
        for name in defined:
            if not name.startswith("_"):
                found[name].append(str(file.relative_to(source)))
    return {name: files for name, files in sorted(found.items()) if len(files) > 1}


def main() -> int:
    """Print the duplicates; returns 1 if there are any."""
    found = duplicates(SOURCE)
    for name, files in found.items():
        print(f"{name}: {', '.join(files)}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
