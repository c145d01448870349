"""The real game's tasks, against a stand-in: what is checked first, and how battles end."""

import hashlib

import jax
import numpy as np
import pytest
from toys.game import distribution

from omarl.envs import make
from omarl.envs.host.smac.battle import STARTS, SmacBattle, as_smac_shows
from omarl.envs.host.smac.maps import SMAC_MAPS
from omarl.errors import RequestError, TrainingError
from omarl.play.episodes import play
from omarl.play.policies import uniform_policy

FIELD = SMAC_MAPS["smac-2s3z"]


def here(name="smac-2s3z", copies=2, **parameters):
    """The task, with all battles in this process."""
    task = make(name, **parameters)
    task.copies, task.workers = copies, 0
    return task


def fought(task, episodes=2):
    return play(task, jax.jit(uniform_policy(task.spec.team)), jax.random.key(0), episodes)


def battles(game, *plan):
    """The outcomes of the last steps of battles that end as planned, fought one after another."""
    game.plan = list(plan)
    battle = SmacBattle(FIELD, as_smac_shows)
    return [last(battle, seed) for seed in range(len(plan))]


def last(battle, seed):
    told = battle.reset(seed)
    while True:
        told = battle.step(np.eye(FIELD.choices)[told.legal.argmax(-1)])
        if told.terminal or told.truncated or told.lost:
            return told


def ends(told):
    return tuple(bool(each) for each in (told.terminal, told.truncated, told.lost, told.won))


@pytest.mark.parametrize("name", SMAC_MAPS)
def test_the_task_says_what_it_is_and_what_it_hangs_on(game, name):
    spec, field = make(name).spec, SMAC_MAPS[name]
    assert (spec.name, spec.horizon, spec.team.action_kind) == (name, field.limit, "discrete")
    assert spec.team.agents == field.agents and spec.team.observation_size == field.observation
    assert spec.simulator == {
        "starcraft2-build": "75689",
        "smac": "1.0.0",
        "smac-commit": "d6aab33",
        "pysc2": "4.0.0",
        "map-sha256": hashlib.sha256(field.name.encode()).hexdigest(),
        "difficulty": "7",
        "step_mul": "8",
    }
    assert game.games == [], "no game is made before it is played"


@pytest.mark.parametrize("name", SMAC_MAPS)
def test_the_maps_are_those_of_our_own_simulator(name):
    field, ours = SMAC_MAPS[name], make(name.replace("smac", "skirmish"))
    team = ours.spec.team
    assert (field.agents, field.enemies) == (team.agents, len(ours.map.enemies))
    assert (field.limit, field.observation) == (ours.spec.horizon, team.observation_size)
    assert (field.choices, field.max_reward) == (team.action_size, ours.contract.max_reward)


def test_an_unknown_map_names_the_four(game):
    with pytest.raises(RequestError) as unknown:
        make("smac-8m")
    assert all(name in str(unknown.value) for name in SMAC_MAPS)


def test_without_the_package_the_command_is_named(bare_game):
    with pytest.raises(RequestError, match=r"smac is missing: pip install git\+https://github.com/oxwhirl"):
        make("smac-2s3z")


def test_the_package_of_the_same_name_is_told_apart(bare_game, packages):
    (packages / "smac").mkdir()
    (packages / "smac/__init__.py").write_text("raise AssertionError('it is not imported')")
    with pytest.raises(RequestError, match=r"is another program.*pip uninstall -y smac"):
        make("smac-2s3z")


def test_a_package_that_does_not_import_is_broken(bare_game, packages):
    (packages / "smac/env").mkdir(parents=True)
    (packages / "smac/__init__.py").write_text("")
    (packages / "smac/env/__init__.py").write_text("import no_such_pysc2")
    distribution(packages, "protobuf", "3.20.3")
    with pytest.raises(RequestError, match=r"smac is broken: .*no_such_pysc2"):
        make("smac-2s3z")
    (packages / "smac/env/__init__.py").write_text("nothing = 'here'")
    with pytest.raises(RequestError, match="smac is broken"):
        make("smac-2s3z")


@pytest.mark.parametrize("version", ["3.21.0", "4.25.3", "7.34.0"])
def test_a_protobuf_that_is_too_new_is_named(game, tmp_path, monkeypatch, version):
    distribution(tmp_path / "newer", "protobuf", version)
    monkeypatch.syspath_prepend(str(tmp_path / "newer"))
    with pytest.raises(RequestError, match=f'protobuf {version} is too new.*"protobuf<3.21"'):
        make("smac-2s3z")


def test_a_missing_game_is_named(game, monkeypatch, tmp_path):
    monkeypatch.setenv("SC2PATH", str(tmp_path / "elsewhere"))
    with pytest.raises(
        RequestError, match=r"no StarCraft II in .*elsewhere: expected folders like Versions/Base75689"
    ):
        make("smac-2s3z")
    monkeypatch.delenv("SC2PATH")
    with pytest.raises(RequestError, match="SC2PATH is not set: expected the folder of StarCraft II"):
        make("smac-2s3z")


def test_a_missing_map_is_named(game, bare_game):
    (bare_game / "Maps/SMAC_Maps/3s5z.SC2Map").unlink()
    make("smac-2s3z")
    with pytest.raises(RequestError, match=r"no map at .*3s5z.SC2Map: copy the folder"):
        make("smac-3s5z")


def test_a_commit_that_pip_does_not_know_is_not_told(game, packages):
    (packages / "smac-1.0.0.dist-info/direct_url.json").unlink()
    assert "smac-commit" not in make("smac-2s3z").spec.simulator


def test_battles_are_played_as_smac_tells_them(game):
    task = here()
    episodes = fought(task, 3)
    assert len(episodes.action) == 9 and episodes.terminal.tolist() == [False, False, True] * 3
    assert not episodes.truncated.any()
    np.testing.assert_allclose(episodes.obs[:4, 1, 5], np.arange(4) + 0.01)
    np.testing.assert_array_equal(episodes.legal[0, 0], [0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(episodes.reward[:3, 0], np.array([1, 1, 201]) * 20 / 1020, rtol=1e-6)
    assert [(each.resets, each.step_mul, each.difficulty) for each in game.games] == [
        (2, 8, "7"),
        (1, 8, "7"),
    ]
    task.close()
    assert all(each.closed for each in game.games)


def test_every_battle_has_a_process_of_its_own(game):
    task = make("smac-2c_vs_64zg")
    assert task.workers == task.copies
    task.copies = task.workers = 2
    assert fought(task).terminal.sum() == 2 and game.games == []
    task.close()


def test_the_last_action_and_the_number_are_shown_on_request(game):
    plain, more = here(), here(last_action_and_id=True)
    assert more.spec.team.observation_size == 80 + 11 + 5
    assert str(more.spec.id) == "smac-2s3z last_action_and_id=True"
    episodes = fought(more)
    np.testing.assert_array_equal(episodes.obs[..., :80], fought(plain).obs)
    np.testing.assert_array_equal(episodes.obs[0, :, 80:91], np.zeros((5, 11)))
    np.testing.assert_array_equal(episodes.obs[1:4, :, 80:91], episodes.action[:3])
    np.testing.assert_array_equal(episodes.obs[2, :, 91:], np.eye(5))


def test_how_battles_end(game):
    outcomes = battles(game, (2, "won"), (2, "defeat"), (2, "draw"), (999, "won"), (2, "connection"))
    assert [ends(outcome) for outcome in outcomes] == [
        (True, False, False, True),
        (True, False, False, False),
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
    ]
    assert outcomes[1].legal.argmax(-1).tolist() == [0] * 5, "the dead do nothing"
    assert outcomes[-1].reward.tolist() == [0] * 5


def test_a_lost_battle_is_neither_recorded_nor_evaluated(game):
    game.plan = [(2, "connection"), (4, "won"), (2, "connection")]
    task = here()
    episodes = fought(task)
    assert len(episodes.action) == 3 + 4 and episodes.terminal.sum() == 2
    lost, other, again, last_try = game.games
    assert lost.closed and again.closed and not other.closed and not last_try.closed
    assert len({each.seed for each in game.games}) == 4, "a game is not started with the same seed again"
    assert [each.resets for each in game.games] == [1] * 4


def test_connections_that_are_always_lost_stop_the_work(game):
    game.plan = [(1, "connection")] * 50
    with pytest.raises(TrainingError, match="smac-2s3z: an episode was lost 5 times"):
        fought(here())


def test_a_game_is_reset_only_after_the_end_of_a_battle(game):
    battle = SmacBattle(FIELD, as_smac_shows)
    battle.reset(1)
    battle.reset(2)
    first, second = game.games
    assert first.closed and (first.resets, second.resets, second.max_reward) == (1, 1, 1020)
    last(battle, 3)
    last(battle, 4)
    assert len(game.games) == 3 and game.games[-1].resets == 2


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (["", "connection", "connection", ""], [True, True, False]),
        (["", "no units", "no units", ""], [True, True, False]),
        (["late", "late", ""], [True, True, False]),
        (["", "late", "late"], [False]),  # SMAC adds nothing to max_reward after the first battle
    ],
)
def test_a_game_that_begins_badly_is_closed_and_another_one_started(game, starts, expected):
    game.starts = starts
    battle = SmacBattle(FIELD, as_smac_shows)
    outcomes = [last(battle, seed) for seed in range(3)]
    assert [ends(outcome)[0] for outcome in outcomes] == [True] * 3
    assert [each.closed for each in game.games] == expected


def test_another_max_reward_is_an_error(game):
    game.starts = ["late"] * STARTS
    with pytest.raises(TrainingError, match=r"in 3 games: max_reward is 1790\.0, expected 1020"):
        SmacBattle(FIELD, as_smac_shows).reset(0)
    assert all(each.closed for each in game.games)
