"""Runs in one program give what they give alone, and each its own directory."""

import csv
import json
from dataclasses import asdict, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file
from toys import tiny

from omarl.algos import ALGORITHMS
from omarl.data.device import draw, end_to_end, to_device
from omarl.data.inputs import RAW, inputs_from
from omarl.data.store import load, save
from omarl.errors import RequestError
from omarl.paper.data import Data
from omarl.presets import settings
from omarl.runs import many
from omarl.runs.members import MemberRun, differences_of, learner_of, program_of, run_members
from omarl.runs.run import run
from omarl.runs.spec import RunSpec
from omarl.training import offline


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    return [str(tiny.write(Data(task="spread", quality=quality), root)) for quality in ("random", "expert")]


@pytest.fixture(scope="module")
def specs(paths):
    """Three runs of OMAR that differ in data, seed, tau, alpha and learning rate; 4 updates."""
    small = {"hidden": (4,), "batch_size": 8, "cql_samples": 2, "search_samples": 3}
    config = replace(settings("official", "omar", "spread", "random").config, **small)
    same = {"algorithm": "omar", "preset": "official", "updates": 4, "every": 2, "episodes": 2}
    return [
        RunSpec(dataset=paths[0], config=config, seeds=(0,), **same),
        RunSpec(dataset=paths[1], config=replace(config, tau=0.5, alpha=2.0), seeds=(3,), **same),
        RunSpec(dataset=paths[1], config=replace(config, learning_rate=0.001), seeds=(0,), **same),
    ]


@pytest.fixture(scope="module")
def finished(specs, tmp_path_factory):
    members = [MemberRun(spec, tmp_path_factory.mktemp("runs") / "together") for spec in specs]
    assert run_members(members) == {}
    return [member.out for member in members]


def table(out, name="records.csv"):
    with (out / name).open(newline="") as file:
        return list(csv.DictReader(file))


def agree(out, other):
    """Two run directories hold the same, numbers up to rounding and time left out."""
    rows, others = table(out), table(other)
    assert len(rows) == len(others)
    numbers = ("return_mean", "return_std", "score", "score_paper")
    for row, wanted in zip(rows, others, strict=True):
        for name in row.keys() - {"seconds"}:
            if name in numbers:
                assert float(row[name]) == pytest.approx(float(wanted[name]), abs=1e-3)
            else:
                assert row[name] == wanted[name]
    for row, wanted in zip(table(out, "metrics.csv"), table(other, "metrics.csv"), strict=True):
        assert {name: float(cell) for name, cell in row.items()} == pytest.approx(
            {name: float(cell) for name, cell in wanted.items()}, rel=1e-3, abs=1e-3
        )
    for name in ("checkpoint.safetensors", "policy.safetensors"):
        one, two = load_file(out / name), load_file(other / name)
        assert one.keys() == two.keys()
        assert all(np.allclose(one[leaf], two[leaf], atol=1e-4) for leaf in one), name
    assert [json.loads((each / "config.json").read_text()) for each in (out, other)] == [
        json.loads((other / "config.json").read_text())
    ] * 2


def test_each_member_has_the_directory_that_it_has_alone(specs, finished, tmp_path):
    for place, (spec, out) in enumerate(zip(specs, finished, strict=True)):
        run(spec, tmp_path / str(place))
        agree(out, tmp_path / str(place))
        scenes = [json.loads((each / "episode.json").read_text()) for each in (out, tmp_path / str(place))]
        assert [[scene["label"] for scene in shown] for shown in scenes] == [
            ["behaviour", f"omar, seed {spec.seeds[0]}"]
        ] * 2


def test_members_do_not_all_do_the_same(finished):
    policies = [load_file(out / "policy.safetensors") for out in finished]
    leaf = "network.layers.0.weight"
    assert not np.allclose(policies[0][leaf], policies[2][leaf], atol=1e-3)


def interrupted(going, monkeypatch, position):
    """Members that are saved at every evaluation, and stop behind the checkpoints at a position."""
    monkeypatch.setattr(many, "PERIOD", 0.0)
    save = many.ManyRuns.save

    def stop(self, progress):
        save(self, progress)
        if progress.position == position:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(many.ManyRuns, "save", stop)
        run_members(going)


def bits(out):
    """All that a member leaves, but the time."""
    rows = [{name: cell for name, cell in row.items() if name != "seconds"} for row in table(out)]
    tensors = load_file(out / "checkpoint.safetensors")
    return rows, table(out, "metrics.csv"), {name: array.tobytes() for name, array in tensors.items()}


def test_what_is_interrupted_goes_on_together(specs, finished, tmp_path, monkeypatch):
    going = [MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate(specs)]
    interrupted(going, monkeypatch, 2)
    assert [row["updates"] for row in table(tmp_path / "0")] == ["0"]
    assert run_members(going, resume=True) == {}
    assert [bits(each.out) for each in going] == [bits(out) for out in finished]


def test_members_go_on_from_where_all_of_them_were_saved(specs, finished, tmp_path, monkeypatch):
    """A kill between the directories of two members leaves one of them further than the others."""
    going = [MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate(specs)]
    interrupted(going, monkeypatch, 4)
    last = tmp_path / "2"
    (last / "checkpoint-older.safetensors").rename(last / "checkpoint.safetensors")
    assert many.common_position([each.out for each in going]) == [2]
    assert run_members(going, resume=True) == {}
    assert [bits(each.out) for each in going] == [bits(out) for out in finished]


def test_members_that_are_nowhere_equally_far_begin_anew(specs, finished, tmp_path, monkeypatch):
    going = [MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate(specs)]
    interrupted(going, monkeypatch, 2)
    for name in ("checkpoint.safetensors", "checkpoint-older.safetensors"):
        (tmp_path / "2" / name).unlink()
    assert run_members(going, resume=True) == {}
    assert [bits(each.out) for each in going] == [bits(out) for out in finished]


def test_one_that_turns_non_finite_does_not_stop_the_others(specs, tmp_path, monkeypatch):
    wild = replace(specs[0], config=replace(specs[0].config, reward_scale=1e30))
    members = [MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate([wild, specs[1]])]
    faults = run_members(members)
    assert list(faults) == [0] and "update 1 (seed 0)" in str(faults[0])
    assert [row["updates"] for row in table(tmp_path / "0")] == ["0"]
    assert [row["updates"] for row in table(tmp_path / "1")] == ["0", "2", "4"]
    assert load_file(tmp_path / "0" / "checkpoint.safetensors")["step"].max() == 0


def test_only_numbers_data_and_seeds_may_differ(specs, tmp_path):
    assert len({program_of(spec) for spec in specs}) == 1
    other = replace(specs[0], config=replace(specs[0].config, batch_size=9))
    assert program_of(other) != program_of(specs[0])
    rate = replace(specs[0], config=replace(specs[0].config, actor_learning_rate=0.1))
    assert program_of(rate) != program_of(specs[0])
    for pair in ([specs[0], other], [specs[0], replace(specs[1], seeds=(0, 1))]):
        with pytest.raises(RequestError, match="go"):
            run_members([MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate(pair)])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_number_of_every_learner_may_differ(algorithm, paths):
    config = settings("official", algorithm, "spread", "random").config
    if hasattr(config, "actor_learning_rate"):
        config = replace(config, actor_learning_rate=0.01)
    numbers = [name for name, value in asdict(config).items() if isinstance(value, float)]
    other = replace(config, **{name: getattr(config, name) / 2 + 0.01 for name in numbers})
    specs = [
        RunSpec(dataset=paths[0], algorithm=algorithm, config=each, preset="official")
        for each in (config, other)
    ]
    dataset = load(paths[0])
    values, arrays = differences_of(specs, {paths[0]: dataset}, {paths[0]: RAW})
    assert set(values.config) == set(numbers)
    learner = learner_of(specs[0], dataset.metadata.team)
    states = jax.eval_shape(lambda: offline.initial_states(learner, values, [0, 1]))
    keys = offline.keys_of([0, 1])[1]
    tallies = jax.eval_shape(lambda: offline.initial_tallies(learner, values, arrays, 2))
    several, count = offline.updates(learner), jnp.int32(2)
    assert jax.eval_shape(several, arrays, count, values, keys, states, tallies) == (states, tallies)


def test_datasets_end_to_end_give_each_its_own_rows(paths):
    parts = [to_device(load(path)) for path in paths]
    whole, rows = end_to_end(parts), len(parts[0].action)
    key = jax.random.key(0)
    for place, part in enumerate(parts):
        found = draw(whole, key, 64, "per-agent", filled=rows, first=place * rows)
        wanted = draw(part, key, 64, "per-agent")
        known = np.asarray(wanted.has_next_action)
        assert found.alive is None and wanted.alive is None, "everybody is there"
        for name, one, two in zip(found._fields[:-2], found[:-2], wanted[:-2], strict=True):
            counts = known if name == "next_action" else np.ones_like(known)
            assert np.array_equal(np.asarray(one)[counts], np.asarray(two)[counts])


def without_task(path, root):
    own = load(path)
    return str(save(replace(own, metadata=replace(own.metadata, task=None, task_parameters={})), root))


def test_members_on_own_data_standardise_by_the_moments_of_their_own_dataset(specs, paths, tmp_path):
    own = {path: without_task(path, tmp_path / f"own-{place}") for place, path in enumerate(paths)}
    mine = [replace(spec, dataset=own[spec.dataset], inputs="standardised") for spec in specs]
    going = [MemberRun(spec, tmp_path / str(place)) for place, spec in enumerate(mine)]
    assert program_of(mine[0]) != program_of(specs[0])
    assert run_members(going) == {}
    moments = []
    for place, (spec, out) in enumerate(going):
        run(spec, tmp_path / f"alone-{place}")
        one, two = (load_file(each / "policy.safetensors") for each in (out, tmp_path / f"alone-{place}"))
        assert all(np.allclose(one[leaf], two[leaf], atol=1e-4) for leaf in one)
        configs = [
            json.loads((each / "config.json").read_text()) for each in (out, tmp_path / f"alone-{place}")
        ]
        assert configs[0] == configs[1]
        moments.append(inputs_from(configs[0]["moments"], load(spec.dataset).metadata.team).mean)
    assert np.array_equal(moments[1], moments[2]) and not np.array_equal(moments[0], moments[1])
    assert run_members(going, resume=True) == {}
    with pytest.raises(RequestError, match="standardised inputs that are evaluated go alone"):
        run_members([MemberRun(replace(specs[0], inputs="standardised"), tmp_path / "evaluated")])
