"""Datasets of every quality from one small online run, with their provenance."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from omarl.collecting import behaviour, datasets
from omarl.collecting.behaviour import Needs
from omarl.collecting.datasets import collect_datasets
from omarl.collecting.goals import goal_of
from omarl.collecting.recipes import RECIPES, Recipe, recipe_for
from omarl.collecting.sources import SOURCES, course, needs
from omarl.data.store import load
from omarl.data.validate import validate
from omarl.errors import RequestError, TrainingError
from omarl.play.episodes import play_rows
from omarl.play.policies import uniform_policy

QUALITIES = tuple(name for name, source in SOURCES.items() if source.possible(Recipe()))


@pytest.fixture(scope="module")
def collected(toy, recipe, tmp_path_factory):
    """One dataset of each quality, at most 40 transitions each, and the progress of the one online run."""
    folder, told = tmp_path_factory.mktemp("toy"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "toy", recipe)
        collect_datasets(
            toy, {q: folder / q for q in QUALITIES}, 40, 3, lambda steps, mean: told.append(steps)
        )
    return {quality: load(folder / quality) for quality in QUALITIES}, told


@pytest.fixture(autouse=True)
def toy_has_a_recipe(recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", recipe)


def test_all_qualities_come_from_one_online_run(collected):
    datasets, told = collected
    assert told == [16, 32, 48]
    rows = {quality: dataset.rows for quality, dataset in datasets.items()}
    assert rows == {"random": 40, "medium-replay": 32, "medium": 40, "expert": 40, "replay": 40}
    shared = datasets["medium-replay"]
    assert np.array_equal(datasets["replay"].action[:32], shared.action)
    assert np.array_equal(datasets["replay"].obs[:40], shared.obs)


def test_every_dataset_is_in_order(collected):
    for dataset in collected[0].values():
        assert [finding for finding in validate(dataset) if finding.severity == "error"] == []
        assert dataset.episodes * 4 == dataset.rows
        assert np.allclose(dataset.reward, 1 + dataset.action[..., 0])
        assert np.array_equal(dataset.obs[:, 0, 0], np.tile(np.arange(5), dataset.episodes))


def test_a_dataset_says_how_it_was_made(collected):
    for quality, dataset in collected[0].items():
        about = dataset.metadata
        assert (about.id, about.task, about.quality) == (f"toy/{quality}-v0", "toy", quality)
        assert about.references == {"ours": {"random": 0.0, "expert": 8.0}}
        assert about.made_by["seed"] == 3 and f"--quality {quality}" in about.made_by["command"]
        assert {"omarl", "jax"} <= about.versions.keys()
        assert ("learner" in about.made_by) == (quality != "random")
    level = collected[0]["medium"].metadata.made_by["level"]
    assert level["defined_by_mean_return"] == -100 and level["after_steps"] == 32


def test_a_recording_ends_where_its_mean_return_would_rise_above_the_recipes(
    toy, recipe, collected, tmp_path, monkeypatch
):
    whole = np.asarray(collected[0]["medium-replay"].reward).reshape(8, 4, -1).sum(1).mean(1)
    means = np.cumsum(whole) / np.arange(1, 9)
    some = float(means[4]) + 1e-6
    for most, episodes in ((np.inf, 8), (some, np.flatnonzero(means <= some)[-1] + 1), (-1e9, 1)):
        monkeypatch.setitem(RECIPES, "toy", replace(recipe, recorded=most))
        collect_datasets(toy, {"medium-replay": tmp_path / str(most)}, 40, 3)
        kept = load(tmp_path / str(most))
        assert kept.episodes == episodes
        assert np.array_equal(kept.action, collected[0]["medium-replay"].action[: 4 * episodes])
        said = kept.metadata.made_by.get("medium_replay_mean_return_at_most", np.inf)
        assert said == most


def test_play_of_a_level_is_noisy(collected):
    medium = collected[0]["medium"]
    same_view = np.asarray(medium.action)[:, 0, 0].reshape(-1, 4)[:, 0]
    assert len(np.unique(same_view)) > 1, "ten episodes begin with the same view and no two alike"


def test_random_play_follows_from_the_seed(toy, collected, tmp_path):
    collect_datasets(toy, {"random": tmp_path / "same"}, 40, 3)
    collect_datasets(toy, {"random": tmp_path / "other"}, 40, 4)
    wanted = collected[0]["random"].action
    assert np.array_equal(load(tmp_path / "same").action, wanted)
    assert not np.array_equal(load(tmp_path / "other").action, wanted)


def test_steps_after_an_episodes_end_are_dropped(toy_that_ends_early, monkeypatch):
    monkeypatch.setattr("omarl.play.episodes.EPISODES_AT_ONCE", 8)
    parts = list(
        play_rows(toy_that_ends_early, uniform_policy(toy_that_ends_early.spec.team), jax.random.key(0), 60)
    )
    assert len(parts) > 1 and 60 <= sum(len(part.action) for part in parts) < 60 + 8 * 4
    for part in parts:
        ends = np.flatnonzero(part.terminal | part.truncated)
        lengths = np.diff(ends, prepend=-1)
        starts = np.cumsum(lengths + 1) - lengths - 1
        assert len(ends) == len(part.obs) - len(part.action)
        assert np.array_equal(part.obs[starts, 0, 0], np.zeros(len(ends)))
        assert np.array_equal(part.obs[starts, 0, 1], lengths), "an episode is as long as its lifetime"
        assert np.array_equal(part.terminal[ends], lengths < 4)
    assert any(part.terminal.any() for part in parts)


@pytest.mark.parametrize(
    ("quality", "size", "message"),
    [
        ("great", 40, "unknown quality 'great': choose one of expert, medium"),
        ("random", -5, "size -5: expected at least one transition"),
    ],
)
def test_what_cannot_be_made_is_refused(toy, tmp_path, quality, size, message):
    with pytest.raises(RequestError, match=message):
        collect_datasets(toy, {quality: tmp_path / "new"}, size, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_task_without_a_recipe_is_refused(toy, tmp_path, monkeypatch):
    monkeypatch.delitem(RECIPES, "toy")
    with pytest.raises(RequestError, match="recipe"):
        collect_datasets(toy, {"random": tmp_path / "new"}, 40, 0)


def test_a_task_that_nobody_measured_gets_its_levels_from_the_whole_run(toy, recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", replace(recipe, levels={}))
    monkeypatch.setattr(behaviour, "own_levels", lambda random, probes: {"medium": random - 100.0})
    unknown = replace(toy, spec=replace(toy.spec, reference=None))
    assert needs(recipe_for(unknown.spec), ("random", "medium"), 40) == Needs(None, 48)
    collect_datasets(unknown, {"medium": tmp_path / "one"}, 40, 3)
    level = load(tmp_path / "one").metadata.made_by["level"]
    assert level["after_steps"] == 32 and -100 < level["defined_by_mean_return"] < -90
    with pytest.raises(TrainingError, match="did not reach the expert level, a mean return of its own"):
        collect_datasets(unknown, {"expert": tmp_path / "two"}, 40, 3)


@pytest.mark.parametrize(
    ("qualities", "needed", "expected"),
    [
        (("random",), Needs(None, 0), (40, None)),
        (("random", "medium"), Needs("medium", 0), (48, goal_of(-100.0))),
        (("expert", "medium-replay"), Needs("expert", 0), (48, goal_of(-50.0))),
        (("replay",), Needs(None, 40), (40, None)),
        (("medium", "replay"), Needs("medium", 40), (48, goal_of(-100.0))),
    ],
)
def test_a_collection_goes_no_further_than_it_must(toy, recipe, tmp_path, qualities, needed, expected):
    assert needs(recipe, qualities, 40) == needed
    assert course(toy, dict.fromkeys(qualities, tmp_path), 40, 0) == expected


def test_no_level_ends_a_collection_that_keeps_the_whole_run(toy):
    assert course(toy, ("medium", "replay"), 100, 0) == (48, None)


def test_an_existing_output_is_refused_before_any_work(toy, tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("precious")
    monkeypatch.setattr(datasets, "train_behaviour", lambda *a: pytest.fail("worked for nothing"))
    with pytest.raises(RequestError, match="exists already"):
        collect_datasets(toy, {"medium": tmp_path / "new", "expert": tmp_path / "mine"}, 40, 0)
    assert (tmp_path / "mine").read_text() == "precious" and not (tmp_path / "new").exists()


def test_a_level_that_is_not_reached_leaves_the_others(toy, recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "toy", replace(recipe, levels={"medium": -100.0, "expert": 1e6}))
    with pytest.raises(TrainingError, match=r"expert level, a mean return of 1000000, within 48 steps"):
        collect_datasets(toy, {name: tmp_path / name for name in ("expert", "medium", "random")}, 40, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["medium", "random"]


def test_an_interrupted_collection_goes_on_and_leaves_nothing_behind(toy, collected, tmp_path):
    paths = {name: tmp_path / name for name in ("medium", "random", "replay")}

    def interrupt(steps, mean):
        if steps == 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect_datasets(toy, paths, 40, 3, interrupt)
    (unfinished,) = tmp_path.iterdir()
    assert unfinished.name.startswith(".collecting-")
    told = []
    collect_datasets(toy, paths, 40, 3, lambda steps, mean: told.append(steps))
    assert told == [32, 48] and {path.name for path in tmp_path.iterdir()} == set(paths)
    for name, path in paths.items():
        for field in ("obs", "action", "reward"):
            assert np.array_equal(getattr(load(path), field), getattr(collected[0][name], field))


def test_random_data_leaves_the_unfinished_run_of_other_data_alone(toy, tmp_path):
    def interrupt(steps, mean):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect_datasets(toy, {"medium": tmp_path / "medium"}, 40, 3, interrupt)
    (unfinished,) = tmp_path.iterdir()
    before = sorted(path.name for path in unfinished.rglob("*"))
    collect_datasets(toy, {"random": tmp_path / "random"}, 40, 3)
    assert before and sorted(path.name for path in unfinished.rglob("*")) == before


def test_what_an_interrupted_collection_has_written_is_not_made_again(toy, tmp_path, monkeypatch):
    paths = {name: tmp_path / name for name in ("medium", "random")}
    real, written = datasets.write_collected, []

    def write(made, quality, *rest):
        if written:
            raise KeyboardInterrupt
        written.append(quality)
        real(made, quality, *rest)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(datasets, "write_collected", write)
        collect_datasets(toy, paths, 40, 3)
    before = (paths[written[0]] / "dataset.json").stat().st_mtime_ns
    collect_datasets(toy, paths, 40, 3)
    assert (paths[written[0]] / "dataset.json").stat().st_mtime_ns == before
    assert {path.name for path in tmp_path.iterdir()} == set(paths)
    with pytest.raises(RequestError, match="exists already"):
        collect_datasets(toy, paths, 40, 3)
