"""Batches from a window over a dataset are distributed as from the whole, and reach every row."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.data import stream
from omarl.data.blocks import cut, read_rows, whole_file
from omarl.data.device import draw, gather, to_device
from omarl.data.store import load, save
from omarl.errors import RequestError

LENGTHS = (4, 1, 3, 7, 2, 2, 5, 1, 1, 6, 3, 4)
KINDS = {
    "continuous": {},
    "ragged": {"action_sizes": (2, 1), "terminal": True},
    "discrete": {"kind": "discrete", "action_sizes": (3, 2), "legal": True},
}


def rows_with(rewards, wanted):
    """The rows with these rewards, which are all different."""
    ascending = np.argsort(rewards)
    return ascending[np.searchsorted(rewards[ascending], np.asarray(wanted))]


def small(dataset, slots, **options):
    """A stream with blocks of about five rows, and so many blocks in its window."""
    block = 5 * stream.row_bytes(dataset)
    blocks = cut(dataset, 5)
    window = slots * stream.row_bytes(dataset) * blocks.observations / stream.MIB
    return stream.Stream(dataset, window, block_bytes=block, **({"period": 2, "batch_size": 8} | options))


def rows_of(window):
    """The first reward of every row in a window."""
    slots = zip(np.asarray(window.arrays.reward)[..., 0], np.asarray(window.rows), strict=True)
    return np.concatenate([reward[:rows] for reward, rows in slots])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stored", [False, True])
def test_a_row_is_the_same_wherever_it_was_drawn(make, tmp_path, kind, stored):
    dataset = make(LENGTHS, **KINDS[kind])
    whole = to_device(dataset)
    windows = small(load(save(dataset, tmp_path / "d")) if stored else dataset, slots=4)
    for update in (0, 2, 4, 6):
        batch = stream.draw_from_window(windows(update), jax.random.key(update), 64, "joint")
        expected = gather(whole, jnp.asarray(rows_with(dataset.reward[:, 0], batch.reward[:, 0]))[:, None])
        for name, field in batch._asdict().items():
            shown = np.asarray(getattr(expected, name))
            if name == "next_action":  # means nothing where there is none
                field, shown = (np.where(expected.has_next_action[..., None], x, 0) for x in (field, shown))
            np.testing.assert_array_equal(field, shown, err_msg=name)


def test_agents_may_draw_rows_of_their_own(make):
    window = small(make(LENGTHS), slots=4)(0)
    batch = stream.draw_from_window(window, jax.random.key(0), 256, "per-agent")
    arrays = stream.flat(window)
    first, second = (np.asarray(arrays.reward[:, agent]).tolist() for agent in (0, 1))
    pairs = {
        (first.index(a), second.index(b)) for a, b in zip(*np.asarray(batch.reward).T.tolist(), strict=True)
    }
    assert any(a != b for a, b in pairs)
    assert draw(to_device(make(LENGTHS)), jax.random.key(0), 4, "per-agent").obs.shape == batch.obs[:4].shape


def test_rows_of_the_window_are_equally_likely(make):
    window = small(make(LENGTHS), slots=5)(0)
    drawn = np.asarray(stream.draw_from_window(window, jax.random.key(1), 20_000, "joint").reward)[:, 0]
    found, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_array_equal(found, np.sort(rows_of(window)))
    assert np.abs(counts / counts.mean() - 1).max() < 0.2


def test_every_pass_comes_past_every_row_once(make):
    dataset = make(LENGTHS)
    windows = small(dataset, slots=3, batch_size=1)
    assert windows.fresh == 1
    blocks, seen = windows.reader.blocks.number, []
    for stage in range(2 * blocks):
        (fresh, _), slots = windows.reader.fetch([stage]), windows.reader.shape.slots
        window = windows(2 * stage)
        at = stage % slots
        np.testing.assert_array_equal(window.arrays.reward[at], fresh.arrays.reward[0])
        seen.append(rows_of(jax.tree.map(lambda x, a=at: x[a : a + 1], window)))
    first, second = (np.sort(np.concatenate(part)) for part in (seen[:blocks], seen[blocks:]))
    np.testing.assert_array_equal(first, np.sort(dataset.reward[:, 0]))
    np.testing.assert_array_equal(second, first)
    assert not all(map(np.array_equal, seen[:blocks], seen[blocks:]))


def test_what_is_resident_depends_on_the_update_and_the_seed_alone(make):
    dataset = make(LENGTHS)
    one, other = small(dataset, slots=3), small(dataset, slots=3)
    walked = [rows_of(one(update)) for update in (0, 2, 4, 5)]
    np.testing.assert_array_equal(walked[2], walked[3])
    np.testing.assert_array_equal(walked[2], rows_of(other(4)))
    assert not np.array_equal(np.sort(walked[0]), np.sort(walked[1]))
    assert not np.array_equal(walked[0], rows_of(small(dataset, slots=3, seed=1)(0)))


def test_a_dataset_that_fits_stays(make):
    dataset = make(LENGTHS)
    windows = stream.Stream(dataset, 1, period=2, batch_size=8)
    np.testing.assert_array_equal(np.sort(rows_of(windows(0))), np.sort(dataset.reward[:, 0]))
    assert windows(2) is windows(0) and windows.fresh == 0


def test_a_window_of_any_size_holds_many_blocks(make):
    dataset = make((3,) * 2000)
    for mib in (0.05, 0.1):
        shape = stream.Stream(dataset, mib, period=2, batch_size=8).reader.shape
        assert 200 <= shape.slots <= 400
        assert shape.slots * shape.observations * stream.row_bytes(dataset) <= mib * stream.MIB


def test_a_window_too_small_is_refused(make):
    with pytest.raises(RequestError, match="--window 1"):
        stream.Stream(make(LENGTHS), 0.0001, period=2, batch_size=8, block_bytes=1)


def test_files_are_read_and_views_of_them_are_copied(make, tmp_path):
    dataset = make(LENGTHS)
    stored = load(save(dataset, tmp_path / "d"))
    for field, expected in ((stored.action, dataset.action), (stored.action[3:], dataset.action[3:])):
        assert whole_file(field, np.float32) == (field is stored.action)
        out = np.zeros((5, 2, 2), np.float32)
        read_rows(field, 2, out)
        np.testing.assert_array_equal(out, expected[2:7])


def test_a_file_that_shrinks_is_reported(make, tmp_path):
    stored = load(save(make(LENGTHS), tmp_path / "d"))
    out = np.zeros((len(stored.action) + 1, 2, 2), np.float32)
    with pytest.raises(RequestError, match="cut short"):
        read_rows(stored.action, 0, out)
