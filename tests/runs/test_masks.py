"""A loaded policy takes a mask of legal choices and keeps to it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import omarl
from omarl.data.dataset import Dataset, Metadata
from omarl.data.store import save
from omarl.errors import RequestError
from omarl.types import TeamSpec

SMALL = {"updates": 2, "every": 2, "hidden": (8,), "batch_size": 8}
NAMES = [["left", "stay", "right"], ["open", "shut"]]
TEAM = TeamSpec(observation_sizes=(2, 2), action_sizes=(3, 2), action_kind="discrete")


def learnt_policy(place, team=TEAM, units=None):
    """The policy of a small run on random data of this team."""
    rng, rows = np.random.default_rng(0), 40
    chosen = rng.integers(np.asarray(team.action_sizes), size=(rows, team.agents))
    dataset = Dataset(
        Metadata(id="own/choices-v0", team=team, units=units or {}),
        obs=rng.standard_normal((rows + 4, team.agents, 2)).astype(np.float32),
        action=np.eye(team.action_size, dtype=np.float32)[chosen],
        reward=rng.standard_normal((rows, team.agents)).astype(np.float32),
        terminal=np.arange(rows) % 10 == 9,
        truncated=np.zeros(rows, bool),
    )
    omarl.train(save(dataset, place / "data"), "bc", out=place / "run", **SMALL)
    return omarl.load_policy(place / "run")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return learnt_policy(tmp_path_factory.mktemp("choices"))


@pytest.fixture
def obs():
    return np.random.default_rng(1).standard_normal((5, 40, 2, 2)).astype(np.float32)


def random_mask(shape):
    """At least one legal choice for each agent; the third choice of the second agent does not exist."""
    rng = np.random.default_rng(2)
    sizes = np.broadcast_to(TEAM.action_sizes, shape)
    return (rng.random((*shape, 3)) < 0.4) | (np.arange(3) == rng.integers(sizes)[..., None])


@pytest.mark.parametrize(
    "form", [np.asarray, lambda mask: mask.astype(np.int8), jnp.asarray, np.ndarray.tolist]
)
def test_no_answer_is_illegal_and_legal_favourites_stay(policy, obs, form):
    legal = random_mask(obs.shape[:-1])
    free, heeded = np.asarray(policy(obs)), np.asarray(policy(obs, form(legal)))
    exists = legal & TEAM.action_mask
    assert np.array_equal(heeded.sum(-1), np.ones(heeded.shape[:-1]))
    assert (exists * heeded).sum(-1).all()
    liked = (exists * free).sum(-1) > 0
    assert not liked.all()
    assert np.array_equal(heeded[liked], free[liked])


def test_everything_legal_and_no_mask_are_the_same(policy, obs):
    everything = np.ones((*obs.shape[:-1], 3), bool)
    assert np.array_equal(policy(obs, everything), policy(obs, None))
    assert policy(obs[0, 0], everything[0, 0]).shape == (2, 3)


def test_a_mask_works_inside_a_compiled_function(policy, obs):
    legal = random_mask(obs.shape[:-1])
    assert np.array_equal(jax.jit(policy)(obs, legal), policy(obs, legal))


def test_choices_with_names_are_legal_too(tmp_path, obs):
    policy = learnt_policy(tmp_path, units={"actions": [{"choices": names} for names in NAMES]})
    legal = random_mask(obs.shape[:-1])
    answers = policy(obs, legal)
    for agent, names in enumerate(NAMES):
        index = np.vectorize(names.index)(answers[..., agent])
        assert np.take_along_axis(legal[..., agent, :], index[..., None], -1).all()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((4, 2, 2), bool), r"mask of shape \(4, 2, 2\): expected \(4, 2, 3\)"),
        (np.ones((2, 3), bool), r"mask of shape \(2, 3\): expected \(4, 2, 3\)"),
        (np.arange(4)[:, None, None] != np.full((1, 2, 3), 2), r"leaves agent 0 at \(2,\) no legal choice"),
        (np.ones((4, 2, 1), bool) & (np.arange(3) == 2), r"leaves agent 1 at \(0,\) no legal choice"),
        (np.full((4, 2, 3), 0.5), "only truth values, or 0 and 1"),
    ],
)
def test_a_mask_that_cannot_be_is_refused(policy, obs, mask, message):
    with pytest.raises(RequestError, match=message):
        policy(obs[0, :4], mask)


def test_a_mask_is_refused_by_a_policy_of_continuous_actions(tmp_path):
    policy = learnt_policy(tmp_path, TeamSpec(observation_sizes=(2,), action_sizes=(3,)))
    with pytest.raises(RequestError, match="actions are continuous: leave out the mask"):
        policy(np.zeros((1, 2)), np.ones((1, 3), bool))
