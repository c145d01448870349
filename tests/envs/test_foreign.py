"""Other people's environments: what passes to and fro is theirs, whatever their agents are like."""

import multiprocessing
import re
import sys
from functools import partial
from importlib.metadata import version
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from toys import parallel_toys

from omarl.envs import make
from omarl.envs.host.adapter import Adapter
from omarl.envs.host.foreign import ForeignTask, wrap
from omarl.envs.host.hints import MAMUJOCO
from omarl.envs.host.spaces import Interval
from omarl.envs.registry import make_recorded, unconfirmed
from omarl.errors import RequestError, TrainingError
from omarl.play.episodes import play
from omarl.play.host import play_on_host
from omarl.play.policies import uniform_policy
from omarl.types import TaskId

NAME = "pettingzoo:toys.parallel_toys:Counting"


def first_legal(obs, legal, key):
    """The first choice that is legal."""
    return np.eye(legal.shape[-1])[legal.argmax(-1)]


def steps(adapter, seed=0):
    """What the team is told until the end of an episode in which everybody takes the first legal choice."""
    told = [adapter.reset(seed)]
    while not (told[-1].terminal or told[-1].truncated):
        told.append(adapter.step(first_legal(None, told[-1].legal, None)))
    return told


def test_short_observations_and_actions_are_padded():
    adapter = Adapter(parallel_toys.Counting(), horizon=10)
    told = adapter.reset(seed=7)
    np.testing.assert_array_equal(told.obs, [[7, 1, 0], [7, 1, 1]])
    np.testing.assert_array_equal(told.legal, [[True, True, False], [True, True, True]])
    adapter.step(np.array([[0, 1, 0], [0, 0, 1.0]]))
    assert adapter.env.received == [{"walker": 6, "jumper": 7}]


def test_an_agent_that_leaves_early_sees_and_earns_nothing():
    told = steps(Adapter(parallel_toys.Counting(walker=(1, "terminal")), horizon=10))
    assert [t.present.tolist() for t in told] == [[True, True], *[[False, True]] * 2, [False, False]]
    np.testing.assert_array_equal([t.obs[0] for t in told[1:]], np.zeros((3, 3)))
    np.testing.assert_array_equal([t.legal[0] for t in told[1:]], [[True, False, False]] * 3)
    np.testing.assert_array_equal([t.reward[0] for t in told], [0, 5, 0, 0])
    np.testing.assert_array_equal(told[-1].obs[1], [0, 4, 4])


@pytest.mark.parametrize(
    ("walker", "jumper", "horizon", "ends"),
    [
        ((3, "terminal"), (3, "terminal"), 10, (True, False)),
        ((1, "terminal"), (3, "terminal"), 10, (True, False)),
        ((3, "truncated"), (3, "truncated"), 10, (False, True)),
        ((1, "terminal"), (3, "truncated"), 10, (False, True)),
        ((3, "terminal"), (3, "truncated"), 10, (False, True)),
        ((None, ""), (None, ""), 3, (False, True)),
        ((3, "terminal"), (3, "terminal"), 3, (True, False)),
    ],
)
def test_a_true_end_and_a_time_limit_are_apart(walker, jumper, horizon, ends):
    told = steps(Adapter(parallel_toys.Counting(walker=walker, jumper=jumper), horizon))
    assert len(told) == 4 and (bool(told[-1].terminal), bool(told[-1].truncated)) == ends


def test_of_those_who_end_together_only_the_truncated_still_see():
    env = parallel_toys.Counting(walker=(1, "terminal"), jumper=(1, "truncated"))
    np.testing.assert_array_equal(steps(Adapter(env, horizon=10))[-1].obs, [[0, 0, 0], [0, 2, 2]])


@pytest.mark.parametrize(
    ("walker", "jumper", "alive", "died"),
    [
        ((1, "terminal"), (3, "truncated"), [1, 0, 0, 0], [1, 0, 0]),
        ((1, "truncated"), (3, "terminal"), [1, 0, 0, 0], [0, 0, 0]),
        ((3, "terminal"), (3, "truncated"), [1, 1, 1, 0], [0, 0, 1]),
        ((2, "terminal"), (3, "terminal"), [1, 1, 0, 0], [0, 1, 0]),
    ],
)
def test_who_is_there_is_recorded(walker, jumper, alive, died):
    task = wrap(parallel_toys.Counting, workers=0, walker=walker, jumper=jumper)
    played = play(task, jax.jit(uniform_policy(task.spec.team)), jax.random.key(0), 2)
    assert played.alive[:4, 0].tolist() == alive and played.alive[:, 1].all()
    assert played.died[:3, 0].tolist() == died and not played.died[:, 1].any()


def test_nothing_is_recorded_of_who_is_there_where_everybody_is():
    task = wrap(parallel_toys.Counting, workers=0, walker=(3, "terminal"), jumper=(3, "terminal"))
    played = play(task, jax.jit(uniform_policy(task.spec.team)), jax.random.key(0), 2)
    assert played.terminal.any() and played.alive is None and played.died is None


@pytest.mark.parametrize("masks", ["info", "observation"])
def test_masks_are_honoured(masks):
    adapter = Adapter(parallel_toys.Counting(masks=masks), horizon=3)
    assert adapter.observation_sizes == (2, 3)
    told = adapter.reset(seed=0)
    np.testing.assert_array_equal(told.legal, [[False, True, False], [False, True, False]])
    told = adapter.step(first_legal(None, told.legal, None))
    np.testing.assert_array_equal(told.legal, [[True, False, False], [False, False, True]])


def test_box_actions_are_mapped_to_their_bounds():
    adapter = Adapter(parallel_toys.Counting(discrete=False), horizon=5)
    adapter.reset(seed=0)
    adapter.step(np.array([[-1, 1, 0], [0, 9.0, -1]]))
    received = adapter.env.received[0]
    np.testing.assert_allclose(received["walker"], [-1, 4])
    np.testing.assert_allclose(received["jumper"], [1, 4, -1])


@pytest.mark.parametrize("toy", [parallel_toys.Unbounded, parallel_toys.Mixed, object])
def test_what_is_not_a_team_with_box_or_discrete_actions_is_refused(toy):
    with pytest.raises(RequestError):
        Adapter(toy(), horizon=5)


def everything(task, episodes, policy=None, seed=0):
    """All arrays of some episodes."""
    policy = policy or jax.jit(uniform_policy(task.spec.team))
    parts = play_on_host(task, policy, jax.random.key(seed), episodes)
    return [field for part in parts for field in part if field is not None]


def test_processes_change_nothing_but_the_speed():
    options = {"copies": 3, "masks": "info", "walker": (2, "terminal")}
    with_two = wrap(parallel_toys.Counting, workers=2, **options)
    alone = wrap(parallel_toys.Counting, workers=0, **options)
    here, there = everything(alone, 5), everything(with_two, 5)
    with_two.close()
    assert len(here) == len(there) == 2 * 9
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)
    other = everything(alone, 5, seed=1)
    assert not np.array_equal(here[0], other[0])
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


@pytest.mark.parametrize("workers", [0, 2])
def test_there_may_be_fewer_episodes_than_copies(workers):
    task = wrap(parallel_toys.Counting, copies=5, workers=workers)
    for seeds in ([4, 5, 6, 7, 8], [7], [1, 2]):
        told = task.reset(seeds)
        np.testing.assert_array_equal(told.obs[:, 0, 0], seeds)
        assert task.step(first_legal(None, told.legal, None), np.ones(len(seeds), bool)).reward.shape[
            0
        ] == len(seeds)
    task.close()


def test_actions_between_minus_one_and_one_reach_such_a_box_unchanged():
    values = np.float32([-1, -0.3, 1e-12, 0.1, 1])
    unit = Interval(np.full(5, -1.0), np.ones(5), np.float32)
    np.testing.assert_array_equal(unit.action(values), values)
    other = Interval(np.full(5, -0.1), np.full(5, 0.7), np.float64)
    np.testing.assert_allclose(other.action(values), [-0.1, 0.18, 0.3, 0.34, 0.7], atol=1e-7)
    assert other.action(values)[0] == -0.1 and other.action(values)[-1] == 0.7


def test_episodes_are_of_their_own_length():
    task = wrap(lambda: parallel_toys.Counting(jumper=(2, "truncated")), horizon=4, copies=2, workers=0)
    (played,) = play_on_host(task, first_legal, jax.random.key(0), 1)
    assert played.obs.shape == (1, 5, 2, 3) and played.alive.sum() == 4
    np.testing.assert_array_equal(played.truncated[0], [False, False, False, True])
    np.testing.assert_allclose(played.returns, [(4 * 5 + 2 * 5) / 2])


@pytest.mark.parametrize(
    ("how", "message"),
    [("error", "ZeroDivisionError: the toy broke"), ("exit", r"by itself \(exit code 3\)")],
)
def test_a_failure_in_a_worker_is_reported_and_nothing_is_left(how, message):
    task = wrap(parallel_toys.Failing, copies=2, workers=1, how=how)
    with pytest.raises(TrainingError, match=message) as caught:
        everything(task, 2)
    notes = "".join(getattr(caught.value, "__notes__", []))
    assert ("parallel_toys.py" in notes) == (how == "error")
    assert not multiprocessing.active_children()


def test_closing_ends_the_processes_and_they_start_again_when_needed():
    task = wrap(parallel_toys.Counting, copies=2, workers=1)
    first = everything(task, 2)
    assert multiprocessing.active_children()
    task.close()
    assert not multiprocessing.active_children()
    for one, again in zip(first, everything(task, 2), strict=True):
        np.testing.assert_array_equal(one, again)
    task.close()


def test_what_cannot_reach_a_process_is_refused():
    task = wrap(lambda: parallel_toys.Counting(), workers=1)
    with pytest.raises(RequestError, match="workers=0"):
        everything(task, 1)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (lambda obs, legal, key: np.eye(3)[2] * np.ones_like(legal), "forbids"),
        (lambda obs, legal, key: legal[:, 0], "shape"),
        (lambda obs, legal, key: legal * np.nan, "finite"),
    ],
)
def test_an_impossible_action_is_refused(policy, message):
    task = wrap(parallel_toys.Counting, copies=2, workers=0, masks="info")
    with pytest.raises(RequestError, match=message):
        everything(task, 1, policy)


def test_a_name_makes_the_task_again():
    task = make(NAME, horizon=7, discrete=False)
    assert (task.spec.name, task.spec.horizon) == (NAME, 7)
    assert task.spec.parameters == {"discrete": False, "horizon": 7}
    again = make(task.spec.name, **task.spec.parameters)
    assert again.spec == task.spec and again.spec.team.action_kind == "continuous"
    assert wrap(parallel_toys.Counting, discrete=False, horizon=7).spec == task.spec


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("pettingzoo:no_such_module", {}),
        ("pettingzoo:toys.parallel_toys:Nothing", {}),
        (NAME, {"colour": 1}),
        (NAME, {"horizon": 0}),
        ("gym:parallel_toys", {}),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(name, parameters):
    with pytest.raises(RequestError):
        make(name, **parameters)


def test_a_files_word_imports_nothing(monkeypatch):
    def imported(name):
        raise AssertionError(f"{name} was imported")

    monkeypatch.setattr("importlib.import_module", imported)
    assert make_recorded(NAME, {}) is None and make_recorded(None, {}) is None
    assert f"--task {NAME}" in unconfirmed(NAME, None) and unconfirmed(NAME, NAME) == ""
    with pytest.raises(RequestError, match="was recorded in"):
        make_recorded(NAME, {}, "pettingzoo:another")


def test_a_confirmed_name_and_our_own_are_made():
    assert isinstance(make_recorded(NAME, {}, NAME), ForeignTask)
    assert make_recorded("spread", {"agents": 2}).spec.team.agents == 2


def test_names_become_parts_of_paths():
    assert TaskId("pettingzoo:mpe2.simple_spread_v3").folder == "mpe2.simple_spread_v3"
    assert TaskId("pettingzoo:a.b:make env").folder == "a.b.make.env"
    assert TaskId("spread").folder == "spread" and TaskId("../..").folder == "own" == TaskId("").folder


def test_the_task_says_which_versions_its_steps_hang_on(monkeypatch):
    assert make(NAME).spec.simulator.keys() - {"mujoco"} == {"pettingzoo"}
    monkeypatch.setitem(sys.modules, "mujoco", SimpleNamespace(__version__="3.3.7"))
    simulator = wrap(parallel_toys.Counting, workers=0).spec.simulator
    assert simulator == {"pettingzoo": version("pettingzoo"), "mujoco": "3.3.7"}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"scenario": "Ant", "agent_conf": "7x7"}, "--task.agent_conf of Ant is one of 2x4, 2x4d, 4x2"),
        ({"scenario": "Aunt", "agent_conf": "2x4"}, "--task.scenario is one of Ant, CoupledHalfCheetah"),
    ],
)
def test_known_values_are_named_where_the_environment_does_not(parameters, said):
    def fails(**parameters):
        raise Exception("UNKNOWN partitioning config: 7x7")

    with pytest.raises(RequestError, match=re.escape(said)):
        ForeignTask(partial(fails, **parameters), MAMUJOCO, parameters)
    with pytest.raises(RequestError) as other:
        ForeignTask(partial(fails, **parameters), NAME, parameters)
    assert "--task" not in str(other.value)
