import numpy as np
import pytest

from omarl.data.episodes import present
from omarl.data.store import load, save
from omarl.data.subsample import subsample
from omarl.errors import RequestError


def test_whole_episodes_are_kept_in_order(make):
    dataset = make(lengths=tuple(range(1, 21)))
    dataset.reward[:] = np.arange(dataset.rows)[:, None]
    part = subsample(dataset, 0.25, seed=3)
    starts = np.searchsorted(dataset.reward[:, 0], part.reward[part.episode_start, 0])
    assert part.episodes == 5
    assert set(starts) <= set(dataset.episode_start) and (np.diff(starts) > 0).all()
    assert part.rows == sum(
        np.diff(dataset.episode_start, append=dataset.rows)[dataset.episode_start.searchsorted(starts)]
    )


def test_the_seed_decides(make):
    dataset = make(lengths=(1,) * 100)
    again = [present(subsample(dataset, 0.1, seed)) for seed in (0, 0, 1)]
    assert np.array_equal(again[0]["obs"], again[1]["obs"])
    assert not np.array_equal(again[0]["obs"], again[2]["obs"])


def test_all_of_it_is_the_same(make, tmp_path):
    dataset = make(legal=True)
    whole = load(save(subsample(dataset, 1.0), tmp_path / "a"))
    assert all(np.array_equal(a, present(whole)[name]) for name, a in present(dataset).items())
    assert whole.metadata.made_by["source"] == "toy/random-v0"
    assert whole.metadata.id == "toy/random-v0+1-seed0"


def test_every_episode_is_as_likely(make):
    dataset = make(lengths=(1,) * 10)
    dataset.reward[:] = np.arange(10)[:, None]
    drawn = np.concatenate([subsample(dataset, 0.3, seed).reward[:, 0] for seed in range(1000)])
    assert np.abs(np.bincount(drawn.astype(int)) / 1000 - 0.3).max() < 0.06  # four standard errors


@pytest.mark.parametrize("fraction", [0.0, -1.0, 1.5, float("nan")])
def test_a_fraction_is_a_fraction(make, fraction):
    with pytest.raises(RequestError, match="fraction is"):
        subsample(make(), fraction)


def test_a_seed_is_not_negative(make):
    with pytest.raises(RequestError, match="seed is -1"):
        subsample(make(), 0.5, seed=-1)
