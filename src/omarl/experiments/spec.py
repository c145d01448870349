"""What a run is, as data: which dataset, which learner with which configuration, which seeds, how long."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from omarl.algos import ALGORITHMS, ActorConfig
from omarl.errors import RequestError, choose, require_seed


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One learner on one dataset, for some seeds side by side.

    `updates` is the budget, `every` how many updates lie between evaluations, of `episodes` episodes each.
    `preset` and `experiment` are labels: the configuration itself says what is done. `task` confirms the name
    of an environment that runs its own code (see `envs.registry.make_recorded`). With a `window` of so many
    MiB the dataset is streamed (see `data.stream`), else all of it lies on the device.
    """

    dataset: str
    algorithm: str
    config: ActorConfig
    preset: str
    seeds: tuple[int, ...] = (0,)
    updates: int = 2000
    every: int = 100
    episodes: int = 500
    experiment: str = "train"
    task: str | None = None
    window: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        choose("algorithm", self.algorithm, ALGORITHMS)
        for name in ("updates", "every", "episodes", "window"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise RequestError(f"{name} must be at least 1, got {getattr(self, name)}")
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
        return digest({"algorithm": self.algorithm, **asdict(self.config)})


def digest(value: Any) -> str:
    """12 hexadecimal digits of the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


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
