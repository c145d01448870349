import json
from collections.abc import Callable
from pathlib import Path

import pytest

from omarl.errors import RequestError
from omarl.report.judge.groups import DatasetKey
from omarl.report.page.material import read_material


@pytest.fixture
def run(tmp_path: Path, run_directory: Callable[..., Path]) -> Path:
    return run_directory(tmp_path, "omar", 0.9)


def change(path: Path, edit: Callable[[object], object]) -> None:
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))


def test_a_run_directory_is_gathered_whole(run: Path) -> None:
    material = read_material([run])
    (found,) = material.runs
    assert (found.name, len(found.records), len(material.records)) == ("omar-medium-replay", 55, 55)
    card = material.datasets[DatasetKey("demo", "spread", "medium-replay")]
    assert (card.return_mean, card.score_paper) == (203.7, None)
    assert card.score == pytest.approx(100 * (203.7 - 160) / (517 - 160))
    behaviour, policy, _ = found.episode
    assert behaviour.agents.shape == (26, 3, 2) and behaviour.reward[0] == 0
    assert policy.json()["returns"][-1] == pytest.approx(policy.total, abs=1e-3)


def test_runs_that_disagree_on_the_dataset_show_none(run: Path, run_directory: Callable[..., Path]) -> None:
    other = run_directory(run.parent, "bc", 0.4)
    change(other / "config.json", lambda c: c | {"dataset": c["dataset"] | {"hash": "another"}})
    assert read_material([run.parent]).datasets == {}


def test_positions_on_a_line_are_put_at_height_zero(run: Path) -> None:
    on_a_line = {"agents": [[[0.5], [1.0], [2.0]]] * 26, "landmarks": [[0.0], [1.0], [2.0]]}
    change(run / "episode.json", lambda episodes: [episodes[0] | on_a_line])
    (episode,) = read_material([run]).runs[0].episode
    assert episode.agents[0].tolist() == [[0.5, 0.0], [1.0, 0.0], [2.0, 0.0]]


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda e: {"not": "a list"}, "must hold a list of episodes"),
        (lambda e: ["no object"], "episode 0 must be a JSON object"),
        (lambda e: [e[0] | {"agents": []}], "agents must hold 1 to 2000 frames"),
        (lambda e: [e[0] | {"agents": [[[0, 0]], [[0]]]}], "agents must be numbers in lists of equal length"),
        (lambda e: [e[0] | {"agents": [[[0, 0, 0]] * 3] * 26}], "one or two coordinates, got 3"),
        (lambda e: [e[0] | {"radius": [0.1]}], "radius must hold 3 sizes"),
        (lambda e: [e[0] | {"radius": [0.1, 0.1, -1]}], "radius must hold 3 sizes"),
        (lambda e: [e[0] | {"reward": [1.0] * 7}], "reward must hold 26 or 25 numbers, got 7"),
        (lambda e: [e[0] | {"kinds": ["agent"]}], "kinds must name each of the 3 agents"),
        (lambda e: [e[0] | {"return": "much"}], "return must be numbers"),
    ],
)
def test_an_unsound_episode_is_refused_with_the_place(run: Path, edit: Callable, named: str) -> None:
    change(run / "episode.json", edit)
    with pytest.raises(RequestError, match=named) as error:
        read_material([run])
    assert str(run / "episode.json") in str(error.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[]", "must hold a JSON object, got list"),
        ("{", "not valid JSON"),
        ('{"dataset": {"return_mean": NaN}}', "not valid JSON"),
        ('{"dataset": 3}', "dataset must be a JSON object"),
        ('{"dataset": {"return_mean": "high"}}', "return_mean must be a finite number, got 'high'"),
    ],
)
def test_an_unsound_configuration_is_refused_with_the_place(run: Path, text: str, named: str) -> None:
    (run / "config.json").write_text(text)
    with pytest.raises(RequestError, match=named) as error:
        read_material([run])
    assert str(run / "config.json") in str(error.value)


def test_nothing_to_report_is_said(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no records in"):
        read_material([tmp_path])
    with pytest.raises(RequestError, match="no path was given"):
        read_material([])
