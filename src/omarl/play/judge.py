"""How good a policy is: the returns of fresh episodes that it plays."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from omarl.batch import PRNGKey
from omarl.envs.protocol import HostTask
from omarl.play.device import play_on_device
from omarl.play.episodes import play
from omarl.play.policies import Policy

Simulate = Callable[[Any, Any], Array | np.ndarray]
"""`simulate(actors, keys)` gives the returns `[member, episode]` of every member's policy."""


def simulator(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    """A function of every member's actor and key that gives each episode's return.

    `policy(actor)` is what is played. On the device all members play in one compiled program.
    """
    if isinstance(task, HostTask):
        return _on_host(task, policy, episodes)

    def one_member(actor: Any, key: PRNGKey) -> Any:
        return play_on_device(task, policy(actor), key, episodes).returns

    return jax.jit(jax.vmap(one_member))


def _on_host(task: Any, policy: Callable[[Any], Policy], episodes: int) -> Simulate:
    act = jax.jit(lambda actor, obs, legal, key: policy(actor)(obs, legal, key))

    def one_member(actor: Any, key: PRNGKey) -> np.ndarray:
        played = play(task, lambda obs, legal, key: act(actor, obs, legal, key), key, episodes)
        return played.returns

    def every_member(actors: Any, keys: Any) -> Float[np.ndarray, "member episode"]:
        each = [jax.tree.map(lambda x, i=index: x[i], actors) for index in range(len(keys))]
        return np.stack([one_member(actor, key) for actor, key in zip(each, keys, strict=True)])

    return every_member
