"""The datasets that experiments learn from, and the directory of each."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omarl.types import TaskId


@dataclass(frozen=True, kw_only=True)
class Data:
    """A dataset of an experiment; `seed` is None where all seeds learn from one dataset, made with seed 0."""

    task: str
    quality: str
    parameters: tuple[tuple[str, Any], ...] = ()
    fraction: float = 1.0
    seed: int | None = None

    @property
    def task_id(self) -> TaskId:
        """The task with its parameters."""
        return TaskId(self.task, self.parameters)

    @property
    def task_name(self) -> str:
        """The task with its parameters as the name of a directory."""
        return self.task_id.folder

    @property
    def label(self) -> str:
        """The quality in records; a part of `replay` is called `replay-0.1`."""
        return self.quality if self.fraction == 1 else f"{self.quality}-{self.fraction:g}"

    @property
    def name(self) -> str:
        """Task and quality, `line-spread-agents=2/medium-replay`."""
        return f"{self.task_name}/{self.label}"

    @property
    def whole(self) -> "Data":
        """The dataset of which this one is a part, or itself."""
        return replace(self, fraction=1.0)

    def path(self, root: Path) -> Path:
        """Its directory below `root`."""
        seed = "" if self.seed is None else f"-seed{self.seed}"
        return root / self.task_name / f"{self.label}{seed}-v0"

    def note(self, root: Path) -> Path:
        """The file below `root` that says why the dataset could not be made, if it exists."""
        path = self.path(root)
        return path.with_name(f"{path.name}-failed.txt")
