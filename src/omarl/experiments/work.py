"""Carrying out one planned run, so that it may fail or be interrupted and go on another time."""

import shutil
import traceback

from omarl.errors import RequestError
from omarl.experiments import online, runner
from omarl.experiments.plan import FAILURE, Run
from omarl.experiments.spec import OnlineSpec, RunSpec


def carry_out(run: Run) -> None:
    """Begin the run or go on with it; what stops it is written to its directory and raised."""
    try:
        match run.spec:
            case None:
                raise RequestError(f"{run}: {run.obstacle}")
            case OnlineSpec() as spec:
                shutil.rmtree(run.out, ignore_errors=True)  # what it had seen is lost: it begins anew
                online.run(spec, run.out)
            case RunSpec() as spec:
                runner.run(spec, run.out, resume=can_go_on(spec, run))
    except Exception:
        run.out.mkdir(parents=True, exist_ok=True)
        (run.out / FAILURE).write_text(traceback.format_exc())
        raise
    (run.out / FAILURE).unlink(missing_ok=True)


def can_go_on(spec: RunSpec, run: Run) -> bool:
    """Whether the directory holds a checkpoint of this very run.

    A directory without a checkpoint is removed, and one that holds another configuration's or dataset's run
    gets another name, so that nothing is in the way.
    """
    if not (run.out / "checkpoint.safetensors").exists():
        shutil.rmtree(run.out, ignore_errors=True)
        return False
    old = runner.read_config(run.out)
    found = old["config_hash"], old["dataset"]["hash"], old["every"]
    if run.key and found == (run.key.config_hash, run.key.dataset_hash, spec.every):
        return True
    aside = run.out.with_name("-was-".join([run.out.name, *found[:2]]))
    shutil.rmtree(aside, ignore_errors=True)
    run.out.rename(aside)
    return False
