"""A frozen prey turns four agents into three learners; its file is checked before it plays."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from omarl.envs import make
from omarl.envs.opponents import FrozenOpponents
from omarl.envs.particle.spread import Spread
from omarl.envs.particle.tag import Tag
from omarl.errors import RequestError
from omarl.nets.mlp import MLP, Affine, Linear, Moments
from omarl.nets.policy_file import load_frozen_policy, save_frozen_policy


def random_network(sizes, standardised=False, normalised=False, seed=0):
    rng = np.random.default_rng(seed)
    draw = lambda *shape: jnp.asarray(rng.normal(size=shape), jnp.float32)  # noqa: E731
    network = MLP(
        layers=tuple(Linear(draw(a, b), draw(b)) for a, b in pairwise(sizes)),
        input=(Affine(draw(sizes[0]), draw(sizes[0])),) * standardised,
        hidden=tuple(Affine(draw(size), draw(size)) for size in sizes[1:-1]) * normalised,
    )
    return network, Moments(draw(sizes[0]), jnp.abs(draw(sizes[0])))


@pytest.fixture
def prey_path(tmp_path):
    path = tmp_path / "prey.safetensors"
    save_frozen_policy(path, *random_network((14, 8, 2)), made_by={"seed": 0})
    return path


def by_hand(network, running, obs):
    """The network written down once more, in plain NumPy."""
    x = np.asarray(obs)
    for norm in network.input:
        x = (x - running.mean) / np.sqrt(running.variance + 1e-5) * norm.scale + norm.offset
    for index, layer in enumerate(network.layers):
        x = x @ layer.weight + layer.bias
        if index < len(network.layers) - 1:
            for norm in network.hidden[index : index + 1]:
                x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
                x = x * norm.scale + norm.offset
            x = np.maximum(x, 0)
    return np.tanh(x)


@pytest.mark.parametrize("standardised", [False, True])
@pytest.mark.parametrize("normalised", [False, True])
def test_a_policy_comes_back_from_its_file(tmp_path, standardised, normalised):
    network, running = random_network((5, 7, 6, 2), standardised, normalised)
    save_frozen_policy(tmp_path / "p", network, running, made_by={})
    act = load_frozen_policy(tmp_path / "p", observation_size=5, action_size=2)
    obs = jnp.asarray(np.random.default_rng(1).normal(size=(4, 5)), jnp.float32)
    with jax.numpy_rank_promotion("allow"):
        expected = by_hand(network, running, obs)
    np.testing.assert_allclose(act(obs), expected, atol=1e-5)


def test_the_wrapped_task_is_the_full_task_with_the_prey_playing(prey_path):
    task = make("tag", prey=prey_path)
    act = load_frozen_policy(prey_path, observation_size=14, action_size=2)
    state, obs = jax.jit(task.reset)(jax.random.key(0))
    action = jax.random.uniform(jax.random.key(1), (3, 2), minval=-1.0)
    full_obs = task.inner.observe(state)
    np.testing.assert_array_equal(obs, full_obs[:3])
    next_state, result = jax.jit(task.step)(state, action)
    expected_state, expected = jax.jit(task.inner.step)(
        state, jnp.concatenate([action, act(full_obs[3:, :14])])
    )
    np.testing.assert_allclose(next_state.agent_position, expected_state.agent_position, atol=1e-6)
    np.testing.assert_allclose(result.reward, expected.reward[:3], atol=1e-5)
    np.testing.assert_allclose(result.obs, expected.obs[:3], atol=1e-5)


def test_the_learners_are_the_predators(prey_path):
    spec = make("tag", prey=prey_path).spec
    assert (spec.name, spec.parameters) == ("tag", {"prey": str(prey_path)})
    assert spec.team.observation_sizes == (16, 16, 16)
    assert spec.team.action_sizes == (2, 2, 2)


def test_smaller_learners_do_not_see_the_opponents_padding():
    still = lambda obs: jnp.zeros((len(obs), 2))  # noqa: E731
    backwards = FrozenOpponents(inner=SwappedTag(), act=still, learners=1, name="prey")
    state, obs = jax.jit(backwards.reset)(jax.random.key(0))
    _, result = jax.jit(backwards.step)(state, jnp.zeros((1, 2)))
    assert obs.shape == result.obs.shape == (1, 14)


class SwappedTag(Tag):
    """Tag, with the prey's sizes said to be those of the first agent."""

    @property
    def spec(self):
        spec = super().spec
        team = spec.team.__class__(observation_sizes=(14, 16, 16, 16), action_sizes=(2,) * 4)
        return spec.__class__(name="prey", parameters={}, team=team, horizon=25)


def test_a_wrapper_around_any_task_keeps_the_state_and_the_clock():
    task = FrozenOpponents(
        inner=Spread(agents=3), act=lambda obs: obs[:, :2], learners=2, name="two-of-three"
    )
    state, obs = jax.jit(task.reset)(jax.random.key(0))
    assert obs.shape == (2, 18)
    _, result = jax.jit(task.step)(state.replace(time=24), jnp.zeros((2, 2)))
    assert result.truncated and not result.terminal


@pytest.mark.parametrize("name", ["tag", "world"])
def test_a_missing_prey_is_refused_with_the_remedy(name, tmp_path):
    with pytest.raises(RequestError, match=r"nobody.safetensors.*no such file.*prey=PATH"):
        make(name, prey=tmp_path / "nobody.safetensors")


def test_without_an_installed_prey_the_task_says_how_to_pass_one(monkeypatch, tmp_path):
    monkeypatch.setattr("omarl.envs.particle.hunts.SHIPPED_PREY", tmp_path)
    with pytest.raises(RequestError, match=r"no prey for 'tag' is installed: pass prey=PATH"):
        make("tag")


def spoil(path, change):
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("layers.1.bias"), r"'layers.1.bias' has shape None, expected \(2,\)"),
        (lambda t: t.update(extra=np.zeros(1, np.float32)), r"'extra' has shape \(1,\), expected None"),
        (
            lambda t: t.update({"layers.0.weight": np.zeros((13, 8), np.float32)}),
            r"\(13, 8\), expected \(14, 8\)",
        ),
        (lambda t: t.update({"layers.0.bias": np.full(8, np.nan, np.float32)}), "finite float32"),
        (lambda t: t.update({"layers.0.bias": np.zeros(8)}), "finite float32"),
        (lambda t: t.clear(), r"'layers.0.bias' has shape None"),
    ],
)
def test_a_file_that_is_no_policy_of_this_size_is_refused(prey_path, change, message):
    spoil(prey_path, change)
    with pytest.raises(RequestError, match=message):
        make("tag", prey=prey_path)


def test_a_file_that_is_not_safetensors_is_refused(tmp_path):
    path = tmp_path / "prey.safetensors"
    path.write_bytes(b"\x80\x04 not tensors")
    with pytest.raises(RequestError, match="not a readable safetensors file"):
        make("tag", prey=path)


def test_a_prey_of_the_other_task_is_refused(prey_path):
    with pytest.raises(RequestError, match="sees 22 numbers"):
        make("world", prey=prey_path)
