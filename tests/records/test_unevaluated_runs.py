"""Runs without evaluation are known by their metrics."""

import json

import pytest

from omarl.errors import RequestError
from omarl.records.unevaluated import mean_metrics, unevaluated_runs

METRICS = """seed,agent,updates,actor_loss,td_error
0,0,10,4.0,1.0
0,1,10,2.0,1.0
3,0,10,9.0,1.0
3,1,10,9.0,1.0
0,0,20,3.0,0.5
0,1,20,1.0,0.25
"""
CONFIG = {
    "algorithm": "cql",
    "preset": "paper",
    "config": {"critic": "centralised"},
    "dataset": {"id": "own/log-v0"},
}


@pytest.fixture
def run(tmp_path):
    """A run directory whose second seed was interrupted."""
    place = tmp_path / "deep" / "run"
    place.mkdir(parents=True)
    (place / "metrics.csv").write_text(METRICS)
    (place / "config.json").write_text(json.dumps(CONFIG))
    (place / "records.csv").write_text("experiment,task\n")
    return place


def test_the_last_metrics_of_each_seed_are_known(run, tmp_path):
    (found,) = unevaluated_runs([tmp_path, run])
    assert (found.path, found.data, found.learner) == (run, "own/log-v0", "cql (paper, centralised)")
    assert found.seeds == [0, 3]
    assert found.last(0) == (20, {"actor_loss": [3.0, 1.0], "td_error": [0.5, 0.25]})
    assert found.last(3) == (10, {"actor_loss": [9.0, 9.0], "td_error": [1.0, 1.0]})
    assert mean_metrics(found.last(0)[1]) == "actor_loss 2, td_error 0.375"


def test_a_row_that_was_cut_short_is_dropped(run):
    (run / "metrics.csv").write_text(METRICS + "3,0,20,1.")
    assert unevaluated_runs([run])[0].last(3)[0] == 10


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("records.csv", "experiment,task\ntrain,spread\n"),
        ("metrics.csv", "seed,agent,updates\n"),
        ("config.json", '{"model": "of something else"}'),
    ],
)
def test_evaluated_runs_empty_ones_and_what_is_no_run_are_not_among_them(run, name, text):
    (run / name).write_text(text)
    assert unevaluated_runs([run]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step,loss\n1,2\n", "is no table of metrics: expected the columns seed, agent, updates"),
        (METRICS + "0,0,30,much,1.0\n", r"line 8: expected 5 finite numbers, got \['0', '0', '30', 'much'"),
        (METRICS + "0,0,30,nan,1.0\n", "line 8: expected 5 finite numbers"),
        (METRICS + "0,0,30,1.0\n", "line 8: expected 5 finite numbers"),
    ],
)
def test_damaged_metrics_are_refused_with_the_place(run, text, message):
    (run / "metrics.csv").write_text(text)
    with pytest.raises(RequestError, match=message):
        unevaluated_runs([run])
