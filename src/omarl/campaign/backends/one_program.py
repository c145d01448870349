"""The backend `one-program`: runs on datasets are members of one compiled program, as suits an accelerator.

Runs that make their own experience go in processes on the CPU instead.
"""

import traceback
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import jax

from omarl.campaign.backends.backend import Backend, TellOutcome
from omarl.campaign.backends.processes import run_on_cpu
from omarl.campaign.plan import PlannedRun
from omarl.campaign.status import FAILURE
from omarl.campaign.work import make_way, note_failure, perform, resumable
from omarl.errors import RequestError
from omarl.nets.kernels.blocks import usable_cores
from omarl.runs.checkpoint import positions
from omarl.runs.members import WIDEST, MemberRun, program_of, run_members
from omarl.runs.spec import RunSpec


class Group(NamedTuple):
    """Runs on datasets that go together in one program, from the start or all from equally far."""

    runs: tuple[PlannedRun, ...]
    resume: bool


def groups(runs: Sequence[PlannedRun], widest: int) -> list[Group]:
    """The runs on datasets by what can go together, at most `widest` in a group."""
    found: dict[tuple[str, Hashable], list[PlannedRun]] = {}
    for run in runs:
        if isinstance(run.spec, RunSpec):
            found.setdefault((run.data.task_name, program_of(run.spec)), []).append(run)
    return [
        Group(tuple(members[first : first + widest]), resume=reached)
        for together in found.values()
        for members, reached in equally_far(together)
        for first in range(0, len(members), widest)
    ]


def equally_far(runs: Sequence[PlannedRun]) -> list[tuple[list[PlannedRun], bool]]:
    """The runs parted by a position at which all have a checkpoint, and whether there is one."""
    parts: list[tuple[list[PlannedRun], set[int]]] = []
    for run in runs:
        reached = positions(run.out) if resumable(run) else set()
        for members, common in parts:
            if common & reached or not (common or reached):
                members.append(run)
                common &= reached
                break
        else:
            parts.append(([run], reached))
    return [(members, bool(common)) for members, common in parts]


def carry_out_group(group: Group, tell: TellOutcome) -> None:
    """Carry out runs that go together; what stopped a run is written to its directory and told."""
    stopped = what_stopped(group)
    for run in group.runs:
        if why := stopped.get(run):
            note_failure(run, why)
        else:
            (run.out / FAILURE).unlink(missing_ok=True)
        tell(run, why and why.strip().rpartition("\n")[2])


def what_stopped(group: Group) -> dict[PlannedRun, str]:
    """Carry out the group; for each run that had to stop, why.

    A group that is refused, for damaged data of one run for instance, is halved until that run is alone.
    """
    try:
        if not group.resume:
            for run in group.runs:
                make_way(run)
        members = [MemberRun(run.spec, run.out) for run in group.runs if isinstance(run.spec, RunSpec)]
        faults = run_members(members, group.resume)
    except Exception as error:
        if not isinstance(error, RequestError) or len(group.runs) == 1:
            return dict.fromkeys(group.runs, traceback.format_exc())
    else:
        return {group.runs[index]: f"TrainingError: {fault}" for index, fault in faults.items()}
    half = len(group.runs) // 2
    parts = group._replace(runs=group.runs[:half]), group._replace(runs=group.runs[half:])
    return {run: why for part in parts for run, why in what_stopped(part).items()}


def carry_out_in_groups(runs: Sequence[PlannedRun], width: int, tell: TellOutcome) -> None:
    """Carry out all runs, at most `width` in one program."""
    online = [run for run in runs if not isinstance(run.spec, RunSpec)]
    run_on_cpu(perform, online, usable_cores(), tell)
    for group in groups(runs, width):
        carry_out_group(group, tell)


ONE_PROGRAM = Backend(
    carry_out=carry_out_in_groups,
    width=lambda: WIDEST,
    describe=lambda width: f"up to {width} runs in one program on {jax.devices()[0].device_kind}",
)
