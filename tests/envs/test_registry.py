"""What the registry says of a task without making it is what the task says of itself."""

import inspect

import pytest

from omarl.envs.particle.hunts import SHIPPED_PREY
from omarl.envs.registry import TASKS, complete, distinct, make
from omarl.errors import RequestError
from omarl.types import TaskId

OTHERS = {"agents": 4, "independent": True, "prey": str(SHIPPED_PREY / "tag.safetensors")}


@pytest.mark.parametrize("name", TASKS)
def test_the_parameters_are_those_of_the_task(name: str, game) -> None:
    factory = TASKS[name]
    signature = inspect.signature(factory.load()).parameters
    assert {key: (one.annotation, one.default) for key, one in signature.items()} == factory.parameters
    assert complete(TaskId(name)) == make(name).spec.id


@pytest.mark.parametrize("name", ["spread", "line-spread", "tag", "tag-full"])
def test_given_parameters_are_kept_and_defaults_are_dropped(name: str) -> None:
    changed = TaskId(name, {key: OTHERS[key] for key in TASKS[name].parameters})
    made = make(name, **dict(changed.parameters)).spec
    assert complete(changed) == made.id == changed == distinct(changed)
    assert distinct(make(name).spec.id) == TaskId(name)


def test_a_prey_that_is_not_given_is_not_named() -> None:
    assert complete(TaskId("tag", {"prey": None})) == make("tag", prey=None).spec.id == TaskId("tag")


def test_a_strangers_task_keeps_its_parameters() -> None:
    task = TaskId("pettingzoo:their.module", {"N": 3})
    assert complete(task) == task == distinct(task)


def test_a_truth_value_is_no_number_of_agents() -> None:
    with pytest.raises(RequestError, match="agents=True: task 'spread' expects int"):
        make("spread", agents=True)
