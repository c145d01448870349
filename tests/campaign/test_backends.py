"""What every backend promises: the same records, failures told one by one, nothing moved while planning."""

from dataclasses import replace
from pathlib import Path

import pytest
from toys import tiny

from omarl.campaign import backends, work
from omarl.campaign import carry_out as campaign
from omarl.campaign.backends import BACKENDS, HERE, ONE_PROGRAM, usual_backend
from omarl.campaign.backends.one_program import groups
from omarl.campaign.plan import PlannedRun, plan
from omarl.campaign.request import Choices, Workspace
from omarl.campaign.status import FAILURE, finished_records, status
from omarl.paper.catalogue import experiment
from omarl.records.record import Record

SMALL = (("hidden", (4,)), ("batch_size", 8))
CHOICES = Choices(presets=("official",), seeds=2, only=("spread/random", "bc"), updates=2, episodes=2)
NUMBERS = ("return_mean", "return_std", "score", "score_paper")


def planned(workspace: Workspace, **changes) -> list[PlannedRun]:
    runs = plan(experiment("first-evidence"), replace(CHOICES, overrides=SMALL, **changes), workspace)
    for data in {run.data for run in runs}:
        if not data.path(workspace.data).exists():
            tiny.write(data, workspace.data)
    return runs


def carried_out(runs: list[PlannedRun], workspace: Workspace, name: str) -> tuple[int, list[str]]:
    said: list[str] = []
    return campaign.carry_out_runs(runs, workspace, 100, BACKENDS[name], 2, said.append), said


def without_time(record: Record) -> Record:
    """The record as all backends must leave it, numbers up to rounding."""
    rounded = {name: value and round(value, 2) for name in NUMBERS if (value := getattr(record, name)) != ""}
    return replace(record, seconds=0.0, **rounded)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[list[Record]]:
    """The records that the backend `here` leaves."""
    root = tmp_path_factory.mktemp("here")
    workspace = Workspace(data=root / "data", runs=root / "runs", out=root / "results")
    runs = planned(workspace)
    assert carried_out(runs, workspace, "here")[0] == 0
    return [[*map(without_time, finished_records(run, campaign.known(workspace)))] for run in runs]


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_leaves_the_same_records(
    name: str, workspace: Workspace, wanted: list[list[Record]]
) -> None:
    runs = planned(workspace)
    failures, said = carried_out(runs, workspace, name)
    assert failures == 0 and {line.partition("] ")[2] for line in said[1:]} == {
        f"{run}: done" for run in runs
    }
    known = campaign.known(workspace)
    assert [[*map(without_time, finished_records(run, known))] for run in runs] == wanted
    assert all(len(records) == 2 for records in wanted)
    assert carried_out(runs, workspace, name) == (0, ["0 of 2 runs to do"])


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_tells_what_failed_and_does_the_rest(name: str, workspace: Workspace) -> None:
    broken, fine = planned(workspace)
    (broken.data.path(workspace.data) / "obs.npy").write_bytes(b"")
    other = replace(fine, spec=replace(fine.spec, dataset=str(tiny.write(fine.cell.data(7), workspace.data))))
    failures, said = carried_out([broken, other], workspace, name)
    assert failures == 1 and any(line.endswith(f"{other}: done") for line in said)
    assert status(broken, campaign.known(workspace)).state == "failed"
    assert "obs.npy" in (broken.out / FAILURE).read_text()


def tree(root: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_mtime_ns) for path in root.rglob("*")}


def test_planning_moves_and_deletes_nothing(workspace: Workspace, uncompiled: None) -> None:
    done, fresh = planned(workspace)
    work.perform(done)
    other = replace(done, spec=replace(done.spec, every=1))
    (fresh.out / "begun").mkdir(parents=True)
    before = tree(workspace.runs)
    assert [work.resumable(run) for run in (done, other, fresh)] == [True, False, False]
    assert [group.resume for group in groups([done, other, fresh], 64)] == [True, False, False]
    assert tree(workspace.runs) == before


def test_a_checkpoint_of_another_version_is_set_aside(workspace: Workspace, uncompiled: None) -> None:
    run, _ = planned(workspace)
    work.perform(run)
    (run.out / "config.json").write_text("{}")
    work.perform(run)
    assert {each.name for each in run.out.parent.iterdir()} == {"seed-0", "seed-0-was-another-version"}


def test_one_program_takes_what_goes_together(workspace: Workspace) -> None:
    runs = planned(workspace, presets=("official", "tuned"), only=("spread/random", "bc,td3_bc"))
    assert [len(group.runs) for group in groups(runs, 64)] == [2, 2, 2, 2]
    assert [len(group.runs) for group in groups(runs, 1)] == [1] * 8


def test_a_program_that_cannot_be_run_says_why_for_each(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(members, resume):
        raise MemoryError("no room")

    runs = planned(workspace)
    monkeypatch.setattr("omarl.campaign.backends.one_program.run_members", breaks)
    failures, said = carried_out(runs, workspace, "one-program")
    assert failures == 2
    assert said[1:] == [f"[{n}/2] {run}: MemoryError: no room" for n, run in enumerate(runs, 1)]
    assert all((run.out / FAILURE).exists() for run in runs)


def test_the_usual_backend_follows_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "usable_cores", lambda: 4)
    assert [usual_backend(jobs) for jobs in (None, 1, 3)] == ["processes", "here", "processes"]
    monkeypatch.setattr(backends, "accelerated", lambda: True)
    assert usual_backend(None) == usual_backend(1) == "one-program"
    assert HERE.describe(HERE.width()) == "1 at a time"
    assert ONE_PROGRAM.describe(8).startswith("up to 8 runs in one program on ")
