"""What a run learnt, taken out of its directory: policies to act with, and their evaluation."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from omarl.algos import ALGORITHMS, Algorithm
from omarl.data.units import in_own_units, without_offsets
from omarl.errors import RequestError, require_seed
from omarl.play.judge import simulator
from omarl.play.policies import greedy
from omarl.runs.checkpoint import load_tree
from omarl.runs.directory import read_config
from omarl.runs.inputs import given_raw, kept_inputs
from omarl.runs.masks import allowed_choices
from omarl.runs.playable import recorded_task, unplayed
from omarl.training.devices import require_device
from omarl.training.offline import state_shapes
from omarl.types import Reference, TeamSpec
from omarl.versions import simulators


class Learnt(NamedTuple):
    """A run's final policies, stacked by seed, and what is needed to use them.

    The algorithm's policies are given observations as they are; it knows the run's inputs.
    """

    algorithm: Algorithm
    team: TeamSpec
    actors: Any
    seeds: list[int]
    config: dict[str, Any]


def read_learnt(run: Path) -> Learnt:
    """The final policies in a run directory."""
    require_device()
    config = read_config(run)
    try:
        team = TeamSpec(**with_tuples(config["team"]))
        config_type, factory = ALGORITHMS[config["algorithm"]]
        learner, seeds = factory(config_type(**with_tuples(config["config"])), team), config["seeds"]
    except (KeyError, TypeError) as error:
        raise RequestError(f"{run}/config.json is not of this version: {error}") from None
    algorithm = given_raw(learner, kept_inputs(config, team))
    states = state_shapes(algorithm, len(seeds))
    return Learnt(algorithm, team, load_tree(run / "policy.safetensors", states.actor), seeds, config)


def with_tuples(record: dict[str, Any]) -> dict[str, Any]:
    """A record's fields as they were before they went through JSON."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


def load_policy(run: str | Path, seed: int | None = None) -> Callable[..., Any]:
    """A run's policy as a function `policy(obs, legal=None)` that returns greedy actions.

    `seed` chooses among the run's seeds (the first by default). Observations are `[..., agent, obs]`, as they
    are: a policy of standardised inputs standardises them. Those of a ragged team are padded with zeros to
    the longest, and so are its actions. Actions are `[..., agent, act]`, in [-1, 1] or one-hot.

    `legal` says which choices are allowed, `[..., agent, act]`, as truth values or as 0 and 1, in the order
    of the one-hot vector. The policy then takes its best legal choice. Without it every choice counts as
    legal. The policy raises `RequestError` for observations or a mask of another shape, for a mask without a
    legal choice for some agent, and for a mask if actions are continuous.

    If the run's data were imported from a log with other units (see `data.units`), both are in the log's
    units: observations with their offsets, continuous actions between their bounds, as numpy arrays in double
    precision, and choices as `[..., agent]`, a numpy array of their numbers or names.
    """
    learnt = read_learnt(Path(run))
    if seed is not None and seed not in learnt.seeds:
        raise RequestError(f"{run} has no seed {seed}: choose one of {', '.join(map(str, learnt.seeds))}")
    index = 0 if seed is None else learnt.seeds.index(seed)
    actor = jax.tree.map(lambda x: x[index], learnt.actors)
    act = jax.jit(partial(learnt.algorithm.act, actor))
    units = learnt.config["dataset"].get("units", {})  # older runs do not say

    def policy(
        obs: Float[Array, "*batch agent obs"] | Float[np.ndarray, "*batch agent obs"],
        legal: Any = None,
    ) -> Shaped[Array, "..."] | Shaped[np.ndarray, "..."]:
        if np.shape(obs)[-2:] != (learnt.team.agents, learnt.team.observation_size):
            raise RequestError(
                f"observations of shape {np.shape(obs)}: the last two sizes are expected to be "
                f"{learnt.team.agents} agents and {learnt.team.observation_size} numbers"
            )
        allowed = allowed_choices(legal, np.shape(obs)[:-2], learnt.team)
        inputs = without_offsets(obs, units) if "observation_offsets" in units else obs
        rows = jnp.asarray(inputs, jnp.float32).reshape(-1, *np.shape(obs)[-2:])
        actions = act(rows, allowed.reshape(-1, *allowed.shape[-2:]))
        shaped = actions.reshape(allowed.shape)
        return in_own_units(shaped, units) if "actions" in units else shaped

    return policy


def evaluate(
    run: str | Path, episodes: int = 500, seed: int = 0, task: str | None = None
) -> list[dict[str, Any]]:
    """Returns, win rates and scores of fresh episodes, one entry per seed of the run.

    A win rate is None in a task that knows no wins. `task` confirms the name of an environment that runs its
    own code. The simulators' versions stand in every entry, where the run's data were recorded and here (see
    `versions.VersionPairs`).
    """
    if episodes < 1:
        raise RequestError(f"episodes must be at least 1, got {episodes}")
    require_seed(seed)
    learnt = read_learnt(Path(run))
    named = learnt.config["task"], learnt.config["task_parameters"], task
    made = recorded_task(*named)
    if made is None:
        raise RequestError(f"cannot evaluate {run}: {unplayed(*named)}")
    play = simulator(made, partial(greedy, learnt.algorithm), episodes)
    keys = jax.random.split(jax.random.key(seed), len(learnt.seeds))
    outcomes = jax.device_get(play(learnt.actors, keys))
    references = learnt.config["dataset"]["references"]
    found = simulators(learnt.config["dataset"].get("versions", {}))  # older runs do not say
    return [
        {
            "seed": trained,
            "return_mean": float(of_seed.mean()),
            "return_std": float(of_seed.std()),
            "win_rate": win_rate,
            "episodes": episodes,
            "scores": {whose: Reference(**r).score(float(of_seed.mean())) for whose, r in references.items()},
            "simulators": found,
        }
        for trained, of_seed, win_rate in zip(learnt.seeds, outcomes.returns, outcomes.win_rates, strict=True)
    ]
