"""What a recorded dataset says of how it was made."""

from collections.abc import Mapping
from typing import Any

from omarl.data.dataset import Metadata
from omarl.envs.protocol import TaskSpec
from omarl.envs.registry import dataset_id, distinct
from omarl.nets.kernels import compiled
from omarl.types import collect_command
from omarl.versions import versions


def metadata_of(
    task: TaskSpec, quality: str | None, size: int, seed: int, made_by: Mapping[str, Any]
) -> Metadata:
    """The metadata of a recording; of one of our qualities, with the command that makes it again."""
    command = {}
    if quality is not None:
        command = {"command": collect_command(distinct(task.id), quality, size=size, seed=seed)}
    return Metadata(
        id=dataset_id(task.id, quality or "own"),
        team=task.team,
        task=task.name,
        task_parameters=task.parameters,
        quality=quality,
        references=task.references,
        made_by=command | dict(made_by),
        versions=versions() | compiled.version() | dict(task.simulator),
    )
