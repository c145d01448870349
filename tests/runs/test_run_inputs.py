"""Runs on own data standardise their inputs, keep the moments, and leave runs on tasks as they were."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import omarl
from omarl.algos import ALGORITHMS
from omarl.algos.base import identity
from omarl.cli import main
from omarl.data.dataset import Dataset, Metadata
from omarl.data.inputs import as_seen, inputs_from, moments_of
from omarl.data.store import load, save
from omarl.errors import RequestError
from omarl.play.judge import simulator
from omarl.runs.learnt import evaluate, read_learnt
from omarl.runs.run import prepare, run
from omarl.runs.spec import digest, offline_spec
from omarl.types import TeamSpec

TEAM = TeamSpec(observation_sizes=(4, 3), action_sizes=(1, 1))
SMALL = {"hidden": (16,), "batch_size": 64}


def sensors(**about):
    """Each agent's action is 0.9 times what its first sensor shows, beside others of quite another scale."""
    rng, rows, episodes = np.random.default_rng(0), 600, 60
    ends = np.arange(rows) % 10 == 9
    plain = rng.uniform(-1, 1, (rows + episodes, 2, 4))
    obs = (plain * [1e-3, 3e3, 1e6, 0] + [0, 2e4, -1e6, 7]).astype(np.float32)
    obs[:, 1, 3] = 0
    at = np.arange(rows) + np.cumsum(ends) - ends
    return Dataset(
        Metadata(id="plant/v0", team=TEAM, **about),
        obs=obs,
        action=(0.9 * plain[at, :, :1]).astype(np.float32),
        reward=plain[at, :, 0].astype(np.float32),
        terminal=np.zeros(rows, bool),
        truncated=ends,
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return save(sensors(), tmp_path_factory.mktemp("data") / "own")


@pytest.fixture(scope="module")
def short(own):
    """A run of a few updates, on data that name no task."""
    kind, size = (None, None), {**SMALL, "hidden": (4,)}
    return offline_spec(str(own), "bc", kind=kind, updates=6, every=3, changes=size, seeds=(0, 1))


@pytest.fixture(scope="module")
def finished(short, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "own"
    run(short, out)
    return out


def config_of(out):
    return json.loads((out / "config.json").read_text())


def change(out, **members):
    (out / "config.json").write_text(json.dumps(config_of(out) | members))


def tensors(out):
    found = load_file(out / "policy.safetensors")
    return {name: array.tobytes() for name, array in found.items()}


def error(dataset, out):
    """The mean squared error of a run's policy, as a share of the variance of the actions."""
    data = load(dataset)
    first = np.asarray(data.obs)[:, :, :1].astype(np.float64) * 900
    answers = np.asarray(omarl.load_policy(out)(data.obs))
    return np.mean((answers - first) ** 2) / first.var()


@pytest.mark.parametrize("preset", ["tuned", "official", "paper"])
def test_raw_sensors_are_learnt_from_by_default(own, tmp_path, preset):
    rate = {"tuned": {}, "official": {"learning_rate": 0.03}, "paper": {}}[preset]
    omarl.train(own, "bc", out=tmp_path / "run", preset=preset, updates=300, every=300, **SMALL, **rate)
    assert error(own, tmp_path / "run") < 0.05


def test_without_it_nothing_is_learnt(own, tmp_path):
    omarl.train(own, "bc", out=tmp_path / "run", updates=300, every=300, inputs="raw", **SMALL)
    assert error(own, tmp_path / "run") > 0.9


@pytest.mark.parametrize("window", [None, 1])
def test_the_policy_is_what_was_learnt(own, short, tmp_path, window):
    """It is that of a run on data that were standardised before, behind the moments of the raw data."""
    data, spec = load(own), replace(short, window=window)
    inputs = moments_of(data)
    ready = save(replace(data, obs=np.asarray(as_seen(np.asarray(data.obs), inputs))), tmp_path / "ready")
    run(spec, tmp_path / "own")
    run(replace(spec, dataset=str(ready), inputs="raw"), tmp_path / "ready-run")
    assert tensors(tmp_path / "own") == tensors(tmp_path / "ready-run")
    metrics = [(tmp_path / out / "metrics.csv").read_text() for out in ("own", "ready-run")]
    assert metrics[0] == metrics[1]
    for seed in short.seeds:
        wanted = omarl.load_policy(tmp_path / "ready-run", seed)(load(ready).obs[:5])
        found = omarl.load_policy(tmp_path / "own", seed)(data.obs[:5])
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    kept = config_of(tmp_path / "own")
    assert kept["inputs"] == "standardised" and [len(part) for part in kept["moments"]["mean"]] == [4, 3]
    for one, two in zip(inputs_from(kept["moments"], TEAM), inputs, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_learner_sees_batches_that_are_standardised(own, algorithm):
    spec = offline_spec(str(own), algorithm, kind=(None, None), updates=1)
    prepared = prepare(spec, {})
    assert spec.inputs == prepared.config["inputs"] == "standardised"
    seen = np.asarray(prepared.experience().arrays_at(0).obs)
    assert np.abs(seen).max() < 5 and seen[:, 0, :3].std() > 0.9 and not seen[:, :, 3].any()


def stop(progress, records):
    if progress.position == 3:
        raise KeyboardInterrupt


def test_a_run_that_goes_on_keeps_its_own_moments(own, short, finished, tmp_path, monkeypatch):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(short, out, tell=stop)
    monkeypatch.setattr("omarl.runs.inputs.moments_of", lambda dataset: pytest.fail("computed again"))
    monkeypatch.setattr("omarl.runs.inputs.MAKERS", {"standardised": lambda dataset: pytest.fail("again")})
    run(short, out, resume=True)
    assert tensors(out) == tensors(finished) and config_of(out) == config_of(finished)
    wide = {
        name: [[2 * x for x in part] for part in value] for name, value in config_of(out)["moments"].items()
    }
    change(out, moments=wide)
    run(short, out, resume=True)
    assert config_of(out)["moments"] == wide


def test_the_choice_tells_runs_apart(short, finished):
    raw = replace(short, inputs="raw")
    assert raw.config_hash != short.config_hash
    with pytest.raises(RequestError, match="its inputs is standardised, not raw"):
        run(raw, finished, resume=True)


def test_runs_from_before_the_choice_are_raw(own, short, tmp_path):
    raw, out = replace(short, inputs="raw"), tmp_path / "run"
    run(raw, out)
    answer = np.asarray(omarl.load_policy(out)(load(own).obs[:5]))
    older = {name: member for name, member in config_of(out).items() if name != "inputs"}
    (out / "config.json").write_text(json.dumps(older))
    np.testing.assert_array_equal(omarl.load_policy(out)(load(own).obs[:5]), answer)
    with pytest.raises(RequestError, match="its inputs is raw, not standardised"):
        run(short, out, resume=True)
    size = "--seeds 0,1 --every 3 --updates 9 --algo.hidden 4 --algo.batch-size 64"
    assert main(f"train --dataset {own} --algo bc {size} --out {out} --resume".split()) == 0
    assert config_of(out)["inputs"] == "raw"


def test_the_command_line_says_what_it_assumes(own, tmp_path, capsys):
    line = f"train --dataset {own} --algo bc --updates 1 --algo.hidden 4 --algo.batch-size 8 --out {tmp_path}"
    assert main(f"{line}/assumed".split()) == 0
    assert "inputs are standardised" in capsys.readouterr().err
    for choice in ("raw", "standardised"):
        assert main(f"{line}/{choice} --inputs {choice}".split()) == 0
        assert "inputs are standardised" not in capsys.readouterr().err
        assert config_of(tmp_path / choice)["inputs"] == choice


@pytest.mark.parametrize(
    ("task", "expected"),
    [(None, "standardised"), ("somebodys-plant", "standardised"), ("spread", "raw"), ("pettingzoo:x", "raw")],
)
def test_inputs_are_standardised_where_no_task_is_known(task, expected):
    spec = offline_spec("d", "bc", kind=(task, "random"))
    assert spec.inputs == expected
    assert offline_spec("d", "bc", kind=(task, "random"), inputs="raw").inputs == "raw"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "random"
    omarl.collect("spread", quality="random", size=250, out=path)
    return path


def test_runs_on_a_task_stay_as_they_were(played, tmp_path):
    size = {"updates": 2, "every": 2, "episodes": 2, "hidden": (4,), "batch_size": 16}
    record = omarl.train(played, "bc", out=tmp_path / "run", **size)[0]
    config = config_of(tmp_path / "run")
    assert config["inputs"] == "raw" and "moments" not in config
    spec = offline_spec(
        str(played), "bc", kind=("spread", "random"), changes={"hidden": (4,), "batch_size": 16}
    )
    assert record.config_hash == digest({"algorithm": "bc", **identity(spec.config)})
    learnt = read_learnt(tmp_path / "run")
    plain = ALGORITHMS["bc"][1](spec.config, learnt.team)
    actor = jax.tree.map(lambda leaf: leaf[0], learnt.actors)
    obs = load(played).obs[:7]
    legal = np.broadcast_to(learnt.team.action_mask, (7, 3, 2))
    np.testing.assert_array_equal(
        jax.jit(learnt.algorithm.act)(actor, obs, legal), jax.jit(plain.act)(actor, obs, legal)
    )


def test_a_task_is_played_with_the_inputs_that_were_learnt_from(played, tmp_path):
    size = {"updates": 3, "every": 3, "episodes": 4, "hidden": (4,), "batch_size": 16}
    omarl.train(played, "bc", out=tmp_path / "run", inputs="standardised", **size)
    learnt, inputs = read_learnt(tmp_path / "run"), moments_of(load(played))
    spec = offline_spec("d", "bc", kind=("spread", "random"), changes={"hidden": (4,)})
    plain = ALGORITHMS["bc"][1](spec.config, learnt.team)
    mean, varied = inputs.mean.astype(np.float32), inputs.deviation > 0
    deviation = np.where(varied, inputs.deviation, 1).astype(np.float32)

    def by_hand(actor):
        return lambda obs, legal, key: plain.act(
            actor, jax.numpy.where(varied, (obs - mean) / deviation, 0), legal
        )

    play = simulator(omarl.make("spread"), by_hand, 4)
    wanted = play(learnt.actors, jax.random.split(jax.random.key(0), 1)).returns.mean()
    assert evaluate(tmp_path / "run", 4)[0]["return_mean"] == pytest.approx(float(wanted), rel=1e-4)
    records = omarl.train(played, "bc", out=tmp_path / "raw", inputs="raw", **size)
    assert records[0].config_hash != config_of(tmp_path / "run")["config_hash"]
    assert records[0].dataset_hash == config_of(tmp_path / "run")["dataset"]["hash"]
