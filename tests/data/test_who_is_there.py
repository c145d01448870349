"""Who is there, from a dataset in memory or in a window to the batches."""

from dataclasses import replace

import jax
import numpy as np

from omarl.data.device import draw, end_to_end, to_device
from omarl.data.stream import Stream, draw_from_window


def some_lives(dataset):
    """The dataset with agent 1 dead from its third observation of the first episode on."""
    alive, died = np.ones(dataset.obs.shape[:2], bool), np.zeros(dataset.reward.shape, bool)
    alive[2:5, 1], died[1, 1] = False, True
    return replace(dataset, alive=alive, died=died)


def test_a_window_says_who_is_there_as_memory_does(make):
    dataset = some_lives(make((4, 1, 3), kind="discrete", legal=True))
    window = Stream(dataset, window_mib=1, period=10, batch_size=8)(0)
    keys = jax.random.split(jax.random.key(0), 20)
    of_window = [draw_from_window(window, key, 8, "joint") for key in keys]
    of_memory = [draw(to_device(dataset), key, 8, "joint") for key in keys]

    def rows(batches):
        every = [
            jax.tree.map(lambda x, row=row: np.asarray(x[row]).tolist(), b)
            for b in batches
            for row in range(8)
        ]
        return {str(row).replace("-0.0,", "0.0,") for row in every}

    assert rows(of_window) == rows(of_memory)
    assert not all(batch.alive.all() for batch in of_window)


def test_datasets_of_which_only_some_say_who_is_there_are_joined(make):
    plain = make()
    both = end_to_end([to_device(plain), to_device(some_lives(plain))])
    assert both.alive[: len(plain.obs)].all() and not both.died[: plain.rows].any()
    assert both.died.sum() == 1
    assert end_to_end([to_device(plain)] * 2).alive is None
