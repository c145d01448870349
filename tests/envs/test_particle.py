"""The physics: by hand, against MPE2's where the two agree, and where the original divides by zero."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpe2 import simple_tag_v3

from omarl.envs.particle.physics import (
    Entities,
    ParticleState,
    advance,
    contact_force,
    distance,
    flatten,
    offsets,
    scatter,
    without_self,
)
from omarl.envs.particle.tag import Tag


def a_pair(gap, **fields):
    """Two resting agents at this distance along x, far from their one landmark."""
    state = ParticleState(
        agent_position=jnp.array([[0.0, 0.0], [gap, 0.0]]),
        agent_velocity=jnp.zeros((2, 2)),
        landmark_position=jnp.array([[9.0, 9.0]]),
        time=jnp.int32(0),
    )
    return state.replace(**fields)


PAIR = Entities(
    agent_radius=(0.1, 0.2),
    gain=(5.0, 16.0),
    top_speed=(np.inf, 0.5),
    landmark_radius=(0.2,),
    solid=(True,),
)


def test_a_free_step_by_hand():
    state = a_pair(5.0, agent_velocity=[[1.0, -2.0], [0.0, 0.0]])
    after = advance(PAIR, state, jnp.array([[1.0, 0.0], [0.0, -0.1]]))
    np.testing.assert_allclose(after.agent_velocity, [[0.75 + 0.5, -1.5], [0.0, -0.16]], atol=1e-6)
    np.testing.assert_allclose(after.agent_position, [[0.125, -0.15], [5.0, -0.016]], atol=1e-6)
    assert after.time == 1


def test_top_speed_scales_the_velocity_down_and_keeps_its_direction():
    after = advance(PAIR, a_pair(5.0), jnp.array([[1.0, 1.0], [0.3, 0.4]]))
    np.testing.assert_allclose(after.agent_velocity, [[0.5, 0.5], [0.3, 0.4]], atol=1e-6)


def test_an_action_outside_the_box_acts_as_its_edge():
    inside, outside = (advance(PAIR, a_pair(5.0), jnp.full((2, 2), size)) for size in (1.0, 7.0))
    np.testing.assert_array_equal(inside.agent_velocity, outside.agent_velocity)


def test_contact_pushes_apart_with_a_hundred_times_the_overlap():
    force = contact_force(PAIR, a_pair(0.25))
    np.testing.assert_allclose(force, [[-5.0, 0.0], [5.0, 0.0]], atol=1e-4)


def test_contact_is_soft_at_the_edge_and_absent_beyond():
    edge = 100.0 * 1e-3 * np.log(2.0)
    np.testing.assert_allclose(contact_force(PAIR, a_pair(0.3)), [[-edge, 0.0], [edge, 0.0]], atol=1e-4)
    np.testing.assert_allclose(contact_force(PAIR, a_pair(0.33)), np.zeros((2, 2)), atol=1e-6)


@pytest.mark.parametrize(("solid", "expected"), [(True, -10.0), (False, 0.0)])
def test_only_solid_landmarks_push(solid, expected):
    entities = Entities(
        agent_radius=(0.1,), gain=(5.0,), top_speed=(np.inf,), landmark_radius=(0.2,), solid=(solid,)
    )
    state = ParticleState(jnp.zeros((1, 2)), jnp.zeros((1, 2)), jnp.array([[0.2, 0.0]]), jnp.int32(0))
    np.testing.assert_allclose(contact_force(entities, state), [[expected, 0.0]], atol=1e-4)


def test_agents_on_the_same_spot_do_not_push_each_other():
    after = advance(PAIR, a_pair(0.0), jnp.array([[1.0, 0.0], [0.0, 0.01]]))
    np.testing.assert_allclose(after.agent_velocity, [[0.5, 0.0], [0.0, 0.016]], atol=1e-6)


@pytest.mark.parametrize("gap", [1e-3, 1e-13, 1e-20, 1e-38])
def test_agents_almost_on_the_same_spot_stay_finite(gap):
    assert np.isfinite(advance(PAIR, a_pair(gap), jnp.zeros((2, 2))).agent_position).all()


def test_offsets_are_seen_from_the_agent_and_flattened_point_by_point():
    own, other = jnp.array([[0.0, 0.0], [1.0, 0.0]]), jnp.array([[3.0, 4.0], [1.0, 2.0]])
    seen = offsets(own, other)
    np.testing.assert_array_equal(flatten(seen), [[3, 4, 1, 2], [2, 4, 0, 2]])
    np.testing.assert_allclose(distance(seen)[0], [5.0, np.sqrt(5.0)])
    np.testing.assert_array_equal(flatten(without_self(offsets(own, own))), [[1, 0], [-1, 0]])


def test_scatter_fills_its_ranges_at_rest():
    place = lambda key: scatter(key, 2, 3, dims=2, agent_range=1.0, landmark_range=0.5)  # noqa: E731
    state = jax.jit(jax.vmap(place))(jax.random.split(jax.random.key(0), 2000))
    for position, side in ((state.agent_position, 1.0), (state.landmark_position, 0.5)):
        assert np.abs(position).max() <= side
        np.testing.assert_allclose(
            np.quantile(position, [0.01, 0.5, 0.99]), [-0.98 * side, 0, 0.98 * side], atol=0.05
        )
    assert not state.agent_velocity.any() and not state.time.any()


def test_replace_takes_numpy_arrays_and_leaves_the_rest():
    state = a_pair(1.0).replace(agent_position=np.zeros((2, 2)))
    assert state.agent_position.dtype == jnp.float32
    np.testing.assert_array_equal(state.landmark_position, [[9.0, 9.0]])


def test_velocities_are_those_of_mpe2():
    """MPE2 moves before it accelerates and multiplies by the acceleration, not its square: positions differ,
    and it is set the gains of ours. Damping, contact with agents and obstacles, and top speed must agree."""
    world = simple_tag_v3.env().unwrapped.world
    task, rng = Tag(), np.random.default_rng(0)
    step = jax.jit(lambda state, action: advance(task.entities, state, action))
    contacts = 0
    for _ in range(100):
        position, velocity = rng.uniform(-0.3, 0.3, (4, 2)), rng.uniform(-0.7, 0.7, (4, 2))
        landmark, action = rng.uniform(-0.4, 0.4, (2, 2)), rng.uniform(-1, 1, (4, 2))
        for i, agent in enumerate(world.agents):
            agent.state.p_pos, agent.state.p_vel = position[i].copy(), velocity[i].copy()
            agent.action.u, agent.action.c = action[i] * task.entities.gain[i], np.zeros(2)
        for i, entity in enumerate(world.landmarks):
            entity.state.p_pos, entity.state.p_vel = landmark[i], np.zeros(2)
        state = ParticleState(*map(jnp.asarray, (position, velocity, landmark, 0)))
        contacts += float(jnp.abs(contact_force(task.entities, state)).max()) > 1.0
        world.step()
        expected = np.array([agent.state.p_vel for agent in world.agents])
        np.testing.assert_allclose(step(state, jnp.asarray(action)).agent_velocity, expected, atol=1e-5)
    assert contacts > 50
