"""What the actions of a vault mean: choices, or vectors in a box."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from omarl.data.imports.acting import settle_actions
from omarl.data.imports.log_steps import steps_at_once
from omarl.data.imports.mapping import MOST_CHOICES, Columns
from omarl.data.imports.reading import CUT_SHARE, ActionReading, cut_note
from omarl.data.imports.survey import Survey, team_survey
from omarl.data.imports.vaults.store import Vault
from omarl.errors import RequestError
from omarl.types import ActionKind


def vault_actions(
    vault: Vault, names: Mapping[str, str], said: Columns
) -> tuple[ActionKind, list[ActionReading], list[str]]:
    """The kind of action, how each agent's actions are read, and notes for the user.

    Whole numbers are choices, and so is all of which it is known what was legal. `names` has the array of
    each role, and `said` what the user said.
    """
    array, shape = names["action"], vault.shape(names["action"])
    if len(shape) > 2:
        raise RequestError(f"{array} has {shape} per step: expected (agents, action)")
    typed = vault.arrays[array].dtype.numpy_dtype.kind in "iub"
    columns = tuple(f"column {k} of {array}" for k in range((*shape, 1)[1]))
    surveys = team_survey(columns, action_parts(vault, array), typed)
    notes: list[str] = []
    if "legal" in names:
        said = _as_many_as_legal(vault, names, said, len(columns))
    elif typed and said.kind != "continuous":
        said, notes = _as_many_as_seen(surveys, said)
    kind, readings, more = settle_actions(surveys, said, columns, cut=CUT_SHARE)
    return kind, readings, [*notes, *more, *cut_note(readings, action_parts(vault, array))]


def action_parts(vault: Vault, name: str) -> Iterator[np.ndarray]:
    """All actions, in parts with the axes `steps agent columns`."""
    at_once = steps_at_once(vault.bytes([name]))
    for entry in range(vault.arrays[name].shape[0]):
        for low in range(0, vault.steps, at_once):
            part = vault.read(name, entry, slice(low, min(low + at_once, vault.steps)))
            yield part.reshape(*part.shape[:2], -1)


def _as_many_as_legal(vault: Vault, names: Mapping[str, str], said: Columns, columns: int) -> Columns:
    """What the user said, with as many choices as have marks of what is legal."""
    legal = vault.shape(names["legal"])
    if len(legal) != 2:
        raise RequestError(f"{names['legal']} has {legal} per step: expected (agents, choices)")
    if said.kind == "continuous":
        raise RequestError(
            f"actions are said to be continuous, but {names['legal']} tells which of {legal[1]} choices are "
            "legal: leave low, high and kind out"
        )
    if columns > 1:
        raise RequestError(f"{names['action']} has {columns} columns: expected one choice for each agent")
    given = said.choices if said.choices is not None else legal[1]
    if (given if isinstance(given, int) else len(given)) != legal[1]:
        raise RequestError(f"choices says {given}, but {names['legal']} has {legal[1]} entries for an agent")
    return replace(said, kind="discrete", choices=given)


def _as_many_as_seen(surveys: list[Survey], said: Columns) -> tuple[Columns, list[str]]:
    """What the user said, or as many choices for each agent as any agent's largest one needs, and a note."""
    size = len(surveys[0].columns)
    if size > 1 and not all(found.one_hot for found in surveys):
        raise RequestError(f"whole numbers in {size} columns as actions: expected one choice for each agent")
    if size > 1 or said.choices is not None or said.first is not None:
        return replace(said, kind="discrete"), []
    most = max(found.greatest[0] for found in surveys)
    if not 0 <= most < MOST_CHOICES:
        raise RequestError(
            f"actions are whole numbers up to {most:g}: list the choices under [action] of a mapping file "
            "(--mapping), or give low and high if they are no choices"
        )
    note = f"{int(most) + 1} choices taken from the largest action: which are legal is not recorded"
    return replace(said, kind="discrete", choices=int(most) + 1), [note]
