"""Joint steps as most multi-agent logs hold them: the observation after a step is that of the next step."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from omarl.data.episodes import Episodes
from omarl.data.imports.rows import Terminals, settle_ends
from omarl.errors import RequestError

SPAN_BYTES = 1 << 25  # about so many bytes of a log are read at a time
Flags = Bool[np.ndarray, "steps"]


class Ends(NamedTuple):
    """What is known about each step of a log before the rest of it is read.

    `last` marks the last step of each episode. `terminal` marks steps whose action truly ended the episode.
    `acted` is false for a last step that only holds the observation after the action before it.
    """

    last: Flags
    terminal: Flags
    acted: Flags


class LogSteps(NamedTuple):
    """Steps of whole episodes in time order; `legal` belongs to the observation of the same step."""

    obs: Float[np.ndarray, "steps agent obs"]
    action: Float[np.ndarray, "steps agent act"]
    reward: Float[np.ndarray, "steps agent"]
    legal: Bool[np.ndarray, "steps agent act"] | None
    ends: Ends


def joint_ends(
    terminal: Bool[np.ndarray, "steps agent"], truncated: Bool[np.ndarray, "steps agent"]
) -> tuple[Ends, int]:
    """The team's ends, and in how many episodes an agent ended before its team.

    An episode is over when all agents have ended. It truly ended if all that acted until then were
    terminated. The last step of the log ends an episode in any case.
    """
    last, true_end = np.zeros(len(terminal), bool), np.zeros(len(terminal), bool)
    gone, early = np.zeros(terminal.shape[1], bool), 0
    ended = terminal | truncated
    for step in np.flatnonzero(ended.any(1)).tolist():
        acting = ~gone
        gone = gone | ended[step]
        if gone.all():
            last[step], true_end[step] = True, terminal[step][acting].all()
            early, gone = early + int(not acting.all()), np.zeros_like(gone)
    last[-1] = True
    return Ends(last, true_end, np.ones_like(last)), early


def settle(ends: Ends, terminals: Terminals) -> tuple[Ends, list[str]]:
    """The ends with what `settle_ends` decides about true ends, and its notes.

    Raises `RequestError` if no step can become a transition.
    """
    last, terminal, acted = ends
    closed = np.append((last & ~acted)[1:], False)
    if not acted.any():
        raise RequestError("no step has an action that counts: expected at least one transition")
    settled = np.zeros_like(terminal)
    settled[acted], notes = settle_ends(terminal[acted], (last | closed)[acted], terminals)
    found = Ends(last, settled, acted)
    return found, [_transitions_note(found), *notes, *_lost_note(found)]


def kept(ends: Ends) -> Flags:
    """The steps that become transitions: they acted, and their next observation is known or not needed."""
    return ends.acted & (~ends.last | ends.terminal)


def pack(steps: LogSteps) -> Episodes:
    """The steps as episodes, in which the last observation of a log's episode is the one that closes it.

    After a true end without a later observation the one before is repeated, since nothing depends on it.
    """
    last, terminal, _ = steps.ends
    keep = kept(steps.ends)
    first = np.append(True, last[:-1])
    before_close = keep & ~last & np.append(~keep[1:], False)
    repeats = np.where(first & ~keep, 0, 1 + (keep & last))
    seen = np.repeat(np.arange(len(last)), repeats)
    end = (keep & last) | before_close
    return Episodes(
        obs=np.asarray(steps.obs, np.float32)[seen],
        action=np.asarray(steps.action, np.float32)[keep],
        reward=np.asarray(steps.reward, np.float32)[keep],
        terminal=(end & terminal)[keep],
        truncated=(end & ~terminal)[keep],
        legal=None if steps.legal is None else steps.legal[seen],
    )


def as_episodes(parts: Iterable[LogSteps]) -> Iterator[Episodes]:
    """The episodes of each part that has at least one transition."""
    return (pack(part) for part in parts if kept(part.ends).any())


def _lost_note(ends: Ends) -> list[str]:
    """A note about the actions that are left out because the observation after them is unknown."""
    lost = int(np.count_nonzero(ends.acted & ~kept(ends)))
    if not lost:
        return []
    return [f"the observation after {lost} time limits is unknown: their last steps are left out"]


def early_note(episodes: int) -> list[str]:
    """A note about episodes in which an agent ended before its team."""
    if not episodes:
        return []
    return [
        f"in {episodes} episodes an agent ended before its team: what is recorded for it afterwards is kept"
    ]


def some_ends(ends: Ends, steps: slice) -> Ends:
    """What is known about some of the steps."""
    return Ends(*(field[steps] for field in ends))


def _transitions_note(ends: Ends) -> str:
    """How many transitions in how many episodes there are; raises `RequestError` if there are none."""
    keep = kept(ends)
    if not keep.any():
        raise RequestError("no step has an observation after it: expected at least one transition")
    episode = np.cumsum(np.append(0, ends.last[:-1]))
    lengths = np.bincount(episode[keep])
    lengths = lengths[lengths > 0]
    return f"{len(lengths)} episodes of {lengths.min()} to {lengths.max()} transitions found"


def steps_at_once(bytes_per_step: int) -> int:
    """How many steps are read at a time, so that the memory needed does not depend on the log's length."""
    return max(1, SPAN_BYTES // max(1, bytes_per_step))
