"""Small records that every room may use: the name of a task, its team, and the returns that scores refer to.

Axes have the same names everywhere: `batch agent act` for actions, `samples batch agent act` where one
observation has several candidate actions. A ragged team is padded to its largest member.
"""

import math
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool

from omarl.errors import RequestError

ActionKind = Literal["continuous", "discrete"]
MASK_NAMES = (
    "action_mask",
    "action_masks",
    "legal_actions",
    "avail_actions",
    "available_actions",
    "valid_actions",
)
"""What others call the mask that says which choices are legal now; the first is Gymnasium's and RLlib's."""
_LIKE_A_MASK = re.compile("mask|legal|avail|valid", re.IGNORECASE)


def sounds_like_mask(name: str) -> bool:
    """Whether a part of an observation with this name may be a mask of the choices."""
    return _LIKE_A_MASK.search(name) is not None


@dataclass(frozen=True, kw_only=True)
class TeamSpec:
    """The team of a dataset or a task: what each agent sees and what each agent may do.

    A continuous action is a vector in [-1, 1]^d, a discrete action is a one-hot vector over the choices. In
    both cases `action_sizes` holds the length of that vector for each agent.
    """

    observation_sizes: tuple[int, ...]
    action_sizes: tuple[int, ...]
    action_kind: ActionKind = "continuous"

    def __post_init__(self) -> None:
        """Raise `RequestError` for a team that cannot exist."""
        if not self.observation_sizes or len(self.observation_sizes) != len(self.action_sizes):
            raise RequestError(
                f"a team needs one observation size and one action size per agent, got "
                f"{self.observation_sizes} and {self.action_sizes}"
            )
        if min(*self.observation_sizes, *self.action_sizes) < 1:
            raise RequestError(
                f"sizes must be positive, got {self.observation_sizes} and {self.action_sizes}"
            )

    @property
    def agents(self) -> int:
        """Number of learners."""
        return len(self.action_sizes)

    @property
    def observation_size(self) -> int:
        """Length of an observation after padding."""
        return max(self.observation_sizes)

    @property
    def action_size(self) -> int:
        """Length of an action vector after padding."""
        return max(self.action_sizes)

    @property
    def action_mask(self) -> Bool[np.ndarray, "agent act"]:
        """True where an entry of a padded action vector exists."""
        return np.arange(self.action_size) < np.asarray(self.action_sizes)[:, None]


class Reference(NamedTuple):
    """The two mean returns that define the normalised score: `random` scores 0, `expert` scores 100."""

    random: float
    expert: float

    def score(self, mean_return: float) -> float:
        """The normalised score of a mean return, `100 (S - random) / (expert - random)` (Fu et al. 2020)."""
        return 100.0 * (mean_return - self.random) / (self.expert - self.random)


@dataclass(frozen=True, init=False)
class TaskId:
    """The name of a task with its parameters, which are sorted and may be given as a mapping."""

    name: str
    parameters: tuple[tuple[str, Any], ...]

    def __init__(self, name: str, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        """Sort the parameters by name."""
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "parameters", tuple(sorted(dict(parameters).items())))

    @classmethod
    def parse(cls, text: str) -> "TaskId":
        """The task that `str(task)` or `task.folder` writes; values are read by `literal`."""
        name, *pairs = _BEFORE_PARAMETER.split(text)
        return cls(name, ((key, literal(value)) for key, _, value in (pair.partition("=") for pair in pairs)))

    def __str__(self) -> str:
        """The spelling in records and tables: `line-spread agents=2 independent=True`."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.parameters)])

    @property
    def folder(self) -> str:
        """One part of a path and of a dataset's id: `line-spread-agents=2`, `mpe2.simple_spread_v3`.

        Characters that a path should not have become dots, and of a long value only the end is kept.
        """
        name = _plain(self.name.partition(":")[2] or self.name) or "own"
        return "-".join(
            [name, *(f"{key}={_plain(str(value)[-_LONGEST:])}" for key, value in self.parameters)]
        )

    @property
    def options(self) -> str:
        """The parameters as words of a command line: `--task.agents 2 --task.independent True`."""
        return " ".join(f"--task.{key} {shlex.quote(str(value))}" for key, value in self.parameters)


_BEFORE_PARAMETER = re.compile(r"[ -](?=[^\W\d]\w*=)")
_LONGEST = 80


def _plain(text: str) -> str:
    """The text with everything but letters, digits, `_`, `+` and `-` as dots."""
    return re.sub(r"[^\w+-]+", ".", text, flags=re.ASCII).strip(".")


def collect_command(task: TaskId, quality: str, **options: int) -> str:
    """The command line that collects a dataset of this task and quality; `options` are `size` and `seed`."""
    others = [f"--{name} {value}" for name, value in options.items()]
    words = ["omarl collect", shlex.quote(task.name), "--quality", quality, *others, task.options]
    return " ".join(filter(None, words))


def literal(text: str) -> bool | int | float | str:
    """The truth value or finite number that a text spells, otherwise the text itself."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            if math.isfinite(value := number(text)):
                return value
        except (ValueError, OverflowError):
            continue
    return text
