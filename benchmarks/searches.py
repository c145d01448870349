"""Prints how near OMAR's searches come to the best action that a critic knows, with as many candidates each.

OMAR learns from a dataset by the preset `official`, with layer normalisation so that the critic values each
action by itself. Then every search looks for an action at observations of a batch, agent by agent, from the
actor's action. What could be gained is the value of the best action of a fine grid above the actor's own;
the table has the share of it that a search finds, and how far its action lies from the best one.
"""

import argparse
import tempfile
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp

import omarl
from omarl.algos.omar import SEARCHES, omar
from omarl.algos.search import finder
from omarl.data.device import draw, to_device
from omarl.data.store import load
from omarl.nets import actors_critics
from omarl.presets import settings
from omarl.runs.experience.base import member_of, run_through
from omarl.runs.experience.recorded import Recorded
from omarl.training.offline import Learner

GRID = 65
"""Values of each of an action's two entries."""


def learnt(dataset, updates, seed):
    """The learner, its state after so many updates, and a batch of the data."""
    about = dataset.metadata
    config = replace(settings("official", "omar", about.task, about.quality).config, normalisation="layer")
    algorithm = omar(config, about.team)
    take, arrays = partial(draw, batch_size=config.batch_size, sampling="joint"), to_device(dataset)
    learner = Learner(algorithm, take)
    progress = run_through(Recorded(lambda _: learner, lambda _: arrays, [seed], updates, updates))
    return config, algorithm, member_of(progress.states, 0), take(arrays, jax.random.key(seed + 1))


def shares(config, algorithm, state, batch, agent):
    """For each search: the mean value gained, the mean that could be, and the mean distance to the best."""
    head = actors_critics.first_head(jax.tree.map(lambda leaf: leaf[agent], state.critic))
    values = jax.jit(partial(actors_critics.value, head, batch.obs[:, agent]))
    own = algorithm.act(state.actor, batch.obs, batch.legal)[:, agent]
    line = jnp.linspace(-1, 1, GRID)
    grid = jnp.stack(jnp.meshgrid(line, line), -1).reshape(-1, 1, 2)
    known = values(jnp.broadcast_to(grid, (len(grid), *own.shape)))
    best, before = grid[known.argmax(0), 0], values(own)
    for name, make in SEARCHES.items():
        found = finder(make(config))(values, own, batch.legal, jax.random.key(0))
        gained, possible = values(found) - before, known.max(0) - before
        yield name, gained.mean(), possible.mean(), jnp.linalg.norm(found - best, axis=-1).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", nargs="*", help="directories of datasets (default: random play, made now)")
    parser.add_argument(
        "--updates", type=int, default=2000, help="of OMAR before the searches (default 2000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the learner (default 0)")
    arguments = parser.parse_args()
    print("dataset, search, share of the gain found, gain possible, distance to the best action")
    for place in arguments.dataset:
        report(place, load(place), arguments)
    if not arguments.dataset:
        with tempfile.TemporaryDirectory() as folder:
            dataset = omarl.collect("spread", "random", size=100_000, out=f"{folder}/random")
            report("random play", dataset, arguments)


def report(place, dataset, arguments):
    """Print a line for each search."""
    trained = learnt(dataset, arguments.updates, arguments.seed)
    agents = [list(shares(*trained, agent)) for agent in range(dataset.metadata.team.agents)]
    for rows in zip(*agents, strict=True):
        (name, *_), numbers = rows[0], jnp.array([row[1:] for row in rows]).mean(0)
        gained, possible, distance = numbers.tolist()
        print(f"{place}, {name}, {gained / possible:.2f}, {possible:.2f}, {distance:.2f}", flush=True)


if __name__ == "__main__":
    main()
