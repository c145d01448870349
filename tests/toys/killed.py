"""A command that is killed by SIGKILL before one of its file operations.

`python -m toys.killed EVENT NAME NUMBER WORD...` carries out the command of these words, until Python
announces the NUMBERth EVENT (`open` or `os.rename`, see its table of audit events) of a file called NAME.
"""

import os
import signal
import sys

from omarl.algos.td3 import TD3Config
from omarl.collecting.recipes import Recipe
from omarl.training.online import OnlineConfig

RECIPE = Recipe(
    levels={"medium": -1e6},
    steps=200,
    every=50,
    online=OnlineConfig(environments=2, updates_per_iteration=2, random_steps=50),
    learner=TD3Config(critic="centralised", hidden=(8,), batch_size=8),
)
TASK, PROBE_EPISODES = "spread agents=2", 4


def killer(event, name, number):
    """An audit hook that kills this process at the `number`th such event."""
    seen = []

    def hook(happens, arguments):
        if happens == event and name in [os.path.basename(str(each)) for each in arguments[:2]]:
            seen.append(arguments)
            if len(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


if __name__ == "__main__":
    from omarl.cli import main
    from omarl.collecting import probes, recipes

    recipes.RECIPES[TASK], probes.PROBE_EPISODES = RECIPE, PROBE_EPISODES
    event, name, number, *words = sys.argv[1:]
    sys.addaudithook(killer(event, name, int(number)))
    sys.exit(main(words))
