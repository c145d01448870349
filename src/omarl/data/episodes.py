"""Whole episodes as plain arrays, which readers, writers and converters exchange in chunks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from omarl.data.dataset import Dataset, Metadata, episode_returns, episode_starts
from omarl.data.life import LIFE, with_life
from omarl.errors import RequestError
from omarl.types import TeamSpec

CHUNK_ROWS = 65_536
DTYPES: Mapping[str, str] = {
    "obs": "<f4",
    "action": "<f4",
    "reward": "<f4",
    "terminal": "|b1",
    "truncated": "|b1",
    "legal": "|b1",
    "alive": "|b1",
    "died": "|b1",
}
OPTIONAL_FIELDS = frozenset(("legal", *LIFE))


class Episodes(NamedTuple):
    """Some whole episodes in time order, as the arrays of a `Dataset` without metadata."""

    obs: Float[np.ndarray, "rows_and_episodes agent obs"]
    action: Float[np.ndarray, "rows agent act"]
    reward: Float[np.ndarray, "rows agent"]
    terminal: Bool[np.ndarray, "rows"]
    truncated: Bool[np.ndarray, "rows"]
    legal: Bool[np.ndarray, "rows_and_episodes agent act"] | None = None
    alive: Bool[np.ndarray, "rows_and_episodes agent"] | None = None
    died: Bool[np.ndarray, "rows agent"] | None = None

    @property
    def returns(self) -> Float[np.ndarray, "episodes"]:
        """Return of each episode: the learners' mean sum of rewards, undiscounted."""
        return episode_returns(self.reward, episode_starts(self.terminal, self.truncated))


def shapes(team: TeamSpec, rows: int, episodes: int) -> dict[str, tuple[int, ...]]:
    """The shape of every field of `rows` joint transitions in `episodes` episodes."""
    observations, agents = rows + episodes, team.agents
    return {
        "obs": (observations, agents, team.observation_size),
        "action": (rows, agents, team.action_size),
        "reward": (rows, agents),
        "terminal": (rows,),
        "truncated": (rows,),
        "legal": (observations, agents, team.action_size),
        "alive": (observations, agents),
        "died": (rows, agents),
    }


def present(episodes: Episodes | Dataset) -> dict[str, np.ndarray]:
    """The arrays that are not None, by the name of their field."""
    fields = {name: getattr(episodes, name) for name in DTYPES}
    return {name: value for name, value in fields.items() if value is not None}


def check_structure(episodes: Episodes | Dataset, team: TeamSpec) -> None:
    """Raise `RequestError` unless shapes fit the team and each other, and the last row ends an episode."""
    rows = len(episodes.action)
    if rows == 0:
        raise RequestError("no transitions: a dataset needs at least one row")
    wanted = shapes(team, rows, len(episodes.obs) - rows)
    for name, value in present(episodes).items():
        if value.shape != wanted[name]:
            raise RequestError(f"{name} has shape {value.shape}, expected {wanted[name]} for this team")
    check_life({name for name in LIFE if getattr(episodes, name) is not None})
    ends = np.asarray(episodes.terminal) | np.asarray(episodes.truncated)
    check_ends(int(np.count_nonzero(ends)), bool(ends[-1]), len(episodes.obs) - rows)


def check_life(given: Set[str]) -> None:
    """Raise `RequestError` if only one of the fields is given that say who is there."""
    if given and given != set(LIFE):
        raise RequestError(f"there is {' and '.join(sorted(given))} alone: expected both or none of {LIFE}")


def check_ends(ends: int, last_is_end: bool, episodes: int) -> None:
    """Raise `RequestError` unless there are `episodes` marked ends and the last row is one of them."""
    if ends != episodes:
        raise RequestError(
            f"terminal and truncated mark {ends} episode ends, but there are {episodes} more observations "
            "than rows: every episode needs exactly one observation more than it has rows"
        )
    if not last_is_end:
        raise RequestError(
            "the last row is neither terminal nor truncated: mark it, or drop the open episode"
        )


def select(dataset: Dataset, first: int, last: int) -> Episodes:
    """Episodes `first` to `last` (excluded) as views, without copying."""
    starts = dataset.episode_start
    low = int(starts[first])
    high = int(starts[last]) if last < len(starts) else dataset.rows
    rows, observations = slice(low, high), slice(low + first, high + last)
    return Episodes(
        obs=dataset.obs[observations],
        action=dataset.action[rows],
        reward=dataset.reward[rows],
        terminal=dataset.terminal[rows],
        truncated=dataset.truncated[rows],
        legal=None if dataset.legal is None else dataset.legal[observations],
        alive=None if dataset.alive is None else dataset.alive[observations],
        died=None if dataset.died is None else dataset.died[rows],
    )


def chunks(dataset: Dataset, rows: int = CHUNK_ROWS) -> Iterator[Episodes]:
    """The dataset in order, in chunks of whole episodes with about `rows` joint transitions each."""
    first, starts = 0, dataset.episode_start
    while first < dataset.episodes:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + rows)))
        yield select(dataset, first, last)
        first = last


def join(metadata: Metadata, parts: Iterable[Episodes]) -> Dataset:
    """One dataset in memory made of all the parts in order."""
    kept = list(parts)
    if not kept:
        raise RequestError(f"no episodes to make {metadata.id!r} of: the source holds none")
    dataset = Dataset(metadata, *concatenate(kept))
    check_structure(dataset, metadata.team)
    return dataset


def concatenate(parts: Sequence[Episodes]) -> Episodes:
    """The episodes of all parts, which hold the same fields, in order.

    Only the fields that say who is there may be in some parts alone.
    """
    kept = [present(part) for part in parts]
    if any(LIFE[0] in part for part in kept):
        kept = [with_life(part) for part in kept]
    return Episodes(**{name: np.concatenate([part[name] for part in kept]) for name in kept[0]})


def acting(episodes: Episodes | Dataset) -> Bool[np.ndarray, "rows agent"]:
    """Which agents are there in each row: what stands in the other entries is a filler."""
    if episodes.alive is None:
        return np.ones(episodes.reward.shape, bool)
    return np.asarray(episodes.alive)[before(episodes)]


def before(episodes: Episodes | Dataset) -> Int[np.ndarray, "rows"]:
    """For each row the index in `obs` of the observation before it; the next index is the one after it."""
    ends = np.asarray(episodes.terminal) | np.asarray(episodes.truncated)
    return np.arange(len(ends)) + np.cumsum(ends) - ends
