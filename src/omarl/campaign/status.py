"""How far planned runs are, as the ledger and their directories say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import PlannedRun
from omarl.envs.registry import complete
from omarl.records.record import Record

RunState = Literal["done", "recorded", "interrupted", "failed", "missing", "blocked"]
"""Of a `recorded` run there are records, but not the dataset that would tell whether they are of it."""
FAILURE = "failed.txt"
"""The file in a run's directory that says why the last attempt stopped."""


class Status(NamedTuple):
    """How far a run is, and why it is not further where there is something to say."""

    state: RunState
    reason: str = ""


def status(run: PlannedRun, ledger: Ledger) -> Status:
    """Whether a run is done, and if not, whether it is blocked, recorded, failed, interrupted or missing."""
    if finished_records(run, ledger):
        return Status("done")
    if run.obstacle is not None:
        return Status("blocked", run.obstacle)
    if run.key is None and was_recorded(run, ledger):
        return Status("recorded", "on data that are not here")
    if (run.out / FAILURE).exists():
        return Status("failed", (run.out / FAILURE).read_text().strip().rpartition("\n")[2])
    return Status("interrupted" if (run.out / "checkpoint.safetensors").exists() else "missing")


def finished_records(run: PlannedRun, ledger: Ledger) -> list[Record]:
    """The evaluations of a run if it is finished, else none; also those that were made under another name.

    The task of one agent is the same whether it is called independent or not, and so are its data.
    """
    key = run.key
    if key is None:
        return []
    same = ledger.get((key.config_hash, key.seed, key.episodes), ())
    found = {record.updates: record for record in same if record.dataset_hash == key.dataset_hash}
    last = run.updates
    if last not in found:
        return []
    labels = labels_of(run)
    return [replace(found[updates], **labels) for updates in sorted(found) if updates <= last]


def labels_of(run: PlannedRun) -> Mapping[str, str]:
    """The fields by which a run's records are found in its experiment's table."""
    return {
        "experiment": run.experiment,
        "preset": run.label,
        "task": str(complete(run.cell.task_id)),
        "quality": run.data.label,
    }


def was_recorded(run: PlannedRun, ledger: Ledger) -> bool:
    """Whether there are records of such a run to its end, on any data of this name."""
    if run.spec is None:
        return False
    last, labels = run.updates, labels_of(run)
    return any(
        record.updates == last and all(getattr(record, name) == value for name, value in labels.items())
        for record in ledger.get((run.config_hash, run.seed, run.spec.episodes), ())
    )
