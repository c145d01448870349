"""Masks of legal choices that the user of a learnt policy passes in, checked before they count."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Shaped

from omarl.errors import RequestError
from omarl.types import TeamSpec


def allowed_choices(
    legal: Any, leading: tuple[int, ...], team: TeamSpec
) -> Bool[Array, "*batch agent act"] | Bool[np.ndarray, "*batch agent act"]:
    """The choices that a policy may take: those of the mask `legal`, or without a mask all that exist.

    `leading` are the sizes of the observations before the axes of agents and of their numbers. Raises
    `RequestError` for a mask of continuous actions, of another shape, with entries other than truth values or
    0 and 1, or without a legal choice for some agent. While JAX traces a function, the entries are not known
    and not checked.
    """
    exists = np.broadcast_to(team.action_mask, (*leading, team.agents, team.action_size))
    if legal is None:
        return exists
    if team.action_kind != "discrete":
        raise RequestError(
            f"this policy's actions are {team.action_kind}: leave out the mask, which is for choices only"
        )
    if np.shape(legal) != exists.shape:
        raise RequestError(
            f"a mask of shape {np.shape(legal)}: expected {exists.shape}, which are the sizes of "
            f"the observations, {team.agents} agents and {team.action_size} choices"
        )
    if isinstance(legal, Tracer):
        return (jnp.asarray(legal) != 0) & exists
    return _sound(np.asarray(legal), exists)


def _sound(
    legal: Shaped[np.ndarray, "*batch agent act"], exists: Bool[np.ndarray, "*batch agent act"]
) -> Bool[np.ndarray, "*batch agent act"]:
    """The mask as truth values; `RequestError` if it holds something else, or no choice for some agent."""
    if not np.isin(legal, (0, 1)).all():
        raise RequestError("a mask of legal choices holds only truth values, or 0 and 1")
    allowed = (legal != 0) & exists
    none = np.argwhere(~allowed.any(-1))
    if len(none):
        *place, agent = none[0].tolist()
        at = f" at {tuple(place)}" if place else ""
        raise RequestError(
            f"the mask leaves agent {agent}{at} no legal choice: allow one at least, the first to an agent "
            "that is gone"
        )
    return allowed
