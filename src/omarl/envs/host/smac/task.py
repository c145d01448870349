"""The real StarCraft II as tasks: the four maps of SMAC of the paper and of offline datasets."""

from collections.abc import Callable, Mapping
from functools import partial

from omarl.envs.host.processes import InProcesses
from omarl.envs.host.smac.battle import Show, SmacBattle, as_smac_shows, with_last_action_and_id
from omarl.envs.host.smac.installation import require_game
from omarl.envs.host.smac.maps import SmacMap, smac_map
from omarl.envs.protocol import TaskSpec
from omarl.types import TeamSpec

BATTLES = 8
"""Battles that are fought at the same time, each in a process and a game of its own."""


SIGHTS: Mapping[bool, tuple[Show, Callable[[SmacMap], int]]] = {
    False: (as_smac_shows, lambda field: 0),
    True: (with_last_action_and_id, lambda field: field.choices + field.agents),
}
"""How agents see without and with their last action and number, and how much longer than SMAC's that is."""


class Smac(InProcesses):
    """Micromanagement of a team in StarCraft II, through SMAC's `StarCraft2Env`.

    Actions are choices, legal those that SMAC calls available. All agents get the team's reward, of which
    killing everybody and winning gives 20. With `last_action_and_id` an agent also sees its last action and
    its own number, both one-hot, as in PyMARL. The seed of an episode decides little: the game draws its own
    random numbers from when it starts, so nothing here is repeatable.
    """

    def __init__(self, name: str, last_action_and_id: bool = False) -> None:
        """Look at what is installed; no game starts. `RequestError` if a part is missing or wrong."""
        field = smac_map(name)
        simulator = require_game(field)
        show, more = SIGHTS[last_action_and_id]
        self.spec = TaskSpec(
            name=name,
            parameters={"last_action_and_id": last_action_and_id},
            team=TeamSpec(
                observation_sizes=(field.observation + more(field),) * field.agents,
                action_sizes=(field.choices,) * field.agents,
                action_kind="discrete",
            ),
            horizon=field.limit,
            simulator=simulator,
            wins=True,
        )
        super().__init__(partial(SmacBattle, field, show), BATTLES, BATTLES)


smac_2s3z = partial(Smac, "smac-2s3z")
smac_3s5z = partial(Smac, "smac-3s5z")
smac_1c3s5z = partial(Smac, "smac-1c3s5z")
smac_2c_vs_64zg = partial(Smac, "smac-2c_vs_64zg")
