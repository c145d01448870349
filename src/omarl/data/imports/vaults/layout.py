"""What the arrays of a vault mean, and the team that follows from them."""

from collections.abc import Mapping
from typing import NamedTuple

from omarl.data.imports.mapping import Columns
from omarl.data.imports.reading import ActionReading
from omarl.data.imports.vaults.actions import vault_actions
from omarl.data.imports.vaults.store import Vault
from omarl.errors import RequestError
from omarl.types import TeamSpec

VAULT_NAMES: Mapping[str, tuple[str, ...]] = {
    "obs": ("observations", "observation", "obs"),
    "action": ("actions", "action"),
    "reward": ("rewards", "reward"),
    "terminal": ("terminals", "terminations", "terminal", "terminated", "dones", "done"),
    "truncated": ("truncations", "truncation", "truncated"),
    "legal": ("infos.legals", "infos.legal_actions", "infos.action_mask", "legals", "action_mask"),
}
OPTIONAL_ROLES = ("truncated", "legal")


class VaultLayout(NamedTuple):
    """The vault's array for each role, how its actions are read, and its team, whose members see alike."""

    names: Mapping[str, str]
    readings: list[ActionReading]
    team: TeamSpec


def find_layout(vault: Vault, said: Columns) -> tuple[VaultLayout, list[str]]:
    """The vault's layout, and notes about what is not read and what had to be assumed.

    `said` has what the user said about actions.
    """
    names = _roles(vault)
    _refuse_other_shapes(vault, names)
    unused = sorted(set(vault.arrays) - set(names.values()))
    notes = [f"left out, since a dataset has no place for it: {', '.join(unused)[:300]}"] if unused else []
    kind, readings, more = vault_actions(vault, names, said)
    agents, size = vault.shape(names["obs"])
    team = TeamSpec(
        observation_sizes=(size,) * agents,
        action_sizes=tuple(reading.size for reading in readings),
        action_kind=kind,
    )
    return VaultLayout(names, readings, team), [*notes, *more]


def _roles(vault: Vault) -> dict[str, str]:
    """The array for each role; raises `RequestError` if a needed role has none, or if any has several."""
    found = {role: [n for n in names if n in vault.arrays] for role, names in VAULT_NAMES.items()}
    for role, names in found.items():
        if len(names) > 1 or not (names or role in OPTIONAL_ROLES):
            wanted = " or ".join(names or VAULT_NAMES[role])
            raise RequestError(
                f"{vault.path} has the arrays {', '.join(vault.arrays)[:300]}: expected one {wanted}"
            )
    return {role: names[0] for role, names in found.items() if names}


def _refuse_other_shapes(vault: Vault, names: Mapping[str, str]) -> None:
    """Raise `RequestError` unless all arrays have the same batch entries and agents."""
    shapes = {name: vault.shape(name) for name in names.values()}
    agents = shapes[names["obs"]][:1]
    single = [names[role] for role in ("reward", "terminal", "truncated") if role in names]
    wrong = [
        name for name, shape in shapes.items() if shape[:1] != agents and not (name in single and not shape)
    ]
    batches = {vault.arrays[name].shape[0] for name in names.values()}
    if len(shapes[names["obs"]]) != 2 or wrong or len(batches) > 1:
        told = ", ".join(f"{name} {vault.arrays[name].shape[:1] + shape}" for name, shape in shapes.items())
        raise RequestError(
            f"{vault.path}: expected observations of (batch, agents, size) and all else to agree with them, "
            f"it has {told} (without the time axis)"
        )
