from pathlib import Path

import pytest
from toys import tiny

from omarl.campaign import datasets
from omarl.campaign.datasets import Data, fulfil, obstacle, orders
from omarl.data.store import load
from omarl.errors import TrainingError

REPLAY = Data(task="spread", quality="replay")


def test_one_online_run_makes_all_qualities_of_a_task_and_seed(tmp_path: Path) -> None:
    kinds = [
        Data(task="spread", quality=quality, seed=seed) for seed in (0, 1) for quality in ("random", "expert")
    ]
    tiny.write(kinds[0], tmp_path)
    first, second = orders(kinds, tmp_path)
    assert first.wholes == (kinds[1],)
    assert second.wholes == (kinds[2], kinds[3])
    assert str(second) == "data of spread, seed 1: random, expert"


def test_a_part_is_drawn_from_the_whole_and_says_so(tmp_path: Path) -> None:
    tiny.write(REPLAY, tmp_path)
    third = Data(task="spread", quality="replay", fraction=1 / 3)
    (order,) = orders([third, REPLAY], tmp_path)
    assert (order.wholes, order.parts) == ((), (third,))
    fulfil(tmp_path, 100, order)
    made = load(third.path(tmp_path))
    assert (made.episodes, made.metadata.quality) == (1, "replay-0.333333")
    assert orders([third, REPLAY], tmp_path) == []


def test_random_data_are_made_at_their_place(tmp_path: Path) -> None:
    line = Data(task="spread", quality="random", parameters=(("agents", 2),), seed=4)
    fulfil(tmp_path, 50, *orders([line], tmp_path))
    made = load(tmp_path / "spread-agents=2" / "random-seed4-v0")
    assert made.metadata.made_by["seed"] == 4 and made.rows == 50


def test_what_cannot_be_made_is_told_unless_it_is_there(tmp_path: Path) -> None:
    full = Data(task="tag-full", quality="medium-replay")
    assert "tag-full" in str(obstacle(full, tmp_path))
    tiny.write(full, tmp_path)
    assert obstacle(full, tmp_path) is None


def test_what_an_online_run_did_not_reach_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    medium, expert = (Data(task="spread", quality=quality, seed=2) for quality in ("medium", "expert"))

    def without_expert(task: object, paths: dict[str, Path], size: int, seed: int) -> None:
        tiny.write(medium, tmp_path)
        raise TrainingError("did not reach the expert level")

    monkeypatch.setattr(datasets, "collect_datasets", without_expert)
    with pytest.raises(TrainingError):
        fulfil(tmp_path, 100, *orders([expert, medium], tmp_path))
    assert obstacle(medium, tmp_path) is None
    note = tmp_path / "spread" / "expert-seed2-v0-failed.txt"
    assert obstacle(expert, tmp_path) == f"did not reach the expert level (remove {note} to try again)"
    tiny.write(expert, tmp_path)
    assert obstacle(expert, tmp_path) is None
