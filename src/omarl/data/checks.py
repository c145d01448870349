"""The checks of `validate`: functions from a dataset of correct structure to findings."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Bool

from omarl.data.card import lengths
from omarl.data.dataset import Dataset
from omarl.data.duplicates import repeated_rows
from omarl.data.episodes import Episodes, acting, before
from omarl.data.findings import Finding, count
from omarl.data.presence import lives
from omarl.data.ranges import constant_columns, rewards, scales
from omarl.data.resets import resets
from omarl.errors import RequestError
from omarl.types import TeamSpec

TOLERANCE = 1e-5
COMMON_SHARE = 0.8


def outside_box(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Which continuous actions are outside [-1, 1]."""
    return acting(part) & np.any((np.abs(part.action) > 1 + TOLERANCE) & team.action_mask, axis=-1)


def not_one_hot(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Which discrete actions are not one-hot within the agent's own choices."""
    ones = (part.action == 1) & team.action_mask
    return acting(part) & ((ones.sum(-1) != 1) | ((part.action != 0) & ~ones).any(-1))


def padding_used(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Which rows have numbers other than zero in the padding of an observation or action."""
    seen = np.arange(team.observation_size) < np.asarray(team.observation_sizes)[:, None]
    action = ((part.action != 0) & ~team.action_mask).any(-1)
    index = before(part)
    obs = ((part.obs != 0) & ~seen).any(-1)
    return action | obs[index] | obs[index + 1]


def illegal(part: Episodes, team: TeamSpec) -> Bool[np.ndarray, "rows agent"]:
    """Which actions use an entry that `legal` forbids."""
    if part.legal is None:
        return np.zeros(part.action.shape[:2], bool)
    return acting(part) & ((part.action != 0) & ~part.legal[before(part)]).any(-1)


def actions(dataset: Dataset) -> Iterator[Finding]:
    """Findings about actions that the team cannot take, and about padding that is not zero."""
    yield from _impossible(dataset)
    total, where = count(dataset, illegal)
    if total:
        remedy = "record the legal actions as they were before the action, not after it"
        yield Finding("error", f"{total} actions were not legal", f"action, first at {where}", remedy)
    total, where = count(dataset, padding_used)
    if total:
        what = f"{total} entries beyond an agent's own sizes are not zero"
        yield Finding("warning", what, f"first at {where}", "check observation_sizes and action_sizes")


def refuse_impossible_actions(dataset: Dataset) -> None:
    """Raise `RequestError` if actions leave the box or are not one-hot, since nothing may learn from them."""
    found = next((finding for finding in _impossible(dataset)), None)
    if found is not None:
        raise RequestError(f"dataset {dataset.metadata.id}: {found}")


def ends(dataset: Dataset) -> Iterator[Finding]:
    """Findings about ends of episodes: lost or misplaced ends, and time limits marked as true ends."""
    long, terminal = lengths(dataset), int(np.count_nonzero(dataset.terminal))
    common = int(np.bincount(long).argmax())
    share, longest = float(np.mean(long == common)), int(long.max())
    if dataset.episodes >= 3 and share >= COMMON_SHARE and longest > common:
        yield _too_long(dataset, long, common)
    if share == 1 and dataset.episodes > 1 and common > 1 and terminal == dataset.episodes:
        what = f"all {dataset.episodes} episodes are {common} rows long and end with `terminal`"
        yield Finding("warning", what, "terminal", "if that is a time limit, import with --terminals drop")
    if longest == 1:
        what = "every episode is one row long: the next action is nowhere known"
        yield Finding("note", what, "episodes", "learners that need the next action cannot use this data")
    elif terminal == 0:
        yield _never_terminal(dataset, int(long.min()), longest)


def duplicates(dataset: Dataset) -> Iterator[Finding]:
    """A warning if joint transitions occur more than once."""
    later, earlier = repeated_rows(dataset)
    if len(later):
        first = int(np.argmin(later))
        what = f"{len(later)} rows repeat earlier ones exactly"
        where = f"first: row {later[first]} repeats row {earlier[first]}"
        yield Finding("warning", what, where, "check whether a log was read twice")


CHECKS: tuple[Callable[[Dataset], Iterator[Finding]], ...] = (
    actions,
    lives,
    ends,
    rewards,
    duplicates,
    scales,
    resets,
    constant_columns,
)
BOX = ("leave [-1, 1]", "give the true bounds as `low` and `high` in the mapping and import again")
ONE_HOT = ("are not one-hot", "store choice k as a vector that is 1 at k and 0 elsewhere")


def _impossible(dataset: Dataset) -> Iterator[Finding]:
    """An error if there are actions outside the box, or that are not one-hot."""
    box = dataset.metadata.team.action_kind == "continuous"
    total, where = count(dataset, outside_box if box else not_one_hot)
    if total:
        what, remedy = BOX if box else ONE_HOT
        yield Finding("error", f"{total} actions {what}", f"action, first at {where}", remedy)


def _too_long(dataset: Dataset, long: np.ndarray, common: int) -> Finding:
    """The warning about episodes that are longer than the usual length."""
    first = int(np.argmax(long > common))
    what = f"{int(np.sum(long > common))} episodes are longer than the common length of {common} rows"
    where = f"first: episode {first}, rows {dataset.episode_start[first]} on, {long[first]} rows"
    return Finding("warning", what, where, "an end is missing or at the wrong row: mark where episodes end")


def _never_terminal(dataset: Dataset, shortest: int, longest: int) -> Finding:
    """The finding that no episode has a true end: a note if all are equally long, else a warning."""
    what = f"none of {dataset.episodes} episodes ends with `terminal`"
    if shortest == longest:
        return Finding(
            "note", f"{what}: all are cut by a time limit", "terminal", "nothing to do if that is so"
        )
    remedy = "if some episodes truly ended, the log lost it: mark those rows terminal"
    return Finding("warning", f"{what}, yet lengths differ ({shortest} to {longest})", "terminal", remedy)
