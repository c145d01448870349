"""What the arrays of a vault mean, and the team that follows from their shapes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from omarl.data.imports.log_steps import box_note, steps_at_once, vectors
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
    """The vault's array for each role, and its team."""

    names: Mapping[str, str]
    team: TeamSpec

    @property
    def discrete(self) -> bool:
        """Whether actions are choices."""
        return self.team.action_kind == "discrete"


def find_layout(vault: Vault) -> tuple[VaultLayout, list[str]]:
    """The vault's layout, and notes about what is not read and what had to be assumed."""
    names = _roles(vault)
    _refuse_other_shapes(vault, names)
    unused = sorted(set(vault.arrays) - set(names.values()))
    notes = [f"left out, since a dataset has no place for it: {', '.join(unused)[:300]}"] if unused else []
    layout, more = (_choices if _has_choices(vault, names) else _box)(vault, names)
    return layout, [*notes, *more]


def actions_at(vault: Vault, layout: VaultLayout, entry: int, steps: slice) -> np.ndarray:
    """Action vectors of some steps of a batch entry, in the team's action set."""
    value = vault.read(layout.names["action"], entry, steps)
    flat = value.reshape(len(value), layout.team.agents, -1)
    if layout.discrete:
        return vectors(flat[..., 0], layout.team.action_size, steps.start)
    return np.clip(flat, -1, 1)


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


def _has_choices(vault: Vault, names: Mapping[str, str]) -> bool:
    """Whether actions are choices: they are whole numbers, or it is known which are legal."""
    return "legal" in names or vault.arrays[names["action"]].dtype.numpy_dtype.kind in "iub"


def _choices(vault: Vault, names: Mapping[str, str]) -> tuple[VaultLayout, list[str]]:
    """The layout of a vault whose actions are choices."""
    shape = vault.shape(names["action"])
    if shape[1:] not in ((), (1,)):
        raise RequestError(f"{names['action']} has {shape} per step: expected one choice for each agent")
    if "legal" in names:
        legal = vault.shape(names["legal"])
        if len(legal) != 2:
            raise RequestError(f"{names['legal']} has {legal} per step: expected (agents, choices)")
        return VaultLayout(names, _team(vault, names, legal[1], True)), []
    count = 1 + max(int(part.max()) for part in _all_actions(vault, names["action"]))
    note = f"{count} choices taken from the largest action: which are legal is not recorded"
    return VaultLayout(names, _team(vault, names, max(count, 1), True)), [note]


def _box(vault: Vault, names: Mapping[str, str]) -> tuple[VaultLayout, list[str]]:
    """The layout of a vault whose actions are numbers."""
    shape = vault.shape(names["action"])
    if len(shape) > 2:
        raise RequestError(f"{names['action']} has {shape} per step: expected (agents, action)")
    notes = box_note(_all_actions(vault, names["action"]))
    return VaultLayout(names, _team(vault, names, (*shape, 1)[1], False)), notes


def _team(vault: Vault, names: Mapping[str, str], action_size: int, discrete: bool) -> TeamSpec:
    """The team, whose members are all alike."""
    agents, size = vault.shape(names["obs"])
    return TeamSpec(
        observation_sizes=(size,) * agents,
        action_sizes=(action_size,) * agents,
        action_kind="discrete" if discrete else "continuous",
    )


def _all_actions(vault: Vault, name: str) -> Iterator[np.ndarray]:
    """All values of an array, in parts."""
    at_once = steps_at_once(vault.bytes([name]))
    for entry in range(vault.arrays[name].shape[0]):
        for low in range(0, vault.steps, at_once):
            yield vault.read(name, entry, slice(low, min(low + at_once, vault.steps)))
