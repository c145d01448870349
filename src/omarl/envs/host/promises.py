"""What an environment returns, held against what its spaces say: the first thing that differs is named.

Harmless forms are accepted: an array of one number, axes of length one, another type for the same numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from omarl.errors import RequestError
from omarl.types import MASK_NAMES

Space = Any  # gymnasium's


def unpacked(returned: object, names: Sequence[str], call: str) -> tuple[Any, ...]:
    """What a call returned, taken apart; `RequestError` unless it is one value for each name."""
    if not isinstance(returned, tuple) or len(returned) != len(names):
        found = f"{len(returned)} values" if isinstance(returned, tuple) else type(returned).__name__
        raise RequestError(f"{call} returned {found}: expected {', '.join(names)}")
    return returned


def one_number(value: object, what: str) -> float:
    """A finite number, also if it is an array of one; else `RequestError`."""
    found = _numbers(value, what)
    if found.size != 1 or not np.isfinite(found).all():
        shown = f"has shape {found.shape}" if found.size != 1 else f"is {value}"
        raise RequestError(f"{what} {shown}: expected one finite number")
    return float(found.reshape(-1)[0])


def fitted(space: Space, value: object, what: str) -> Any:
    """The value as `gymnasium.spaces.flatten` takes it; `RequestError` if it is not of the space."""
    from gymnasium import spaces

    if isinstance(space, spaces.Dict):
        return _fitted_parts(space.spaces, value, what)
    if isinstance(space, spaces.Tuple):
        if not isinstance(value, tuple | list) or len(value) != len(space.spaces):
            raise RequestError(f"{what} is {_short(value)}: its space says {len(space.spaces)} parts")
        pairs = enumerate(zip(space.spaces, value, strict=True))
        return tuple(fitted(inner, part, f"{what}, part {index},") for index, (inner, part) in pairs)
    if isinstance(space, spaces.Discrete):
        return _whole(value, int(space.start), int(space.n), what)
    if isinstance(space, spaces.Box | spaces.MultiDiscrete | spaces.MultiBinary):
        return _array(space, value, what)
    if isinstance(space, spaces.Text) and not space.contains(value):
        raise RequestError(f"{what} is {_short(value)}: its space says {space}")
    return value


def _fitted_parts(parts: Mapping[str, Space], value: object, what: str) -> dict[str, Any]:
    """The parts of a dict, each fitted to its space."""
    if not isinstance(value, Mapping) or value.keys() != parts.keys():
        found = (
            f"has the parts {sorted(map(str, value))}"
            if isinstance(value, Mapping)
            else f"is {_short(value)}"
        )
        raise RequestError(f"{what} {found}: its space says {sorted(map(str, parts))}")
    return {name: fitted(inner, value[name], f"{what}, part {name!r},") for name, inner in parts.items()}


def _whole(value: object, start: int, count: int, what: str) -> int:
    """One whole number of a Discrete space."""
    number = one_number(value, what)
    if number != int(number) or not start <= number < start + count:
        raise RequestError(
            f"{what} is {value}: its space says a whole number from {start} to {start + count - 1}"
        )
    return int(number)


def _array(space: Space, value: object, what: str) -> np.ndarray:
    """Numbers in the shape and type of the space."""
    found = _numbers(value, what)
    if _long_axes(found.shape) != _long_axes(space.shape):
        raise RequestError(f"{what} has shape {found.shape}, its space says {space.shape}")
    array = found.reshape(space.shape)
    if not np.isfinite(array).all():
        raise RequestError(f"{what} holds {array[~np.isfinite(array)][0]}: expected finite numbers")
    cast = array.astype(space.dtype)
    if cast.dtype.kind in "iub" and (cast != array).any():
        raise RequestError(f"{what} holds {array[cast != array][0]}, its space is of {cast.dtype}")
    low, high = _range(space)
    outside = (cast < low) | (cast > high)
    if outside.any():
        raise RequestError(f"{what} holds {array[outside][0]}, which its space {space} does not have")
    return cast


def _range(space: Space) -> tuple[Any, Any]:
    """Least and largest entries of what becomes one-hot or is a bit; boxes are not held to their bounds."""
    if hasattr(space, "nvec"):
        return space.start, space.start + space.nvec - 1
    return (-np.inf, np.inf) if hasattr(space, "low") else (0, 1)


def _numbers(value: object, what: str) -> np.ndarray:
    """The value as an array of numbers."""
    try:
        found = np.asarray(value)
    except ValueError:  # lists of different lengths
        found = np.asarray(None)
    if found.dtype.kind not in "fiub":
        raise RequestError(f"{what} is {_short(value)}: expected numbers")
    return found


def _long_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The lengths of all axes but those of length one."""
    return tuple(length for length in shape if length != 1)


def _short(value: object) -> str:
    """The beginning of how a value is written."""
    return " ".join(repr(value).split())[:60]


def flag_of(flags: Any, what: str, name: str) -> bool:
    """Whether a flag of an agent is set; one that is missing is not."""
    return name in flags and bool(one_number(flags[name], f"{what} of {name!r}"))


def paid_to(reward: Any, name: str, acting: set) -> float:
    """What an agent is paid, zero if it took no part; `RequestError` if it took part and nothing is said."""
    if name in acting and name not in reward:
        raise RequestError(f"rewards have none of {name!r}, which acted: expected one number")
    return one_number(reward[name], f"reward of {name!r}") if name in reward else 0.0


def seen_by(obs: Any, name: str) -> Any:
    """What an agent sees; `RequestError` if it is missing."""
    if name not in obs:
        raise RequestError(f"observations have none of {name!r}, which takes part: expected one of its space")
    return obs[name]


def mask_told(infos: Any, name: str, size: int) -> Any:
    """The mask in an agent's infos, by any of its usual names; None if there is none."""
    info = infos.get(name) or {}
    found = next((key for key in MASK_NAMES if key in info), None)
    if found not in (None, MASK_NAMES[0]) and not _is_mask(info[found], size):
        raise RequestError(
            f"{found} in the infos of {name!r} is {info[found]}: expected {size} zeros and ones"
        )
    return None if found is None else info[found]


def _is_mask(value: Any, size: int) -> bool:
    """Whether a value is made of so many zeros and ones."""
    return np.shape(value) == (size,) and bool(np.isin(value, (0, 1)).all())
