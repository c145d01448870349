"""One episode to look at, from a start that is given, in a task that can be drawn (see `envs.scenes`)."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from omarl.batch import PRNGKey
from omarl.envs.host.adapter import HostResult
from omarl.envs.protocol import HostTask
from omarl.envs.scenes import Moment, Scene, Stage, start_finder
from omarl.play.host import one_round

Chooser = Callable[[Any, Any, Array, Array], Array]
"""`choose(policy, step, obs, legal)` gives actions `[batch agent act]`, everything with the batch first."""
Watch = Callable[[Any, Any], Scene]
"""`watch(policy, start)` plays one episode from a start that `fresh_start` or `recorded_start` gave."""


def watcher(task: Any, stage: Stage, choose: Chooser) -> Watch:
    """A function that plays one episode of a policy from a start and keeps what is seen; compiled once."""
    return (_on_host if isinstance(task, HostTask) else _on_device)(task, stage, choose)


def fresh_start(task: Any, key: PRNGKey) -> Any:
    """A start that the task draws: on the device a state with its observations, on the host a seed."""
    if isinstance(task, HostTask):
        return int(jax.random.bits(key, (), "uint32")) >> 1
    return task.reset(key)


def recorded_start(task: Any, obs: Any) -> Any:
    """The start at which a recorded episode was first observed; None if the observations do not tell it."""
    find = start_finder(task)
    return None if find is None else (find(jnp.asarray(obs)), jnp.asarray(obs))


def _on_device(task: Any, stage: Stage, choose: Chooser) -> Watch:
    @jax.jit
    def played(policy: Any, state: Any, obs: Array) -> Any:
        def step(carry: tuple, index: Array) -> tuple[tuple, tuple]:
            state, obs, legal, alive = carry
            state, told = task.step(state, choose(policy, index, obs[None], legal[None])[0])
            going_on = alive & ~told.terminal & ~told.truncated
            return (state, told.obs, told.legal, going_on), (task.shown(state), jnp.mean(told.reward), alive)

        first = (state, obs, task.legal(state), jnp.ones((), bool))
        return task.shown(state), jax.lax.scan(step, first, jnp.arange(task.spec.horizon))[1]

    def watch(policy: Any, start: tuple[Any, Array]) -> Scene:
        first, (moments, reward, alive) = jax.device_get(played(policy, *start))
        lived = int(alive.sum())
        shown = jax.tree.map(lambda one, later: np.concatenate([one[None], later[:lived]]), first, moments)
        return Scene(stage, shown, reward[:lived])

    return watch


def _on_host(task: Any, stage: Stage, choose: Chooser) -> Watch:
    act = jax.jit(choose)

    def watch(policy: Any, start: int) -> Scene:
        moments: list[Moment] = []

        def see_and_choose(told: HostResult, step: int) -> Array:
            moments.append(task.shown(0))
            return act(policy, step, told.obs, told.legal)

        reward = np.asarray(one_round(task, [start], see_and_choose).reward)[0].mean(-1)
        moments.append(task.shown(0))
        return Scene(stage, Moment(*map(np.stack, zip(*moments, strict=True))), reward)

    return watch
