"""Batches are the transitions of the dataset, and numbers in its padding are ignored."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from omarl.data.device import blank, draw, gather, to_device
from omarl.types import TeamSpec


def transitions(dataset):
    """Every transition, by a plain loop over episodes; the next action is None where there is none."""
    rows, first_row, first_obs = [], 0, 0
    for last_row in np.flatnonzero(dataset.terminal | dataset.truncated):
        for t in range(last_row - first_row + 1):
            following = dataset.action[first_row + t + 1] if first_row + t < last_row else None
            now, seen = first_row + t, first_obs + t
            rows.append(
                (
                    dataset.obs[seen],
                    dataset.action[now],
                    dataset.reward[now],
                    dataset.obs[seen + 1],
                    following,
                )
            )
        first_obs += last_row - first_row + 2
        first_row = last_row + 1
    return rows


@pytest.mark.parametrize("terminal", [True, False])
def test_a_batch_holds_the_transitions_of_the_dataset(make, terminal):
    dataset = make(lengths=(4, 1, 3), terminal=terminal)
    batch = gather(to_device(dataset), jnp.arange(dataset.rows)[:, None])
    expected = transitions(dataset)
    assert len(expected) == dataset.rows
    for i, (obs, action, reward, next_obs, next_action) in enumerate(expected):
        np.testing.assert_array_equal(batch.obs[i], obs)
        np.testing.assert_array_equal(batch.action[i], action)
        np.testing.assert_array_equal(batch.reward[i], reward)
        np.testing.assert_array_equal(batch.next_obs[i], next_obs)
        assert bool(batch.has_next_action[i].all()) == (next_action is not None)
        if next_action is not None:
            np.testing.assert_array_equal(batch.next_action[i], next_action)
        np.testing.assert_array_equal(batch.terminal[i], dataset.terminal[i])


def test_each_agent_may_draw_rows_of_its_own(make):
    dataset = make()
    arrays = to_device(dataset)
    rows = jnp.array([[0, 7], [5, 2]])
    mixed = gather(arrays, rows)
    for agent in range(2):
        alone = gather(arrays, rows[:, agent : agent + 1])
        for have, want in zip(jax.tree.leaves(mixed), jax.tree.leaves(alone), strict=True):
            np.testing.assert_array_equal(have[:, agent], want[:, agent])
    drawn = draw(arrays, jax.random.key(0), 50, "per-agent")
    joint = {(*a, *b) for a, b in np.asarray(drawn.reward)[:, :, None].tolist()}
    recorded = {(*a, *b) for a, b in dataset.reward[:, :, None].tolist()}
    assert joint - recorded and {pair[0] for pair in joint} <= {pair[0] for pair in recorded}


def test_draws_cover_the_filled_rows_and_no_others(make):
    dataset = make(lengths=(5, 5))
    drawn = draw(to_device(dataset), jax.random.key(0), 400, "joint", filled=3)
    assert set(np.asarray(drawn.reward[:, 0]).tolist()) == set(dataset.reward[:3, 0].tolist())


def test_what_stands_in_the_padding_reaches_nobody(make):
    team = {"observation_sizes": (3, 2), "action_sizes": (1, 2)}
    clean = make(**team, legal=True)
    obs, action, legal = clean.obs.copy(), clean.action.copy(), clean.legal.copy()
    obs[:, 1, 2], action[:, 0, 1], legal[:, 0, 1] = np.nan, 7.0, True
    dirty = replace(clean, obs=obs, action=action, legal=legal)
    for have, want in zip(to_device(dirty), to_device(clean), strict=True):
        np.testing.assert_array_equal(have, want)


def test_legal_choices_are_those_of_the_moment(make):
    dataset = make(kind="discrete", legal=True)
    legal = dataset.legal.copy()
    legal[6, 0, 1] = False  # the first episode has 5 observations, the second 2: before row 5, after row 4
    batch = gather(to_device(replace(dataset, legal=legal)), jnp.arange(dataset.rows)[:, None])
    seen = {(4, 1): False}
    for row in range(dataset.rows):
        assert bool(batch.next_legal[row, 0, 1]) == seen.get((row, 1), True)
        assert bool(batch.legal[row, 0, 1])


def test_blank_arrays_have_the_layout_of_a_dataset():
    team = TeamSpec(observation_sizes=(3, 2), action_sizes=(2, 1))
    empty = blank(team, rows=6, episodes=3)
    assert empty.terminal.shape == empty.truncated.shape == empty.episode.shape == (6,)
    assert empty.obs.shape == (9, 2, 3) and empty.action.shape == (6, 2, 2)
    np.testing.assert_array_equal(empty.legal[0], [[True, True], [True, False]])
    assert blank(replace(team, action_kind="discrete"), rows=6, episodes=3).legal.shape == (9, 2, 2)
