"""Draws the rooms of src/omarl and what they import: `python .ci/map.py` writes docs/images/house.svg.

Rooms are the files and folders of src/omarl. They stand in the order of the floors in pyproject.toml, and
each arrow goes from a room to one that it imports. All text stands on a box of its own colour, so that the
picture is readable on light and on dark pages.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE, PICTURE = ROOT / "src/omarl", ROOT / "docs/images/house.svg"
ROW, COLUMN, BOX = 28, 25, 20  # distances between rows and between columns, and the height of a box
LEFT, TOP, LETTER, SMALL = 16, 14, 7.4, 6.1  # margins, and the width of a letter of a room and of a folder
COLOURS = ("#3b7dd8", "#c0632b", "#2f9268", "#a14fb0", "#b3841a", "#5b6b85")
STYLE = """
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
  text { fill: #10213a }
  .inside { font-size: 10px; fill: #44546c }
  .room { fill: #e3ebf6; stroke: #7d8ca3 }
  .floor { fill: #8090a8; fill-opacity: 0.12 }
  .arrow { fill: none; stroke-width: 1.3 }
"""

Floors = list[list[str]]
Pairs = set[tuple[str, str]]


def floors(pyproject: str) -> Floors:
    """The rooms of every floor, the highest floor first, as import-linter's contract has them."""
    contracts = tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    return [[room.strip().removeprefix("omarl.") for room in layer.split("|")] for layer in layers]


def folders(source: Path) -> dict[str, list[str]]:
    """Every room of a package, with the folders in it that hold Python files."""
    rooms = [path for path in source.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    inside = {room.stem: sorted(each.parent.name for each in room.glob("*/__init__.py")) for room in rooms}
    return {room: names for room, names in sorted(inside.items()) if room != "__init__"}


def imported(file: Path, package: str) -> Iterator[str]:
    """The modules of a package that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield from [f"{module}.{name.name}" for name in names] if module == package else [module]
            case ast.Import(names=names):
                yield from (name.name for name in names)


def pairs(source: Path) -> Pairs:
    """(room, other) for every room of a package that imports another."""
    return {
        (room, other)
        for file in source.rglob("*.py")
        for module in imported(file, source.name)
        if module.startswith(f"{source.name}.")
        if (room := file.relative_to(source).parts[0].removesuffix(".py")) != "__init__"
        if (other := module.split(".")[1]) != room
    }


def box(room: str, inside: list[str], x: float, y: float) -> list[str]:
    """A room's box, with its name and the folders in it."""
    words = " ".join(inside)
    width = 14 + LETTER * len(room) + (8 + SMALL * len(words) if words else 0)
    more = f'<tspan class="inside" dx="8">{words}</tspan>' if words else ""
    return [
        f'<rect class="room" x="{x}" y="{y - BOX / 2}" width="{width:.0f}" height="{BOX}" rx="4"/>',
        f'<text x="{x + 7}" y="{y + 4}">{room}{more}</text>',
    ]


def arrow(pair: tuple[str, str], start: tuple[float, float], end: tuple[float, float], colour: int) -> str:
    """An arrow that falls from a room, turns right at a dot and ends at the room that is imported."""
    (x, y), (to_x, to_y) = start, end
    style = f'class="arrow" stroke="{COLOURS[colour]}" marker-end="url(#head{colour})"'
    path = f'<path {style} d="M{x} {y} V{to_y} H{to_x - 5}"><title>{pair[0]} imports {pair[1]}</title></path>'
    return f'{path}<circle cx="{x}" cy="{to_y}" r="2.8" fill="{COLOURS[colour]}"/>'


def head(colour: int) -> str:
    """The head of the arrows of a colour."""
    shape = f'<path d="M0 0 L6 3 L0 6 Z" fill="{COLOURS[colour]}"/>'
    return (
        f'<marker id="head{colour}" markerWidth="6" markerHeight="6" refX="1" refY="3" orient="auto" '
        f'markerUnits="userSpaceOnUse">{shape}</marker>'
    )


def draw(house: Floors, inside: dict[str, list[str]], found: Pairs) -> str:
    """The picture; `ValueError` if a room of the package stands on no floor, or one of a floor is missing."""
    rooms = [room for floor in house for room in floor]
    if sorted(rooms) != sorted(inside):
        raise ValueError(f"rooms on one side only: {sorted({*rooms} ^ {*inside})}; see pyproject.toml")
    at = {room: (LEFT + COLUMN * index, TOP + ROW // 2 + ROW * index) for index, room in enumerate(rooms)}
    width, height = LEFT + COLUMN * len(rooms) + 80, 2 * TOP + ROW * len(rooms)
    bands = [
        f'<rect class="floor" x="0" y="{at[floor[0]][1] - ROW // 2}" width="{width}" '
        f'height="{ROW * len(floor)}"/>'
        for floor in house[::2]
    ]
    arrows = []
    for room, other in sorted(found, key=lambda pair: (rooms.index(pair[0]), -rooms.index(pair[1]))):
        x, y = at[room]
        colour = rooms.index(room) % len(COLOURS)
        arrows.append(arrow((room, other), (x + 10, y + BOX / 2), at[other], colour))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>The rooms of omarl, and which imports which</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{''.join(map(head, range(len(COLOURS))))}</defs>",
        *bands,
        *arrows,
        *(line for room in rooms for line in box(room, inside[room], *at[room])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def house() -> str:
    """The picture of this package."""
    return draw(floors((ROOT / "pyproject.toml").read_text()), folders(SOURCE), pairs(SOURCE))


if __name__ == "__main__":
    PICTURE.write_text(house())
    print(PICTURE.relative_to(ROOT))
