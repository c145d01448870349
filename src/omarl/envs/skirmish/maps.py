"""The four maps as data: who fights, where, and how long (read in SMAC's map files)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

SIDE = 32
"""Cells along each side of a map; a cell is one unit of length."""

OPEN_BAND = ("#" * SIDE,) * 8 + ("." * SIDE,) * 16 + ("#" * SIDE,) * 8
"""From the top: an open band between y = 8 and y = 24."""

PLATEAU = (
    *("#" * SIDE,) * 12,
    *("########................########",) * 2,
    *("##............................##",) * 2,
    *("................................",) * 2,
    *("....########################....",) * 2,
    *("................................",) * 2,
    *("##............................##",) * 2,
    *("####........................####",) * 2,
    *("#" * SIDE,) * 6,
)
"""From the top: a plateau, a cliff of two cells, and the low ground; the ramps are at both ends."""


class Map(NamedTuple):
    """A map: both teams by type, the time limit in steps, the terrain, and where the teams stand.

    `rows` are those of the terrain from y = 31 down, `#` where nobody can walk. `type_bits` are the positions
    of the types in the one-hot part of an observation, for the learners and for their enemies; SMAC has them
    in another order for the enemies of two maps. `attack_at` is the point that the enemies are sent to attack
    when the episode begins; None if they are sent to attack the learners themselves, wherever those are.
    """

    name: str
    allies: tuple[str, ...]
    enemies: tuple[str, ...]
    horizon: int
    rows: tuple[str, ...]
    ally_centre: tuple[float, float]
    enemy_centre: tuple[float, float]
    attack_at: tuple[float, float] | None
    type_bits: tuple[Mapping[str, int], Mapping[str, int]]

    @property
    def walkable(self) -> Bool[np.ndarray, "x y"]:
        """The cells on which one can walk."""
        return np.array([[cell == "." for cell in row] for row in self.rows])[::-1].T


def _team(**units: int) -> tuple[str, ...]:
    return tuple(name for name, count in units.items() for _ in range(count))


def _meeting(name: str, team: tuple[str, ...], horizon: int, *type_bits: Mapping[str, int]) -> Map:
    """A map on which two equal teams meet on open ground."""
    ours, theirs = type_bits
    return Map(name, team, team, horizon, OPEN_BAND, (9.0, 16.0), (23.0, 16.0), (9.0, 16.0), (ours, theirs))


STALKER_FIRST, ZEALOT_FIRST = {"stalker": 0, "zealot": 1}, {"zealot": 0, "stalker": 1}
THREE_TYPES = {"colossus": 0, "stalker": 1, "zealot": 2}

MAPS: Mapping[str, Map] = {
    each.name: each
    for each in (
        _meeting("2s3z", _team(stalker=2, zealot=3), 120, STALKER_FIRST, ZEALOT_FIRST),
        _meeting("3s5z", _team(stalker=3, zealot=5), 150, STALKER_FIRST, ZEALOT_FIRST),
        _meeting("1c3s5z", _team(colossus=1, stalker=3, zealot=5), 180, THREE_TYPES, THREE_TYPES),
        Map(
            name="2c_vs_64zg",
            allies=_team(colossus=2),
            enemies=_team(zergling=64),
            horizon=400,
            rows=PLATEAU,
            ally_centre=(16.0, 16.0),
            enemy_centre=(16.0, 9.0),
            attack_at=None,
            type_bits=({}, {}),
        ),
    )
}
"""The maps by their names in SMAC."""
