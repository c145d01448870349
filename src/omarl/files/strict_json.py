"""JSON from strangers: bounded in size, without duplicated keys, NaN or numbers beyond a float."""

import json
import math
from pathlib import Path
from typing import Any

from omarl.errors import RequestError

MAX_BYTES = 1 << 20
MAX_DEPTH = 32


def read(path: Path, most: int = MAX_BYTES) -> Any:
    """The value in the file at `path`; `RequestError` for anything that is not plain, finite, modest JSON."""
    if path.is_symlink() or not path.is_file():
        raise RequestError(f"{path} is not a plain file: expected JSON there")
    if path.stat().st_size > most:
        raise RequestError(f"{path} takes {path.stat().st_size} bytes, expected at most {most}")
    with path.open("rb") as file:
        return parse(file.read(most), str(path))


def parse(text: bytes, name: str, infinite: bool = False) -> Any:
    """The value that `text` holds; `name` says in an error where the text came from.

    With `infinite` the infinities and NaN are numbers too, as Python writes them.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=float if infinite else _refuse_constant,
            parse_float=_finite,
            parse_int=_modest,
        )
        _limit_depth([value], MAX_DEPTH)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates cannot be printed or stored
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{name} is not valid JSON: {str(error)[:200] or 'nested too deeply'}") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these members, none of which may appear twice."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object names the same key twice")
    return value


def _refuse_constant(name: str) -> None:
    """Raise for NaN and the infinities, which JSON does not have."""
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    """The number, unless it is beyond what a float holds."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:40]} is beyond the range of a float")
    return value


def _modest(text: str) -> int:
    """The whole number, unless it takes more than 64 bits."""
    if len(text) > 20 or not -(2**63) <= (value := int(text)) < 2**63:
        raise ValueError(f"{text[:40]} takes more than 64 bits")
    return value


def _limit_depth(value: dict | list, left: int) -> None:
    """Raise for values nested more deeply than `left` levels."""
    if left == 0:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    for member in value.values() if isinstance(value, dict) else value:
        if isinstance(member, dict | list):
            _limit_depth(member, left - 1)
