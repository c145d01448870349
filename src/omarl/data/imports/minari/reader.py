"""Import of Minari datasets of one agent, in any storage, by the spaces that `metadata.json` names."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from omarl.data.dataset import Metadata
from omarl.data.episodes import Episodes
from omarl.data.imports.minari.actions import (
    ActionSpace,
    DiscreteSpace,
    given_bounds,
    minari_actions,
    parse_action_space,
)
from omarl.data.imports.minari.ends import episode_marks, settled
from omarl.data.imports.minari.episode import StoredEpisode, spelled
from omarl.data.imports.minari.folder import ABOUT, data_folder, opened
from omarl.data.imports.minari.masks import (
    Mask,
    heeded,
    legal_in,
    observed_mask,
    suspects,
    told_mask,
    without,
)
from omarl.data.imports.minari.observations import observations_in, refuse_jpeg, stored_parts
from omarl.data.imports.minari.spaces import SpacePart, parts_of
from omarl.data.imports.reading import ActionReading, converted
from omarl.data.imports.rows import Import, Rows, Terminals, default_id, to_episodes
from omarl.data.units import made_units
from omarl.errors import RequestError
from omarl.files import strict_json
from omarl.types import TeamSpec

METADATA_BYTES = 1 << 24


class MinariLayout(NamedTuple):
    """How an episode is read: what is seen, what is done, and which choices are legal."""

    parts: list[SpacePart]
    space: ActionSpace
    reading: ActionReading
    mask: Mask | None

    @property
    def team(self) -> TeamSpec:
        """A team of one agent."""
        return TeamSpec(
            observation_sizes=(sum(part.size for part in self.parts),),
            action_sizes=(self.reading.size,),
            action_kind="discrete" if isinstance(self.space, DiscreteSpace) else "continuous",
        )


def from_minari(
    path: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The dataset in a Minari directory, or in its `data` directory or main file.

    Observations are flattened as `gymnasium.spaces.flatten` does it. Box actions are rescaled to [-1, 1] by
    the bounds of the action space, or by those in `mapping`; Discrete actions become one-hot vectors. A mask
    of the choices in the observations or infos is the dataset's `legal`. Ends are believed, since Minari
    tells time limits apart. Raises `RequestError` for spaces that are no vectors, and for an action space
    without bounds.
    """
    folder = data_folder(Path(path))
    if folder is None:
        raise RequestError(f"{path} holds no data/{ABOUT} with episodes: expected a Minari dataset")
    about, said = read_about(folder / ABOUT), given_bounds(mapping)
    with opened(folder) as episodes:
        if not episodes:
            raise RequestError(f"{folder} holds no episodes: expected a Minari dataset")
        marks = episode_marks(episodes)
        layout, notes = layout_of(about, said, episodes, folder)
        notes += count_notes(about, len(episodes))
    terminal, more = settled(marks, terminals)
    source = folder.parent
    metadata = Metadata(
        id=id or said.id or default_id(source),
        team=layout.team,
        made_by={"function": "import", "format": "minari", "source": source.name},
        licence="unknown",
        units=made_units([layout.reading.units], []),
    )
    return Import(metadata, _episodes(folder, layout, terminal, marks.end), [*notes, *more])


def read_about(path: Path) -> dict[str, Any]:
    """The metadata, with the spaces in it read as well; they may hold infinite bounds."""
    about = strict_json.read(path, METADATA_BYTES)
    if not isinstance(about, dict):
        raise RequestError(f"{path} is not an object: expected the metadata of a Minari dataset")
    texts = {name: about.get(name) for name in ("observation_space", "action_space")}
    spaces = {
        name: strict_json.parse(text.encode(), f"{name} in {path}", infinite=True)
        for name, text in texts.items()
        if isinstance(text, str)
    }
    return about | spaces


def layout_of(
    about: dict[str, Any], said: Any, episodes: Sequence[StoredEpisode], folder: Path
) -> tuple[MinariLayout, list[str]]:
    """How the episodes are read, and notes about that."""
    space = about.get("observation_space")
    parts = stored_parts(episodes[0]) if space is None else parts_of(space)
    refuse_jpeg(episodes[0], parts)
    actions = parse_action_space(about.get("action_space"), folder / ABOUT)
    reading, cut = minari_actions(actions, said, episodes)
    seen = observed_mask(parts, actions)
    mask, notes = heeded(seen or told_mask(episodes, actions), episodes, actions)
    kept = without(seen, parts)
    unknown = (
        [] if space is not None else [f"{ABOUT} names no observation space: numbers are taken as stored"]
    )
    notes = [
        *unknown,
        *_described(kept),
        *cut,
        *notes,
        *suspects(kept, actions),
        *_unused(episodes[0], parts, mask),
    ]
    return MinariLayout(kept, actions, reading, mask), notes


def _unused(episode: StoredEpisode, parts: Sequence[SpacePart], mask: Mask | None) -> list[str]:
    """Notes about what is stored but not imported."""
    known = {spelled(part.path[:1]) for part in parts if part.path}
    of_space = {name.removeprefix("_index_") for name in episode.members("observations")} if known else set()
    infos = set(episode.members("infos")) - ({mask.path[1]} if mask is not None else set())
    left = {"observations": of_space - {name.split("/")[0] for name in known} - known, "infos": infos}
    return [
        f"not imported of {where}: {', '.join(sorted(names)[:20])}" for where, names in left.items() if names
    ]


def _described(parts: Sequence[SpacePart]) -> list[str]:
    """A note about what an observation is made of, unless it is plain numbers."""
    if len(parts) == 1 and parts[0].width == parts[0].size:
        return []
    named = ", ".join(f"{part.name or 'one-hot'} ({part.size})" for part in parts[:20])
    rest = f" and {len(parts) - 20} more" if len(parts) > 20 else ""
    return [f"an observation is {sum(part.size for part in parts)} numbers: {named}{rest}"]


def count_notes(about: dict[str, Any], episodes: int) -> list[str]:
    """A note if there are not as many episodes as the metadata says."""
    said = about.get("total_episodes", episodes)
    return [] if said == episodes else [f"{ABOUT} says {said} episodes, but {episodes} are there"]


def _episodes(
    folder: Path, layout: MinariLayout, terminal: np.ndarray, end: np.ndarray
) -> Iterator[Episodes]:
    """The episodes one by one; the files are open while they are read."""
    stops = np.flatnonzero(end) + 1
    starts = np.concatenate([[0], stops[:-1]])
    with opened(folder) as episodes:
        for episode, low, high in zip(episodes, starts.tolist(), stops.tolist(), strict=True):
            yield _episode(episode, layout, terminal[low:high], end[low:high], low)


def _episode(
    episode: StoredEpisode, layout: MinariLayout, terminal: np.ndarray, end: np.ndarray, first: int
) -> Episodes:
    """One episode, which begins with row `first`; raises `RequestError` unless its arrays fit each other."""
    obs = observations_in(episode, layout.parts)
    reward, action = (episode.numbers(name) for name in ("rewards", "actions"))
    if not len(obs) - 1 == len(action) == len(reward) == len(end):
        raise RequestError(
            f"{episode.name} has {len(obs)} observations for {len(action)} actions, expected one more"
        )
    at = first + np.arange(len(action))
    taken = converted(layout.reading, action.astype(np.float64), at).astype(np.float32)[:, None]
    rows = Rows(obs[:-1, None], taken, reward.astype(np.float32), obs[1:, None], terminal, end)
    legal = None if layout.mask is None else legal_in(episode, layout.mask)[:, None]
    return to_episodes(rows)._replace(legal=legal)
