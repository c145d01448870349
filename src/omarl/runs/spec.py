"""What a run is, as data: which learner with which configuration, which seeds, on what, how long."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from omarl.algos import ALGORITHMS, ActorConfig
from omarl.algos.base import identity
from omarl.errors import RequestError, choose, require_seed
from omarl.presets import Settings, settings
from omarl.runs.inputs import BEFORE, MAKERS, InputChoice, usual_inputs
from omarl.training.online import OnlineConfig, rounds_of


@dataclass(frozen=True, kw_only=True)
class LearnerSpec:
    """What every run says: which learner, for which seeds side by side, evaluated over how many episodes.

    `preset` and `experiment` are labels: the configuration itself says what is done.
    """

    algorithm: str
    config: ActorConfig
    preset: str
    seeds: tuple[int, ...] = (0,)
    episodes: int = 500
    experiment: str = "train"

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        choose("algorithm", self.algorithm, ALGORITHMS)
        for name in ("updates", "steps", "every", "episodes", "window"):
            value = getattr(self, name, None)
            if value is not None and value < 1:
                raise RequestError(f"{name} must be at least 1, got {value}")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise RequestError(f"seeds must be different and at least one, got {self.seeds}")
        for seed in self.seeds:
            require_seed(seed)

    @property
    def critic(self) -> str:
        """What the critics see, `none` where there are none."""
        return getattr(self.config, "critic", "none")

    @property
    def config_hash(self) -> str:
        """A short name for the learner and its configuration: 12 hexadecimal digits."""
        return digest(self._identity)

    @property
    def _identity(self) -> dict[str, Any]:
        """What tells learners apart."""
        return {"algorithm": self.algorithm, **identity(self.config)}


@dataclass(frozen=True, kw_only=True)
class RunSpec(LearnerSpec):
    """One learner on one dataset.

    `updates` is the budget, `every` how many updates lie between evaluations. `task` confirms the name of an
    environment that runs its own code (see `envs.registry.make_recorded`). With a `window` of so many MiB the
    dataset is streamed (see `data.stream`), else all of it lies on the device. `inputs` says what networks
    see of observations (see `runs.inputs`).
    """

    dataset: str
    updates: int = 2000
    every: int = 100
    task: str | None = None
    window: int | None = None
    inputs: InputChoice = BEFORE

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        super().__post_init__()
        choose("inputs", self.inputs, MAKERS)

    @property
    def _identity(self) -> dict[str, Any]:
        """The inputs too, unless they are those of all results from before there was a choice."""
        return super()._identity | ({} if self.inputs == BEFORE else {"inputs": self.inputs})


@dataclass(frozen=True, kw_only=True)
class OnlineSpec(LearnerSpec):
    """One learner that makes its own experience in a task.

    `parameters` are the task's, `acting` says how playing and learning alternate. `steps` is the budget of
    environment steps, `every` how many of them lie between evaluations.
    """

    task: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    acting: OnlineConfig = field(default_factory=OnlineConfig)
    steps: int = 1_000_000
    every: int = 10_000

    def __post_init__(self) -> None:
        """Refuse what cannot be run, and a run that ends before it learns anything."""
        super().__post_init__()
        if self.steps <= self.acting.random_steps:
            raise RequestError(
                f"steps {self.steps}: the first {self.acting.random_steps} are random and teach nothing, "
                "expected more of them or fewer random_steps"
            )


def offline_spec(
    dataset: str,
    algorithm: str,
    *,
    kind: tuple[str | None, str | None],
    preset: str = "tuned",
    critic: str | None = None,
    changes: Mapping[str, Any] | ActorConfig | None = None,
    updates: int | None = None,
    every: int = 100,
    inputs: InputChoice | None = None,
    **rest: Any,
) -> RunSpec:
    """The run of a learner on a dataset, with a preset's hyperparameters for its `kind`: a task, a quality.

    `changes` replace fields of the configuration, or are all of it. Without `updates` the budget is the
    preset's; `every` is no more than it. Without `inputs` they are the usual ones for the task. `rest` are
    other fields of `RunSpec`. Raises `RequestError` for an unknown name.
    """
    config, usual = configured(settings(preset, algorithm, *kind, critic), algorithm, changes or {})
    budget = usual if updates is None else updates
    return RunSpec(
        dataset=dataset,
        algorithm=algorithm,
        config=config,
        preset=preset,
        updates=budget,
        every=min(every, budget),
        inputs=inputs or usual_inputs(kind[0]),
        **rest,
    )


def online_spec(
    task: str,
    algorithm: str,
    *,
    preset: str = "online",
    critic: str | None = None,
    changes: Mapping[str, Any] | ActorConfig | None = None,
    acting: OnlineConfig | None = None,
    **rest: Any,
) -> OnlineSpec:
    """The run of a learner that makes its own experience in a task; arguments are as in `offline_spec`."""
    start = settings(preset, algorithm, task, critic=critic)
    config, _ = configured(start, algorithm, changes or {})
    how = acting or rounds_of(task)
    return OnlineSpec(task=task, algorithm=algorithm, config=config, preset=preset, acting=how, **rest)


def configured(start: Settings, algorithm: str, changes: Mapping[str, Any] | ActorConfig) -> Settings:
    """The settings with some fields of the configuration replaced, or with another configuration."""
    if isinstance(changes, ActorConfig):
        return start._replace(config=changes)
    unknown = sorted(changes.keys() - {field.name for field in fields(start.config)})
    if unknown:
        raise RequestError(
            f"the learner {algorithm!r} has no option {unknown[0]!r}: "
            f"see `omarl train --algo {algorithm} --help`"
        )
    return start._replace(config=replace(start.config, **changes))


def digest(value: Any) -> str:
    """12 hexadecimal digits of the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def parse_count(text: str) -> int | tuple[int, ...]:
    """How many seeds, `10`, or which: `0,2,5` or `5..8,10` (both ends included).

    Raises `RequestError` for no seeds at all: whoever writes `0` means the seed 0.
    """
    if not text.isdecimal():
        return parse_seeds(text)
    if int(text) == 0:
        raise RequestError(
            "seeds '0': a single number says how many, expected 1 or more; seed 0 alone is 0..0"
        )
    return int(text)


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds in `3`, `0,2,5` or `0..4` (both ends included)."""
    try:
        seeds: list[int] = []
        for part in text.split(","):
            first, dots, last = part.partition("..")
            seeds += range(int(first), int(last) + 1) if dots else [int(first)]
    except ValueError:
        raise RequestError(f"seeds {text!r}: expected a number, a list 0,2,5 or a range 0..4") from None
    return tuple(seeds)
