"""A run leaves everything that is needed to judge it, use it and go on with it."""

import csv
import json
import shutil
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

import omarl
from omarl.data import store
from omarl.data.store import load, save
from omarl.errors import RequestError, TrainingError
from omarl.presets import settings
from omarl.records.record import last, read_records
from omarl.runs import directory, loop
from omarl.runs import run as run_module
from omarl.runs.checkpoint import OLDER, positions
from omarl.runs.experience.base import forgotten
from omarl.runs.learnt import evaluate, load_policy, read_learnt
from omarl.runs.run import prepare, run
from omarl.runs.spec import RunSpec
from omarl.training import tally

TABLES = {"records.csv", "metrics.csv"}
FILES = TABLES | {"config.json", "checkpoint.safetensors", "policy.safetensors", "episode.json"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "random"
    omarl.collect("spread", quality="random", size=250, out=path)
    return path


@pytest.fixture(scope="module")
def spec(dataset):
    """Two seeds of behavioural cloning, 6 updates, evaluated after 0, 3 and 6."""
    return RunSpec(
        dataset=str(dataset),
        algorithm="bc",
        config=replace(settings("tuned", "bc", "spread", "random").config, hidden=(8, 8), batch_size=16),
        preset="tuned",
        seeds=(0, 3),
        updates=6,
        every=3,
        episodes=3,
    )


@pytest.fixture(scope="module")
def finished(spec, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "bc"
    run(spec, out)
    return out


def untimed(out):
    """The rows of a run's table without the time."""
    rows = csv.DictReader((out / "records.csv").read_text().splitlines())
    return [{name: cell for name, cell in row.items() if name != "seconds"} for row in rows]


def contents(out):
    """All that a run leaves, but the time."""
    tensors = {}
    for name in ("checkpoint.safetensors", "policy.safetensors"):
        tensors |= {(name, leaf): array.tobytes() for leaf, array in load_file(out / name).items()}
    files = sorted(path.name for path in out.iterdir())
    return files, untimed(out), (out / "metrics.csv").read_text(), tensors


def stop_at_once(*_):
    raise KeyboardInterrupt


def stop_at(updates):
    """Something to tell progress to that interrupts the run."""

    def tell(progress, records):
        if progress.position == updates:
            raise KeyboardInterrupt

    return tell


def test_a_run_directory_is_complete(finished):
    assert {path.name for path in finished.iterdir()} == FILES
    rows = untimed(finished)
    assert [(row["updates"], row["seed"]) for row in rows] == [
        (str(updates), str(seed)) for updates in (0, 3, 6) for seed in (0, 3)
    ]
    config = json.loads((finished / "config.json").read_text())
    assert config["config"]["hidden"] == [8, 8] and config["dataset"]["id"] == "spread/random-v0"
    assert rows[0]["config_hash"] == config["config_hash"]
    assert rows[0]["dataset_hash"] == config["dataset"]["hash"]


def test_metrics_are_there_for_every_seed_agent_and_stretch(spec, finished):
    with (finished / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["updates"], row["seed"], row["agent"]) for row in rows] == [
        (str(updates), str(seed), str(agent)) for updates in (3, 6) for seed in (0, 3) for agent in (0, 1, 2)
    ]
    experience = prepare(spec, {}).experience()
    progress = forgotten(experience.advance(experience.start(), 3))
    means = experience.advance(progress, 6).tally.means
    for row in rows[6:]:
        seed, agent = spec.seeds.index(int(row["seed"])), int(row["agent"])
        for name, values in means.items():
            assert float(row[name]) == float(values[seed, agent])


def test_records_hold_raw_and_normalised_returns(finished):
    record = last(read_records([finished]))[0]
    assert record.score_paper == pytest.approx(100 * (record.return_mean - 159.8) / (516.8 - 159.8))
    assert record.return_std > 0 and record.episodes == 3 and record.critic == "none"


def test_the_same_run_gives_the_same_result(spec, finished, tmp_path):
    run(spec, tmp_path / "again")
    assert untimed(tmp_path / "again") == untimed(finished)
    one, two = (load_file(out / "policy.safetensors") for out in (finished, tmp_path / "again"))
    assert one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("updates", [0, 3])
def test_an_interrupted_run_goes_on_as_if_it_had_not_stopped(spec, finished, tmp_path, updates):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(spec, out, tell=stop_at(updates))
    changed = {"episode.json", OLDER} if updates else {"episode.json", "metrics.csv"}
    assert {path.name for path in out.iterdir()} == FILES ^ changed, "nothing is half-written"
    run(spec, out, resume=True)
    assert contents(out) == contents(finished)


def test_a_run_that_stopped_before_its_first_checkpoint_goes_on_too(spec, finished, tmp_path, monkeypatch):
    out = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(directory.RunDirectory, "save", stop_at_once)
        run(spec, out)
    assert [path.name for path in out.iterdir()] == ["config.json"]
    run(spec, out, resume=True)
    assert contents(out) == contents(finished)


def test_with_resume_a_run_that_was_not_begun_is_begun(spec, finished, tmp_path):
    run(spec, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(finished)


def test_rows_behind_the_last_checkpoint_are_written_anew(spec, finished, tmp_path):
    """A kill between tables and checkpoint leaves rows that the checkpoint does not know."""
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(spec, out, tell=stop_at(3))
    for name in TABLES:
        table = out / name
        table.write_text(table.read_text() + table.read_text().splitlines(keepends=True)[-1] + "cut sho")
    (out / ".checkpoint.safetensors.0a1b2c3d.partial").write_bytes(b"half")
    run(spec, out, resume=True)
    assert contents(out) == contents(finished)


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(spec, finished, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(spec, out, tell=stop_at(6))
    newest = out / "checkpoint.safetensors"
    newest.write_bytes(newest.read_bytes()[:100])
    run(spec, out, resume=True)
    assert contents(out) == contents(finished)


def test_a_run_that_went_on_from_the_older_checkpoint_keeps_that_one(spec, finished, tmp_path, monkeypatch):
    """The next kill may come when the newest one has been renamed to be the older one."""
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(spec, out, tell=stop_at(6))
    newest = out / "checkpoint.safetensors"
    newest.write_bytes(newest.read_bytes()[:100])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(directory.RunDirectory, "save", stop_at_once)
        run(spec, out, resume=True)
    assert positions(out) == {3} and not (out / OLDER).exists()


def test_a_run_is_saved_between_evaluations_too(spec, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "FIRST", 1)
    monkeypatch.setattr(loop, "PIECE", 0.0)
    monkeypatch.setattr(run_module, "PERIOD", 0.0)
    saved, save = [], directory.RunDirectory.save

    def stop(self, progress, kept, seconds):
        save(self, progress, kept, seconds)
        saved.append(progress.position)
        if progress.position == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(directory.RunDirectory, "save", stop)
        run(spec, tmp_path / "run")
    assert saved == [0, 1, 2, 3, 4]
    run(spec, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(finished)


def test_seconds_are_those_of_learning_before_and_after_an_interruption(spec, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(spec, out, tell=stop_at(3))
    before = [record.seconds for record in read_records([out])]
    run(spec, out, resume=True)
    after = [record.seconds for record in read_records([out])]
    assert before[0] == 0.0 < before[-1] and after[-1] > after[0] == 0.0
    assert after[2] == before[2], "seconds until the checkpoint are those that were spent"


def test_a_finished_run_can_be_made_longer(spec, finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "run")
    records = run(replace(spec, updates=9), out, resume=True)
    assert [record.updates for record in records] == [9, 9]
    assert untimed(out)[:6] == untimed(finished) and len(untimed(out)) == 8


def test_a_finished_run_with_resume_stays_as_it_is(spec, finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "run")
    run(spec, out, resume=True)
    assert contents(out) == contents(finished)
    with pytest.raises(RequestError, match="it is at 6 already, beyond 4"):
        run(replace(spec, updates=4), out, resume=True)


def test_an_existing_directory_is_refused_and_left_alone(spec, finished):
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    with pytest.raises(RequestError, match=r"exists already: choose another --out, or .* --resume"):
        run(spec, finished)
    assert before == {path.name: path.read_bytes() for path in finished.iterdir()}


def test_another_configuration_or_other_data_cannot_go_on_with_a_run(spec, finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "run")
    before = (out / "config.json").read_bytes()
    for changed in (replace(spec, config=replace(spec.config, batch_size=8)), replace(spec, seeds=(0,))):
        with pytest.raises(RequestError, match="cannot resume"):
            run(changed, out, resume=True)
    half = save(omarl.load(spec.dataset), tmp_path / "same")
    reward = np.load(half / "reward.npy")
    other = replace(load(half), reward=reward + 1)
    save(other, tmp_path / "other")
    with pytest.raises(RequestError, match="trained on other data"):
        run(replace(spec, dataset=str(tmp_path / "other")), out, resume=True)
    (tmp_path / "none").mkdir()
    with pytest.raises(RequestError, match="not a run directory"):
        run(spec, tmp_path / "none", resume=True)
    assert (out / "config.json").read_bytes() == before


def test_data_of_no_known_task_trains_without_evaluation(spec, tmp_path):
    own = load(spec.dataset)
    path = save(replace(own, metadata=replace(own.metadata, task=None, task_parameters={})), tmp_path / "own")
    assert run(replace(spec, dataset=str(path)), tmp_path / "run") == []
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"config.json", "policy.safetensors"}
    assert load_policy(tmp_path / "run")(np.zeros((3, 18))).shape == (3, 2)
    with pytest.raises(RequestError, match="names no task"):
        evaluate(tmp_path / "run")


@pytest.mark.parametrize(
    ("kind", "message"),
    [("continuous", r"1 actions leave \[-1, 1\].*row 5, agent 2"), ("discrete", "actions are not one-hot")],
)
def test_actions_that_cannot_be_are_not_learnt_from(spec, tmp_path, kind, message):
    own = load(spec.dataset)
    action = own.action.copy()
    action[5, 2, 1] = 1.5
    team = replace(own.metadata.team, action_kind=kind)
    metadata = replace(own.metadata, team=team, task=None, task_parameters={})
    path = save(replace(own, action=action, metadata=metadata), tmp_path / "own")
    with pytest.raises(RequestError, match=message):
        run(replace(spec, dataset=str(path)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_loaded_policy_answers_in_the_units_of_the_log(spec, tmp_path):
    own = load(spec.dataset)
    units = {
        "actions": [{"low": [10.0, 0.0], "high": [90.0, 1.0]}] * 3,
        "observation_offsets": [[1e6] * 18] * 3,
    }
    plain = replace(own.metadata, task=None, task_parameters={})
    obs, answers = np.asarray(own.obs[:4]), []
    for name, metadata in (("plain", plain), ("units", replace(plain, units=units))):
        path = save(replace(own, metadata=metadata), tmp_path / name)
        run(replace(spec, dataset=str(path)), tmp_path / f"run-{name}")
        answers.append(load_policy(tmp_path / f"run-{name}"))
    assert "units" not in json.loads((tmp_path / "run-plain" / "config.json").read_text())["dataset"]
    assert json.loads((tmp_path / "run-units" / "config.json").read_text())["dataset"]["units"] == units
    wanted = np.asarray(answers[0](obs))
    assert np.allclose(answers[1](obs + np.float64(1e6)), wanted * [40, 0.5] + [50, 0.5], atol=1e-2)


def test_the_arrays_of_a_dataset_are_looked_through_once(dataset, tmp_path, monkeypatch):
    scanned, scan = [], store.damage
    monkeypatch.setattr(store, "damage", lambda *dataset: scanned.append(dataset[0]) or scan(*dataset))
    small = {"updates": 1, "every": 1, "episodes": 2, "hidden": (8,), "batch_size": 8}
    omarl.train(dataset, "bc", out=tmp_path / "run", **small)
    assert scanned == [dataset]


def test_a_loss_that_turns_non_finite_stops_the_run_behind_its_last_checkpoint(spec, tmp_path, monkeypatch):
    sound = tally.finite
    monkeypatch.setattr(tally, "finite", lambda m, s: sound(m, s) & (s.step < 5))
    with pytest.raises(TrainingError, match=r"agent 0 turned non-finite at update 5 \(seed 0\)"):
        run(spec, tmp_path / "run")
    assert [row["updates"] for row in untimed(tmp_path / "run")] == ["0", "0", "3", "3"]
    assert int(load_file(tmp_path / "run" / "checkpoint.safetensors")["step"][0, 0]) == 3


def test_the_episode_shows_data_and_policies_from_one_start(spec, finished):
    episodes = json.loads((finished / "episode.json").read_text())
    assert [episode["label"] for episode in episodes] == ["behaviour", "bc, seed 0", "bc, seed 3"]
    data = load(spec.dataset)
    assert episodes[0]["return"] == pytest.approx(data.returns[0], abs=0.1)
    starts = [episode["agents"][0] for episode in episodes]
    assert starts[0] == starts[1] == starts[2]
    assert np.allclose(starts[0], data.obs[0][:, 2:4], atol=1e-3)
    assert len(episodes[1]["agents"]) == 26 and episodes[1]["agents"] != episodes[2]["agents"]


def test_a_loaded_policy_acts_like_the_algorithm(spec, finished):
    learnt, obs = read_learnt(finished), np.asarray(load(spec.dataset).obs[:10])
    second = jax.tree.map(lambda x: x[1], learnt.actors)
    wanted = learnt.algorithm.act(second, jnp.asarray(obs), jnp.ones((10, 3, 2), bool))
    policy = load_policy(finished, seed=3)
    assert np.allclose(policy(obs), wanted, atol=1e-6)
    assert np.allclose(policy(obs.reshape(2, 5, 3, 18)), wanted.reshape(2, 5, 3, 2), atol=1e-6)
    assert not np.allclose(load_policy(finished)(obs), wanted, atol=1e-3), "the first seed is the default"
    with pytest.raises(RequestError, match=r"shape \(3, 16\): .* 3 agents and 18 numbers"):
        policy(obs[0, :, :16])
    with pytest.raises(RequestError, match="no seed 1: choose one of 0, 3"):
        load_policy(finished, seed=1)


def test_evaluation_of_a_run_plays_fresh_episodes(finished):
    first, again, other = evaluate(finished, 3), evaluate(finished, 3), evaluate(finished, 3, seed=1)
    assert first == again != other
    assert [result["seed"] for result in first] == [0, 3]
    mean = first[0]["return_mean"]
    assert first[0]["scores"]["paper"] == pytest.approx(100 * (mean - 159.8) / (516.8 - 159.8))
    for wrong in ({"episodes": 0}, {"seed": -1}):
        with pytest.raises(RequestError):
            evaluate(finished, **wrong)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda config: "{", "not a run directory"),
        (lambda config: json.dumps({**config, "algorithm": "ppo"}), "not of this version"),
        (lambda config: json.dumps({**config, "config": {"width": 3}}), "not of this version"),
        (lambda config: json.dumps({**config, "seeds": [0]}), "another configuration"),
    ],
)
def test_a_damaged_run_directory_is_refused(finished, tmp_path, damage, message):
    out = shutil.copytree(finished, tmp_path / "run")
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(damage(config))
    with pytest.raises(RequestError, match=message):
        load_policy(out)


def test_verbs_from_python(dataset, finished, tmp_path):
    assert omarl.load(dataset).rows == 250
    records = omarl.train(
        dataset,
        "bc",
        out=tmp_path / "run",
        seeds=[0, 3],
        updates=6,
        every=3,
        episodes=3,
        hidden=(8, 8),
        batch_size=16,
    )
    assert [(record.seed, record.updates) for record in records] == [(0, 6), (3, 6)]
    assert untimed(tmp_path / "run") == untimed(finished)
    assert omarl.evaluate(tmp_path / "run", 3) == evaluate(finished, 3)
    assert omarl.make("spread", agents=5).spec.team.agents == 5
    with pytest.raises(RequestError, match="'bc' has no option 'tau'"):
        omarl.train(dataset, "bc", out=tmp_path / "other", tau=0.5)
    with pytest.raises(RequestError, match="updates must be at least 1, got 0"):
        omarl.train(dataset, "bc", out=tmp_path / "other", updates=0)
    with pytest.raises(AttributeError):
        omarl.learn  # noqa: B018
    assert not (tmp_path / "other").exists()


def test_progress_is_told_after_it_is_on_disk(spec, tmp_path):
    told = []

    def tell(progress, records):
        rows = [row for row in untimed(tmp_path / "run") if int(row["updates"]) == progress.position]
        told.append((progress.position, [r.seed for r in records], len(rows)))

    run(spec, tmp_path / "run", tell=tell)
    assert told == [(0, [0, 3], 2), (3, [0, 3], 2), (6, [0, 3], 2)]
