"""What breaks its own promise is named at the first step; what is harmless passes."""

import sys
from types import ModuleType

import jax
import numpy as np
import pytest
from gymnasium import spaces
from toys import parallel_toys
from toys.broken_promises import Broken, Forgetful, Walk

import omarl
from omarl.collecting.record import record
from omarl.envs import make
from omarl.envs.host import workers
from omarl.envs.host.adapter import Adapter
from omarl.envs.host.foreign import wrap
from omarl.envs.host.promises import fitted, unpacked
from omarl.errors import RequestError
from omarl.play.host import play_on_host
from omarl.play.policies import uniform_policy

FIRST = np.array([[1, 0, 0], [1, 0, 0.0]])


def first_step(env):
    """What the team is told after a step in which everybody takes the first choice."""
    adapter = Adapter(env, horizon=10)
    adapter.reset(seed=7)
    return adapter.step(FIRST)


def first_legal(obs, legal, key):
    return np.eye(legal.shape[-1])[legal.argmax(-1)]


BROKEN = [
    ({"observation": np.ones(1)}, r"observation of 'walker' has shape \(1,\), its space says \(2,\)"),
    ({"observation": np.ones(3)}, r"observation of 'walker' has shape \(3,\), its space says \(2,\)"),
    ({"observation": np.array([1, np.nan])}, "observation of 'walker' holds nan: expected finite numbers"),
    ({"observation": "left"}, "observation of 'walker' is 'left': expected numbers"),
    ({"observation": [[1.0], [1.0, 2.0]]}, "observation of 'walker' is .*: expected numbers"),
    ({"reward": np.ones(2)}, r"reward of 'walker' has shape \(2,\): expected one finite number"),
    ({"reward": np.inf}, "reward of 'walker' is inf: expected one finite number"),
    ({"reward": "much"}, "reward of 'walker' is 'much': expected numbers"),
    (
        {"info": {"legal_actions": [0, 1, 0]}},
        r"legal_actions in the infos of 'walker' is \[0, 1, 0\]: expected 2",
    ),
    ({"info": {"action_mask": [1, 1, 1]}}, "an action mask has 3 entries, expected 2"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN)
def test_what_is_not_as_its_space_says_is_named_with_agent_and_field(change, message):
    with pytest.raises(RequestError, match=message):
        first_step(Broken(**change))


@pytest.mark.parametrize(
    ("what", "message"),
    [("reward", "rewards have none of 'walker'"), ("observation", "observations have none of 'walker'")],
)
def test_what_is_missing_is_named(what, message):
    with pytest.raises(RequestError, match=message):
        first_step(Forgetful(what))


@pytest.mark.parametrize(
    ("space", "value", "message"),
    [
        (spaces.Discrete(3), 3, "is 3: its space says a whole number from 0 to 2"),
        (spaces.Discrete(3), 0.5, "is 0.5: its space says a whole number"),
        (spaces.MultiDiscrete([2, 3]), [1, 3], "holds 3, which its space MultiDiscrete"),
        (spaces.MultiBinary(2), [0, 2], "holds 2, which its space MultiBinary"),
        (spaces.Box(0, 255, (2,), np.uint8), [1, 300], "holds 300, its space is of uint8"),
        (spaces.Box(0, 9, (2,), np.int64), [1, 2.5], "holds 2.5, its space is of int64"),
        (spaces.Dict(a=spaces.Discrete(2)), {"b": 0}, r"has the parts \['b'\]: its space says \['a'\]"),
        (
            spaces.Dict(a=spaces.MultiBinary(2)),
            {"a": [1]},
            r"part 'a', has shape \(1,\), its space says \(2,\)",
        ),
        (spaces.Tuple([spaces.Discrete(2)]), (0, 1), "its space says 1 parts"),
        (spaces.Text(2), "long", "is 'long': its space says Text"),
    ],
)
def test_every_kind_of_space_is_held_to(space, value, message):
    with pytest.raises(RequestError, match=message):
        fitted(space, value, "observation of 'p0'")


def test_harmless_forms_are_accepted():
    told = first_step(Broken(reward=np.array([1.5]), observation=[[3], [4]]))
    assert told.reward[0] == 1.5 and told.obs[0].tolist() == [3, 4, 0]
    assert fitted(spaces.Discrete(4), np.array([2]), "") == 2
    assert fitted(spaces.Box(0, 1, (1,)), 0.5, "").shape == (1,)
    assert fitted(spaces.Box(0, 9, (2,), np.int64), [1.0, 2.0], "").dtype == np.int64


def test_what_is_not_the_interface_is_named():
    with pytest.raises(RequestError, match="reset returned dict: expected observations, infos"):
        unpacked({}, ("observations", "infos"), "reset")
    with pytest.raises(RequestError, match="step returned 4 values: expected a, b"):
        unpacked((1, 2, 3, 4), ("a", "b"), "step")


def test_a_promise_broken_in_a_worker_is_a_wrong_request_too():
    task = wrap(Broken, copies=2, workers=1, observation=np.ones(1))
    with pytest.raises(RequestError, match="observation of 'walker' has shape"):
        task.reset([0, 1])


@pytest.mark.parametrize(
    "names", [("obs", "action_mask"), ("observations", "action_mask"), ("seen", "avail_actions")]
)
def test_a_mask_is_taken_apart_whatever_the_rest_is_called(names):
    rest, mask = names
    space = spaces.Dict({rest: spaces.Box(-9, 9, (2,)), mask: spaces.MultiBinary(2)})
    adapter = Adapter(Broken(space=space, observation={rest: [3, 4], mask: [0, 1]}), horizon=3)
    told = adapter.reset(seed=0)
    assert adapter.observation_sizes == (2, 3) and told.obs[0].tolist() == [3, 4, 0]
    assert told.legal[0].tolist() == [False, True, False]


def test_several_parts_beside_a_mask_are_all_seen():
    space = spaces.Dict(b=spaces.Discrete(2), action_mask=spaces.MultiBinary(2), a=spaces.Box(0, 9, (1,)))
    env = Broken(space=space, observation={"a": [7], "action_mask": [1, 0], "b": 1})
    assert Adapter(env, horizon=3).reset(seed=0).obs[0].tolist() == [0, 1, 7]


@pytest.mark.parametrize("name", ["action_mask", "legal_actions", "available_actions"])
def test_masks_in_infos_have_several_names(name):
    assert Adapter(Broken(info={name: [0, 1]}), horizon=3).reset(seed=0).legal[0].tolist() == [
        False,
        True,
        False,
    ]


def test_a_mask_of_another_length_is_refused():
    space = spaces.Dict(obs=spaces.Box(-9, 9, (2,)), action_mask=spaces.MultiBinary(5))
    with pytest.raises(
        RequestError, match=r"action_mask of 'walker' is MultiBinary\(5\): expected 2 zeros and ones"
    ):
        Adapter(Broken(space=space), horizon=3)


def test_what_only_looks_like_a_mask_is_said(caplog):
    space = spaces.Dict(obs=spaces.Box(-9, 9, (2,)), move_mask=spaces.MultiBinary(2))
    wrap(Broken, space=space, workers=0)
    assert "'move_mask' in the observations of 'walker' looks like a mask of its choices" in caplog.text


def test_the_cap_is_said_once_and_only_where_nobody_asked_for_it(caplog, monkeypatch):
    monkeypatch.setattr("omarl.envs.host.foreign.HORIZON", 4)
    for task in (
        wrap(parallel_toys.Counting, workers=0, copies=2),
        wrap(parallel_toys.Counting, workers=0, horizon=3),
    ):
        [*play_on_host(task, first_legal, jax.random.key(0), 4)]
    assert (
        caplog.text.count("episodes are cut after 4 steps, our cap") == 1
        and "after 3 steps" not in caplog.text
    )
    short = wrap(parallel_toys.Counting, workers=0, walker=(4, "terminal"))
    caplog.clear()
    [*play_on_host(short, first_legal, jax.random.key(0), 1)]
    assert "our cap" not in caplog.text


def test_an_environment_made_by_a_nested_function_is_played_in_one_process(tmp_path, caplog):
    def nested():
        return parallel_toys.Counting()

    task = wrap(nested, copies=2, horizon=5)
    assert task.workers == 0 and "is played in one process" in caplog.text
    dataset = omarl.load(record(task, first_legal, tmp_path / "d", 10))
    assert dataset.rows == 10 and ".nested/own" not in dataset.metadata.id


def test_what_an_interactive_session_defines_cannot_be_sent(monkeypatch):
    assert workers.unsendable(parallel_toys.Counting) == ""

    def typed():
        return parallel_toys.Counting()

    typed.__module__, typed.__qualname__ = "__main__", "typed"
    session = ModuleType("__main__")
    session.typed = typed
    monkeypatch.setitem(sys.modules, "__main__", session)
    assert workers.unsendable(parallel_toys.Counting) == ""
    assert "interactive session" in workers.unsendable(typed)


def test_what_cannot_be_recorded_fails_before_playing(tmp_path):
    task = wrap(lambda **options: parallel_toys.Counting(), workers=0, weights=np.ones(2))

    def never(obs, legal, key):
        raise AssertionError("it was played")

    with pytest.raises(RequestError, match="not JSON-safe"):
        record(task, never, tmp_path / "d", 10)
    assert not [*tmp_path.iterdir()]


def test_a_gymnasium_environment_is_a_team_of_one(caplog):
    task = make("gymnasium:toys.broken_promises:Walk-v0")
    assert task.spec.horizon == 2 and task.spec.parameters == {} and task.spec.team.agents == 1
    assert task.spec.simulator.keys() - {"mujoco"} == {"gymnasium"}
    task.workers = 0
    (played,) = play_on_host(task, lambda obs, legal, key: np.zeros_like(legal, float), jax.random.key(0), 1)
    assert played.obs[0, :, 0].argmax(-1).tolist() == [0, 1, 2] and played.truncated[0].tolist() == [
        False,
        True,
    ]
    assert played.reward[0, :, 0].tolist() == [1, 1] and "our cap" not in caplog.text
    assert make("gymnasium:toys.broken_promises:Walk-v0", horizon=1).spec.parameters == {"horizon": 1}
    with pytest.raises(RequestError, match="expected the id of a registered environment"):
        make("gymnasium:Nowhere-v7")


def test_an_environment_of_another_interface_is_recognised():
    assert wrap(Walk, workers=0).spec.team.observation_sizes == (4,)
    with pytest.raises(RequestError, match="is not a PettingZoo ParallelEnv"):
        wrap(object, workers=0)


OLD_NAMES = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # PettingZoo has a registry of its own now


def turn_based(name):
    """A game of PettingZoo's, played in this process."""
    task = make(name)
    task.workers = 0
    return task


@OLD_NAMES
def test_in_a_turn_based_game_one_agent_moves_and_the_others_wait():
    pytest.importorskip("pygame")
    task = turn_based("pettingzoo-aec:pettingzoo.classic.tictactoe_v3")
    (played,) = play_on_host(task, jax.jit(uniform_policy(task.spec.team)), jax.random.key(0), 3)
    moves = np.arange(played.alive.shape[1])
    waiting = played.legal[:, :-1][:, moves, 1 - moves % 2]
    assert (waiting[played.alive] == (np.arange(9) == 0)).all()
    assert ((played.terminal & played.alive).sum(1) == 1).all() and not played.truncated.any()
    assert (played.reward.sum(-1) == 0).all() and played.returns.tolist() == [0, 0, 0]


@OLD_NAMES
def test_a_game_in_which_all_move_at_once_is_played_so():
    pytest.importorskip("pygame")
    task = turn_based("pettingzoo-aec:pettingzoo.classic.rps_v2")
    (played,) = play_on_host(task, jax.jit(uniform_policy(task.spec.team)), jax.random.key(0), 2)
    assert played.legal[:, 0].all() and played.alive.shape[1] == 15


@OLD_NAMES
def test_a_module_with_a_turn_based_environment_only_says_so():
    pytest.importorskip("pygame")
    with pytest.raises(RequestError, match="call the task pettingzoo-aec:pettingzoo"):
        make("pettingzoo:pettingzoo.classic.tictactoe_v3")
