"""Fig. 1(d): where MA-CQL's and OMAR's losses move an agent's action on the landscape of its critic."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from omarl.algos import ALGORITHMS, Algorithm
from omarl.algos.td3 import td3
from omarl.collecting.recipes import recipe_for
from omarl.data.device import Arrays, draw
from omarl.envs.registry import make
from omarl.nets import actors_critics
from omarl.presets import settings
from omarl.runs.experience.base import member_of, run_through
from omarl.runs.experience.on_device import OnDevice
from omarl.runs.experience.recorded import Recorded
from omarl.training.offline import Learner
from omarl.types import TeamSpec

StudyRows = list[dict[str, Any]]
RECORDED_STEPS = 25
"""Environment steps of the recording for each update of MA-CQL."""
ACTOR_STEPS = 20
"""Steps of the actor by either loss, the critic as it is: one would hardly be seen."""
POINTS = 101
"""Actions whose values are the landscape; an action of this task is one number."""
AGENT = 0
SEEDS = 5
"""Critics that are learnt, each from the experience of an online run of its own."""
MEAN = "mean "
"""How the kinds of rows begin that are averages over a batch."""


def landscape(updates: int) -> StudyRows:
    """The critics' values of actions, and what becomes of the actor's action.

    On the motivating task with two agents MA-CQL learns for so many updates from the beginning of an online
    run, by the preset `official`, but with layer normalisation: the critic then values each action by itself.
    From there the actor takes some steps by MA-CQL's loss, and instead by OMAR's. Rows of kind `landscape`
    are the values of actions at the first observation of a batch; `before`, `cql` and `omar` the actor's
    actions there; the kinds that begin with `mean` averages over the batch, `mean best` that of the best
    value in the landscape. Of seeds other than 0 there are averages only.
    """
    found = [each for seed in range(SEEDS) for each in one(updates, seed)]
    return [each for each in found if each["seed"] == 0 or each["kind"].startswith(MEAN)]


def one(updates: int, seed: int) -> StudyRows:
    """The rows of one seed."""
    team = make("line-spread", agents=2).spec.team
    learners = {name: learner(name, team, actor_updates=1) for name in ("cql", "omar")}
    take, arrays = recording(updates * RECORDED_STEPS, seed)
    learnt = Learner(learners["cql"], take)
    progress = run_through(Recorded(lambda _: learnt, lambda _: arrays, [seed], updates, updates))
    before = member_of(progress.states, 0)
    batch = take(arrays, jax.random.key(1))
    states = {"before": before}
    for name in learners:
        update = jax.jit(learner(name, team, ACTOR_STEPS).update)
        states[name], _ = update(before, batch, jax.random.key(2))
    head = actors_critics.first_head(jax.tree.map(lambda x: x[AGENT], states["cql"].critic))
    act = learners["cql"].act
    actions = {name: act(state.actor, batch.obs, batch.legal)[:, AGENT] for name, state in states.items()}
    found = landscape_rows(jax.jit(partial(actors_critics.value, head)), batch.obs[:, AGENT], actions)
    return [{"kind": each.pop("kind"), "seed": seed, **each} for each in found]


def learner(name: str, team: TeamSpec, actor_updates: int) -> Algorithm:
    """MA-CQL or OMAR, the actor taking so many steps in an update."""
    config: Any = settings("official", name).config
    config = replace(config, normalisation="layer", actor_updates=actor_updates)
    return ALGORITHMS[name][1](config, team)


def recording(steps: int, seed: int) -> tuple[Callable, Arrays]:
    """What draws batches from the first `steps` steps of an online run, and its replay."""
    config = settings("official", "cql").config
    task = make("line-spread", agents=2)
    recipe = recipe_for(task.spec)
    algorithm = td3(recipe.learner, task.spec.team)
    acting = OnDevice(task, algorithm, recipe.learner, recipe.online, [seed], steps, steps)
    run_through(acting)
    arrays, filled = acting.replays[0]
    how = {"batch_size": config.batch_size, "sampling": config.sampling, "filled": int(filled)}
    return partial(draw, **how), arrays


def landscape_rows(
    value: Callable[[Array, Array], Array],
    obs: Float[Array, "batch obs"],
    actions: dict[str, Float[Array, "batch 1"]],
) -> StudyRows:
    """The landscape at the first observation and the averages over all, as rows of a table."""
    line = jnp.linspace(-1, 1, POINTS)
    values = value(obs, jnp.broadcast_to(line[:, None, None], (POINTS, len(obs), 1)))
    chosen = {name: (action, value(obs, action)) for name, action in actions.items()}
    return [
        *(row("landscape", *each) for each in zip(line, values[:, 0], strict=True)),
        *(row(name, action[0, 0], valued[0]) for name, (action, valued) in chosen.items()),
        *(row(f"{MEAN}{name}", action.mean(), valued.mean()) for name, (action, valued) in chosen.items()),
        row(f"{MEAN}best", line[values.argmax(0)].mean(), values.max(0).mean()),
    ]


def row(kind: str, action: Float[Array, ""], value: Float[Array, ""]) -> dict[str, Any]:
    """One row."""
    return {"kind": kind, "action": float(action), "value": float(value)}
