"""What is said about agents of a log that are not always there."""

import numpy as np
from jaxtyping import Int

from omarl.data.imports.tables.lives import AtMoments, Lives, OfAgents


def life_notes(lives: Lives, no_row: OfAgents, agents: tuple[str, ...]) -> list[str]:
    """Notes about agents that are not always there, with counts; `no_row` says where the log has none."""
    notes = [_about(name, lives, agent) for agent, name in enumerate(agents)]
    unused = int(np.count_nonzero(lives.grid.left & ~no_row))
    if unused:
        notes.append(f"{unused} rows of agents after their own end are not used")
    apart = int(np.count_nonzero(lives.terminal.any(1) & lives.ends & ~lives.together))
    if apart:
        notes.append(
            f"in {apart} episodes some agents were terminated at the end and others not: to these it is a "
            "time limit"
        )
    return [note for note in notes if note]


def _about(name: str, lives: Lives, agent: int) -> str:
    """What is to be said about when one agent is there; nothing if it always is."""
    acts = lives.acts[:, agent]
    start = np.flatnonzero(np.append(True, lives.grid.last[:-1]))
    steps, own = np.add.reduceat(~lives.idle, start), np.add.reduceat(acts, start, dtype=np.int64)
    fillers = int((steps - own).sum())
    if not fillers:
        return ""
    first, last = _extent(acts, start)
    there, early = own > 0, last < start + steps - 1
    dead = int(np.count_nonzero(there & early & lives.terminal[last, agent]))
    counts = {
        "takes no part in": ~there,
        "comes late in": there & (first > start),
        "is away for a while in": there & (last - first + 1 > own),
        f"leaves early (terminated in {dead}) in": there & early,
    }
    said = ", ".join(f"{what} {int(found.sum())}" for what, found in counts.items() if found.any())
    return (
        f"agent {name!r} {said} of {len(start)} episodes: "
        f"{fillers} of {int(steps.sum())} steps have only zeros for it, and nothing learns from them"
    )


def _extent(acts: AtMoments, start: Int[np.ndarray, "episodes"]) -> tuple[np.ndarray, np.ndarray]:
    """The first and last moment at which an agent acts in each episode; without meaning where it does not."""
    index = np.arange(len(acts))
    first = np.minimum.reduceat(np.where(acts, index, len(acts)), start)
    return first, np.maximum.reduceat(np.where(acts, index, -1), start)
