"""One planned run is carried out: it may fail or be interrupted, and goes on another time."""

import shutil
import traceback

from omarl.campaign.plan import PlannedRun
from omarl.campaign.status import FAILURE
from omarl.errors import RequestError
from omarl.runs.checkpoint import checkpoints
from omarl.runs.directory import read_config
from omarl.runs.run import run as carry_out_spec


def perform(run: PlannedRun) -> None:
    """Begin the run or go on with it; what stops it is written to its directory and raised."""
    try:
        if run.spec is None:
            raise RequestError(f"{run}: {run.obstacle}")
        resume = resumable(run)
        if not resume:
            make_way(run)
        carry_out_spec(run.spec, run.out, resume)
    except Exception:
        note_failure(run, traceback.format_exc())
        raise
    (run.out / FAILURE).unlink(missing_ok=True)


def note_failure(run: PlannedRun, why: str) -> None:
    """Write to a run's directory why it stopped."""
    run.out.mkdir(parents=True, exist_ok=True)
    (run.out / FAILURE).write_text(why)


def resumable(run: PlannedRun) -> bool:
    """Whether the directory holds a checkpoint of this very run; nothing is changed there."""
    if run.spec is None or run.key is None:
        return False
    return stored(run) == (run.key.config_hash, run.key.dataset_hash, run.spec.every)


def stored(run: PlannedRun) -> tuple[str, str, int] | None:
    """The configuration hash, dataset hash and `every` of the checkpoint in a run's directory, if any."""
    if not checkpoints(run.out):
        return None
    try:
        config = read_config(run.out)
        return config["config_hash"], config["dataset"]["hash"], config["every"]
    except (RequestError, KeyError):
        return "another", "version", 0


def make_way(run: PlannedRun) -> None:
    """Clear the run's place: what has no checkpoint is removed, another run's directory gets another name."""
    found = stored(run)
    if found is None:
        shutil.rmtree(run.out, ignore_errors=True)
        return
    aside = run.out.with_name(f"{run.out.name}-was-{'-'.join(found[:2])}")
    shutil.rmtree(aside, ignore_errors=True)
    run.out.rename(aside)
