"""Recordings on the device, and batches drawn from them in compiled code."""

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from omarl.batch import Batch, PRNGKey
from omarl.data.dataset import Dataset
from omarl.data.inputs import RAW, Inputs, as_seen
from omarl.data.life import LIFE, everybody
from omarl.types import TeamSpec

Sampling = Literal["joint", "per-agent"]


class Arrays(NamedTuple):
    """A dataset's fields as device arrays, in the dataset's layout.

    `episode` is the index of each row's episode, which is how far the observations are ahead of the rows.
    Where the data do not say what is legal, `legal` has one entry for all rows. `alive` and `died` say who is
    there (see `life`); both are None if everybody always is.
    """

    obs: Float[Array, "rows_and_episodes agent obs"]
    action: Float[Array, "rows agent act"]
    reward: Float[Array, "rows agent"]
    terminal: Bool[Array, "rows"]
    truncated: Bool[Array, "rows"]
    episode: Int[Array, "rows"]
    legal: Bool[Array, "rows_and_episodes agent act"]
    alive: Bool[Array, "rows_and_episodes agent"] | None = None
    died: Bool[Array, "rows agent"] | None = None


def padded(
    field: np.ndarray, sizes: tuple[int, ...], inputs: Inputs = RAW
) -> Float[Array, "rows agent entry"]:
    """A field on the device as networks see it, with zeros as padding whatever the data hold there."""
    exists = np.arange(field.shape[-1]) < np.asarray(sizes)[:, None]
    in_place = jax.jit(partial(as_seen, inputs=inputs), donate_argnums=0)
    entries = in_place(jnp.array(field, jnp.float32))
    return entries if exists.all() else jnp.where(exists[None], entries, 0.0)


def to_device(dataset: Dataset, inputs: Inputs = RAW) -> Arrays:
    """The whole dataset on the default device, with observations as `inputs` makes them."""
    last = np.asarray(dataset.terminal) | np.asarray(dataset.truncated)
    team = dataset.metadata.team
    mask = team.action_mask[None]
    arrays = Arrays(
        obs=padded(dataset.obs, team.observation_sizes, inputs),
        action=padded(dataset.action, team.action_sizes),
        reward=jnp.asarray(dataset.reward, jnp.float32),
        terminal=jnp.asarray(dataset.terminal),
        truncated=jnp.asarray(dataset.truncated),
        episode=jnp.asarray(np.cumsum(last) - last, jnp.int32),
        legal=jnp.asarray(mask if dataset.legal is None else dataset.legal & mask),
    )
    if dataset.alive is None:
        return arrays
    life = {name: jnp.asarray(getattr(dataset, name)) for name in LIFE}
    return arrays._replace(**life)


def with_everybody(arrays: Arrays) -> Arrays:
    """The same arrays with the fields that say who is there: those that they have, or that everybody is."""
    if arrays.alive is not None:
        return arrays
    known = everybody(len(arrays.obs), *arrays.reward.shape)
    return arrays._replace(**{name: jnp.asarray(value) for name, value in known._asdict().items()})


def end_to_end(parts: Sequence[Arrays]) -> Arrays:
    """Several datasets of one team, joined in order."""
    constant = all(len(part.legal) == 1 for part in parts)
    if any(part.alive is not None for part in parts):
        parts = [with_everybody(part) for part in parts]
    before, numbered = 0, []
    for part in parts:
        legal = jnp.broadcast_to(part.legal, (len(part.obs), *part.legal.shape[1:]))
        numbered.append(part._replace(episode=part.episode + before, legal=part.legal if constant else legal))
        before += len(part.obs) - len(part.action)
    whole = jax.tree.map(lambda *fields: jnp.concatenate(fields), *numbered)
    return whole._replace(legal=whole.legal[:1]) if constant else whole


def blank(team: TeamSpec, rows: int, episodes: int) -> Arrays:
    """Room for so many rows and episodes in the same layout, all zero; what is legal is kept for choices."""
    observations, agents = rows + episodes, team.agents
    constant, mask = team.action_kind == "continuous", jnp.asarray(team.action_mask[None])
    return Arrays(
        obs=jnp.zeros((observations, agents, team.observation_size)),
        action=jnp.zeros((rows, agents, team.action_size)),
        reward=jnp.zeros((rows, agents)),
        terminal=jnp.zeros(rows, bool),
        truncated=jnp.zeros(rows, bool),
        episode=jnp.zeros(rows, jnp.int32),
        legal=mask if constant else jnp.zeros((observations, *mask.shape[1:]), bool),
    )


def draw(
    arrays: Arrays,
    key: PRNGKey,
    batch_size: int,
    sampling: Sampling,
    filled: int | Int[Array, ""] | None = None,
    first: int | Int[Array, ""] = 0,
) -> Batch:
    """Transitions drawn uniformly with replacement from `filled` rows from `first` on (by default all).

    With `per-agent` sampling each agent draws its own rows.
    """
    rows, agents, _ = arrays.action.shape
    columns = {"joint": 1, "per-agent": agents}[sampling]
    row = jax.random.randint(key, (batch_size, columns), 0, rows if filled is None else filled)
    return gather(arrays, first + row)


def gather(arrays: Arrays, row: Int[Array, "batch columns"]) -> Batch:
    """The transitions at these rows, which are one column for all agents or one column per agent."""
    agents = arrays.action.shape[1]
    following = jnp.minimum(row + 1, len(arrays.action) - 1)
    seen = row + arrays.episode[row]
    constant = len(arrays.legal) == 1

    def take(field: Array, at: Array) -> Array:
        return field[at[:, 0]] if at.shape[1] == 1 else field[at, jnp.arange(agents)[None]]

    def spread(field: Array, at: Array) -> Array:
        return jnp.broadcast_to(field[at], (len(at), agents))

    batch = Batch(
        obs=take(arrays.obs, seen),
        action=take(arrays.action, row),
        reward=take(arrays.reward, row),
        next_obs=take(arrays.obs, seen + 1),
        next_action=take(arrays.action, following),
        terminal=spread(arrays.terminal, row),
        has_next_action=spread(~(arrays.terminal | arrays.truncated), row),
        legal=take(arrays.legal, jnp.zeros_like(row) if constant else seen),
        next_legal=take(arrays.legal, jnp.zeros_like(row) if constant else seen + 1),
    )
    if arrays.alive is None or arrays.died is None:
        return batch
    alive, following = take(arrays.alive, seen), take(arrays.alive, seen + 1)
    return without_fillers(batch, alive, following, take(arrays.died, row))


def without_fillers(
    batch: Batch,
    alive: Bool[Array, "batch agent"],
    following: Bool[Array, "batch agent"],
    died: Bool[Array, "batch agent"],
) -> Batch:
    """The batch with each agent's own ends, and with the same numbers wherever an agent is not there.

    These numbers are zero; all choices are legal. `following` are the agents that are there at the next
    observation.
    """
    now, then = alive[..., None], following[..., None]
    return batch._replace(
        obs=jnp.where(now, batch.obs, 0.0),
        action=jnp.where(now, batch.action, 0.0),
        reward=jnp.where(alive, batch.reward, 0.0),
        next_obs=jnp.where(then, batch.next_obs, 0.0),
        next_action=jnp.where(then, batch.next_action, 0.0),
        terminal=batch.terminal | died,
        has_next_action=batch.has_next_action & alive & following,
        legal=batch.legal | ~now,
        next_legal=batch.next_legal | ~then,
        alive=alive,
        next_alive=following,
    )
