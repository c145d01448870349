"""Who is there when: agents that come late, end before their team, or take no part in an episode.

A dataset in which everybody is always there has none of these fields, and nothing is spent on them.

- `alive` `[rows + episodes, agent]`: the agent is there at this observation. Then it acts in the row that
  follows, if there is one. Where it is not there, observation, action and reward are fillers.
- `died` `[rows, agent]`: the agent truly ended with this row while its team did not truly end.

So an agent that is alive before a row, did not die in it and is not alive after it has left: what its last
action led to is unknown.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

LIFE = ("alive", "died")


class Life(NamedTuple):
    """The two fields that say who is there."""

    alive: Bool[np.ndarray, "rows_and_episodes agent"]
    died: Bool[np.ndarray, "rows agent"]


def everybody(observations: int, rows: int, agents: int) -> Life:
    """The fields of a stretch in which everybody is always there."""
    return Life(np.ones((observations, agents), bool), np.zeros((rows, agents), bool))


def with_life(fields: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The fields of some episodes, by name, completed by those that say who is there."""
    known = everybody(len(fields["obs"]), *fields["reward"].shape)
    return {**dict(fields), **{name: fields.get(name, getattr(known, name)) for name in LIFE}}


def only_if_needed(life: Life) -> Mapping[str, np.ndarray]:
    """The fields by name, or none if everybody is always there."""
    return {} if life.alive.all() and not life.died.any() else life._asdict()
