"""Prints how final policies of skirmishes fare where units start half a unit from their usual places.

Without noise every battle of a map goes on nearly alike, so a win rate is that of about one battle.
`python benchmarks/skirmish_starts.py RUNS` plays the policy of every run below a directory, as
`omarl reproduce fig7 --runs RUNS` leaves them, from the usual starts and from varied ones.
"""

import argparse
from collections import defaultdict
from functools import cache, partial
from pathlib import Path
from statistics import mean, stdev

import jax

from omarl.envs.registry import make
from omarl.play.judge import simulator
from omarl.play.policies import greedy
from omarl.runs.learnt import read_learnt

STARTS = ("block", "jittered")


@cache
def player(task, parameters, algorithm, battles):
    """What plays battles; compiled once for all learners, whose networks are alike."""
    return simulator(make(task, **dict(parameters)), partial(greedy, algorithm), battles)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path)
    parser.add_argument("--battles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="of the battles")
    arguments = parser.parse_args()
    won, algorithms = defaultdict(list), {}
    for config in sorted(arguments.runs.rglob("config.json")):
        if not (config.parent / "policy.safetensors").exists():
            continue
        learnt = read_learnt(config.parent)
        task, name = learnt.config["task"], learnt.config["algorithm"]
        algorithm = algorithms.setdefault(task, learnt.algorithm)
        for starts in STARTS:
            parameters = tuple({**learnt.config["task_parameters"], "starts": starts}.items())
            play = player(task, parameters, algorithm, arguments.battles)
            found = play(learnt.actors, jax.random.split(jax.random.key(arguments.seed), len(learnt.seeds)))
            won[task, name, starts] += [100 * float(rate) for rate in found.win_rates]
    print("| map | learner | runs | won from the usual starts, % | from varied ones, % |")
    print("|---|---|---|---|---|")
    for task, name in dict.fromkeys((task, name) for task, name, _ in won):
        rates = [won[task, name, starts] for starts in STARTS]
        cells = [f"{mean(rate):.0f} ± {stdev(rate) if len(rate) > 1 else 0:.0f}" for rate in rates]
        print(f"| {task} | {name} | {len(rates[0])} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
