"""The names of columns: which are usual for a role, which mean the next step, and how they are shown."""

import re
from collections.abc import Iterable, Mapping

from omarl.data.imports.mapping import SINGLE
from omarl.data.imports.tables.sources import SOURCE_FILE

USUAL: Mapping[str, tuple[str, ...]] = {
    "episode": (
        *("episode", "episode_id", "episode_index", "episode_idx", "episode_number", "ep", "eps_id"),
        *("trajectory", "trajectory_id", "traj_id", SOURCE_FILE),
    ),
    "step": ("step", "step_id", "step_index", "timestep", "time_step", "frame_index", "tick", "t"),
    "agent": ("agent", "agent_id", "agent_name", "agent_index", "agent_idx"),
    "reward": ("reward", "rewards", "rew", "rews", "next.reward"),
    "terminal": (
        *("terminal", "terminals", "is_terminal", "terminated", "terminateds", "is_terminated"),
        *("termination", "terminations", "next.terminated", "done", "dones", "is_done", "next.done"),
    ),
    "truncated": (
        *("truncated", "truncateds", "is_truncated", "truncation", "truncations", "next.truncated"),
        *("timeout", "timeouts", "time_limit", "timelimit.truncated"),
    ),
    "observation": (
        *("obs_*", "obs.*", "obs", "observation_*", "observation.*", "observation"),
        *("observations_*", "observations.*", "observations"),
    ),
    "next_observation": ("next_obs_*",),
    "legal": (
        *("legal_*", "legal.*", "action_mask_*", "action_mask.*", "action_masks_*"),
        *("avail_actions_*", "available_actions_*"),
    ),
    "action": ("action_*", "action.*", "action", "actions_*", "actions.*", "actions"),
}
ANY_END = frozenset(("done", "dones", "is_done", "next.done"))
LATER_WORDS = frozenset(("next", "nxt", "new", "tp1", "t1", "prime", "successor"))
MASK_WORDS = frozenset(("mask", "masks", "legal", "avail", "available"))
NOT_RECORDED = re.compile(r"__index_level_\d+__|Unnamed: \d+|^$")


def shortened(names: Iterable[str], most: int = 12) -> str:
    """Names in one line, the middle ones left out if there are many."""
    kept = list(names)
    if len(kept) <= most:
        return ", ".join(kept)
    return f"{', '.join(kept[: most - 2])}, ..., {kept[-1]} ({len(kept)} columns)"


def of_this_step(names: list[str], matched: list[str]) -> list[str]:
    """The columns without those of the next step, which are named as another one is."""
    plain = {key(name) for name in names if not words(name) & LATER_WORDS}
    later = {name for name in matched if words(name) & LATER_WORDS and key(name) in plain}
    return [name for name in matched if name not in later]


def no_masks(names: list[str]) -> list[str]:
    """The columns without those that say what was legal."""
    return [name for name in names if not words(name) & MASK_WORDS]


def in_star_order(names: list[str], pattern: str) -> list[str]:
    """The columns in the table's order, or by the numbers that the star stands for."""
    fixed = pattern.replace("*", "")
    numbers = [
        name.removeprefix(pattern.split("*")[0]).removesuffix(pattern.split("*")[-1]) for name in names
    ]
    if pattern.count("*") != 1 or not fixed or not all(number.isdecimal() for number in numbers):
        return names
    return [name for _, name in sorted(zip(map(int, numbers), names, strict=True))]


def reserved(names: list[str]) -> set[str]:
    """Columns that no star takes: those with the usual name of a single role, and numbers of lines."""
    usual = {name for role in SINGLE for name in USUAL[role]}
    return {name for name in names if usual_form(name) in usual or NOT_RECORDED.fullmatch(name)}


def usual_form(name: str) -> str:
    """A name in small letters with underscores."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def words(name: str) -> frozenset[str]:
    """The words of a name in small letters: `obsNext_x1` has `obs`, `next`, `x1`."""
    return frozenset(_split(name))


def key(name: str) -> tuple[str, ...]:
    """The words of a name in order without those that mean this step or the next."""
    return tuple(word for word in _split(name) if word != "t" and word not in LATER_WORDS)


def _split(name: str) -> list[str]:
    """The words of a name in small letters."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("t+1", "t1")
    return re.findall(r"[a-z0-9]+", spaced.lower())
