"""Carrying out planned runs, so that they may fail or be interrupted and go on another time."""

import shutil
import traceback
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from omarl.campaign.plan import FAILURE, Run
from omarl.errors import RequestError
from omarl.runs import members
from omarl.runs.directory import read_config
from omarl.runs.many import common_position
from omarl.runs.members import MemberRun
from omarl.runs.run import run as run_alone
from omarl.runs.spec import OnlineSpec, RunSpec


def carry_out(run: Run) -> None:
    """Begin the run or go on with it; what stops it is written to its directory and raised."""
    try:
        match run.spec:
            case None:
                raise RequestError(f"{run}: {run.obstacle}")
            case OnlineSpec() | RunSpec() as spec:
                run_alone(spec, run.out, resume=can_go_on(spec, run))
    except Exception:
        fail(run, traceback.format_exc())
        raise
    (run.out / FAILURE).unlink(missing_ok=True)


def fail(run: Run, why: str) -> None:
    """Say in a run's directory why it stopped."""
    run.out.mkdir(parents=True, exist_ok=True)
    (run.out / FAILURE).write_text(why)


class Group(NamedTuple):
    """Runs on datasets that go together in one program, from the start or all from equally far."""

    runs: tuple[Run, ...]
    resume: bool


def groups(runs: Sequence[Run], widest: int) -> list[Group]:
    """The runs by what can go together, at most `widest` in a group."""
    found: dict[tuple[str, Hashable, int | None], list[Run]] = {}
    for run in runs:
        if isinstance(run.spec, RunSpec):
            done = reached(run) if can_go_on(run.spec, run) else None
            found.setdefault((run.data.task_name, members.program_of(run.spec), done), []).append(run)
    return [
        Group(tuple(members[first : first + widest]), resume=done is not None)
        for (_, _, done), members in found.items()
        for first in range(0, len(members), widest)
    ]


def reached(run: Run) -> int | None:
    """The update at which the run's checkpoint was written."""
    return common_position([run.out])


def carry_out_group(group: Group) -> dict[Run, str]:
    """Carry out runs that go together; what stopped a run is written to its directory and returned."""
    going = [MemberRun(run.spec, run.out) for run in group.runs if isinstance(run.spec, RunSpec)]
    try:
        faults = members.run_members(going, group.resume)
    except Exception:
        stopped = dict.fromkeys(group.runs, traceback.format_exc())
    else:
        stopped = {group.runs[index]: f"TrainingError: {fault}" for index, fault in faults.items()}
    for run in group.runs:
        if run in stopped:
            fail(run, stopped[run])
        else:
            (run.out / FAILURE).unlink(missing_ok=True)
    return {run: why.strip().rpartition("\n")[2] for run, why in stopped.items()}


def can_go_on(spec: RunSpec | OnlineSpec, run: Run) -> bool:
    """Whether the directory holds a checkpoint of this very run.

    A directory without a checkpoint is removed, and one that holds another configuration's or dataset's run
    gets another name, so that nothing is in the way.
    """
    if not (run.out / "checkpoint.safetensors").exists():
        shutil.rmtree(run.out, ignore_errors=True)
        return False
    old = read_config(run.out)
    found = old["config_hash"], old["dataset"]["hash"], old["every"]
    if run.key and found == (run.key.config_hash, run.key.dataset_hash, spec.every):
        return True
    aside = run.out.with_name("-was-".join([run.out.name, *found[:2]]))
    shutil.rmtree(aside, ignore_errors=True)
    run.out.rename(aside)
    return False
