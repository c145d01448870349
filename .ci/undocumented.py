"""Hook of the documentation's build: an undocumented public name is a warning, under --strict an error."""

import logging
from collections.abc import Iterator

import griffe

log = logging.getLogger("mkdocs.hooks.undocumented")


def undocumented(owner: griffe.Object) -> Iterator[str]:
    """Dotted paths of the public modules, classes and functions at or within `owner` without a docstring."""
    if not (owner.docstring and owner.docstring.value.strip()):
        yield owner.path
    for name, member in owner.members.items():
        if name.startswith("_") or member.is_alias:
            continue
        if member.is_module or member.is_class or member.is_function or "property" in member.labels:
            yield from undocumented(member)


def on_pre_build(config) -> None:
    """Warn of every undocumented public name of the package."""
    for path in undocumented(griffe.load("omarl", search_paths=["src"])):
        log.warning("no docstring: %s", path)
