"""Goals: what a behaviour policy must reach to be of a level, a mean return or a win rate."""

from typing import NamedTuple


class Performance(NamedTuple):
    """What a policy achieves on average; the win rate is None in a task that knows no wins."""

    mean_return: float
    win_rate: float | None = None


class Goal(NamedTuple):
    """At least so much of what a probe measures, which is the name of a field of `Performance`."""

    measure: str
    least: float

    def __str__(self) -> str:
        """The goal in words."""
        return f"a {self.measure.replace('_', ' ')} of {self.least:.7g}"


def won(rate: float) -> Goal:
    """The goal of winning at least this fraction of the episodes."""
    return Goal("win_rate", rate)


def goal_of(level: float | Goal) -> Goal:
    """The goal that a recipe gives for a level; a number is a mean return."""
    return level if isinstance(level, Goal) else Goal("mean_return", level)
