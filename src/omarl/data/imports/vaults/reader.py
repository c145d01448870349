"""From the arrays of a vault to a dataset: its logs step by step, and the ends of the team."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from omarl.data.dataset import Metadata
from omarl.data.imports.log_steps import (
    Ends,
    LogSteps,
    as_episodes,
    early_note,
    joint_ends,
    settle,
    some_ends,
    steps_at_once,
)
from omarl.data.imports.mapping import read_action_mapping
from omarl.data.imports.reading import team_vectors
from omarl.data.imports.rows import Import, Terminals, default_id, spans
from omarl.data.imports.vaults.layout import VaultLayout, find_layout
from omarl.data.imports.vaults.store import Vault, find_vault, open_vault
from omarl.data.units import made_units


def from_vault(
    path: str | Path,
    id: str | None = None,
    terminals: Terminals = "auto",
    mapping: str | Path | None = None,
) -> Import:
    """The dataset in a vault's folder, or in a folder of which it is the only vault.

    Each entry of the batch axis is a log of its own. A vault does not hold the observation after a time
    limit, so the last step before one is left out. `mapping` is a TOML file with the meaning of the actions;
    those slightly beyond their bounds, which are -1 and 1 without a mapping, are cut to them.
    """
    source, said = find_vault(Path(path)).resolve(), read_action_mapping(mapping)
    vault = open_vault(source)
    layout, notes = find_layout(vault, said)
    logs = [_ends(vault, layout, entry) for entry in range(_entries(vault, layout))]
    ends = Ends(*map(np.concatenate, zip(*(log for log, _ in logs), strict=True)))
    ends, more = settle(ends, terminals)
    notes = [*notes, *more, *early_note(sum(early for _, early in logs))]
    name = f"{source.parent.stem}-{source.name}"
    made_by = {"function": "import", "format": "vault", "source": name}
    metadata = Metadata(
        id=id or said.id or default_id(Path(name)),
        team=layout.team,
        made_by=made_by,
        licence="unknown",
        units=made_units([reading.units for reading in layout.readings], []),
    )
    return Import(metadata, as_episodes(_parts(vault, layout, ends)), notes)


def _entries(vault: Vault, layout: VaultLayout) -> int:
    """Number of batch entries."""
    return vault.arrays[layout.names["obs"]].shape[0]


def _ends(vault: Vault, layout: VaultLayout, entry: int) -> tuple[Ends, int]:
    """The team's ends in a batch entry, and in how many episodes an agent ended before its team."""
    terminal = _flags(vault, layout, "terminal", entry)
    return joint_ends(terminal, _flags(vault, layout, "truncated", entry) & ~terminal)


def _flags(vault: Vault, layout: VaultLayout, role: str, entry: int) -> Bool[np.ndarray, "steps agent"]:
    """A flag of every agent at every step; it is false if the vault does not hold it."""
    out = np.zeros((vault.steps, layout.team.agents), bool)
    if role not in layout.names:
        return out
    name = layout.names[role]
    at_once = steps_at_once(vault.bytes([name]))
    for low in range(0, vault.steps, at_once):
        steps = slice(low, min(low + at_once, vault.steps))
        value = vault.read(name, entry, steps)
        out[steps] = value.reshape(len(value), -1) != 0
    return out


def _parts(vault: Vault, layout: VaultLayout, ends: Ends) -> Iterator[LogSteps]:
    """Whole episodes of all batch entries, one after the other; `ends` has all of them in a row."""
    roles = [role for role in ("obs", "action", "reward", "legal") if role in layout.names]
    at_once = steps_at_once(vault.bytes([layout.names[role] for role in roles]))
    for entry in range(_entries(vault, layout)):
        log = some_ends(ends, slice(entry * vault.steps, (entry + 1) * vault.steps))
        for steps in spans(log.last, at_once):
            yield _steps(vault, layout, entry, steps, some_ends(log, steps))


def _steps(vault: Vault, layout: VaultLayout, entry: int, steps: slice, ends: Ends) -> LogSteps:
    """Some steps of a batch entry; a reward of the team is every agent's."""
    reward, logged = (vault.read(layout.names[role], entry, steps) for role in ("reward", "action"))
    flat, at = logged.reshape(*logged.shape[:2], -1), np.arange(steps.start, steps.stop)
    legal = layout.names.get("legal")
    return LogSteps(
        obs=vault.read(layout.names["obs"], entry, steps).astype(np.float32),
        action=team_vectors(layout.readings, flat, at),
        reward=np.broadcast_to(reward.reshape(len(reward), -1), (len(reward), layout.team.agents)),
        legal=None if legal is None else vault.read(legal, entry, steps) != 0,
        ends=ends,
    )
