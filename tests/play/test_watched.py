"""Episodes to look at: what is seen is what was played, on the device and on the host."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys.runner import Runner

from omarl.envs import make
from omarl.envs.scenes import Moment, Stage
from omarl.play.watched import fresh_start, recorded_start, watcher


def test_a_recorded_episode_plays_again():
    task = make("spread", agents=2)
    state, obs = jax.jit(task.reset)(jax.random.key(1))
    actions = jax.random.uniform(jax.random.key(2), (25, 2, 2), minval=-1.0, maxval=1.0)
    _, (positions, rewards) = jax.lax.scan(
        lambda s, a: (lambda out: (out[0], (out[0].agent_position, out[1].reward)))(task.step(s, a)),
        state,
        actions,
    )
    watch = watcher(task, task.stage, lambda recorded, step, seen, legal: recorded[step][None])
    scene = watch(actions, recorded_start(task, obs))
    assert scene.moments.discs.shape == (26, 2, 2) and scene.moments.landmarks.shape == (26, 2, 2)
    assert np.allclose(scene.moments.discs[0], state.agent_position, atol=1e-6)
    assert np.allclose(scene.moments.discs[1:], positions, atol=1e-4)
    assert np.allclose(scene.reward, np.asarray(rewards).mean(1), atol=1e-3)


def test_a_policy_sees_what_the_state_shows():
    task = make("spread", agents=2)
    choose = lambda gain, _, seen, legal: jnp.clip(gain * seen[..., 4:6], -1.0, 1.0)  # noqa: E731
    moments = watcher(task, task.stage, choose)(10, fresh_start(task, jax.random.key(1))).moments
    distance = np.linalg.norm(moments.discs - moments.landmarks[:, :1], axis=-1)
    assert (distance[-1] < 0.5).all() and distance[0].max() > 0.5


class Drawn:
    """The toy task, showing its clock."""

    stage = Stage(kinds=("learner",), radius=(0.1,))

    def __init__(self, toy):
        self.spec, self.reset, self.legal, self.step = toy.spec, toy.reset, toy.legal, toy.step

    def shown(self, state):
        return Moment(discs=jnp.stack([state.time, state.lifetime]).astype(float)[None])


def test_an_episode_that_ends_early_is_seen_until_its_end(toy_that_ends_early):
    task = Drawn(toy_that_ends_early)
    watch = watcher(task, task.stage, lambda policy, step, obs, legal: jnp.zeros((1, 2, 1)))
    ends = set()
    for seed in range(6):
        scene = watch(0, task.reset(jax.random.key(seed)))
        lifetime = int(scene.moments.discs[0, 0, 1])
        ends.add(lifetime)
        assert scene.moments.discs[:, 0, 0].tolist() == list(range(lifetime + 1))
        assert scene.reward.tolist() == [1.0] * lifetime
    assert len(ends) > 1


def test_on_the_host_one_copy_is_seen_until_its_end():
    task = Runner(steps=5)
    start = fresh_start(task, jax.random.key(3))
    scene = watcher(task, task.stage, lambda gain, step, obs, legal: gain * jnp.ones((1, 2, 1)))(0.5, start)
    assert task.seeds == [start], "no copies are stepped that nobody sees"
    assert scene.stage == task.stage
    assert scene.moments.bodies.shape == (6, 2, 4) and scene.moments.discs.shape == (6, 0, 2)
    assert scene.moments.bodies[:, 0, 0] == pytest.approx(0.5 * np.arange(6), abs=1e-6)
    assert scene.reward == pytest.approx([0.5] * 5)


def test_observations_that_do_not_tell_the_start_give_none():
    assert recorded_start(Runner(), np.zeros((2, 1))) is None
