import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toys import tiny

from omarl.campaign import carry_out as campaign
from omarl.campaign import work
from omarl.campaign.backends import HERE
from omarl.campaign.plan import PlannedRun, plan
from omarl.campaign.request import Choices, Workspace
from omarl.campaign.status import FAILURE, finished_records, status
from omarl.campaign.work import perform
from omarl.errors import RequestError
from omarl.paper.catalogue import experiment
from omarl.records.record import read_records

SMALL = (("hidden", (4,)), ("batch_size", 8))
CHOICES = Choices(
    presets=("official",), seeds=2, only=("spread/random", "bc"), updates=2, episodes=2, overrides=SMALL
)


def planned(workspace: Workspace, name: str = "first-evidence", **changes) -> list[PlannedRun]:
    runs = plan(experiment(name), replace(CHOICES, **changes), workspace)
    for data in {run.data for run in runs}:
        if not data.path(workspace.data).exists():
            tiny.write(data, workspace.data)
    return runs


def states(runs: list[PlannedRun], workspace: Workspace) -> list[str]:
    return [status(run, campaign.known(workspace)).state for run in runs]


def do(runs: list[PlannedRun], workspace: Workspace) -> tuple[int, list[str]]:
    said: list[str] = []
    return campaign.carry_out_runs(runs, workspace, 100, HERE, 1, said.append), said


def test_finished_runs_are_found_and_skipped(workspace: Workspace, uncompiled: None) -> None:
    runs = planned(workspace)
    assert states(runs, workspace) == ["missing", "missing"]
    assert do(runs, workspace)[0] == 0
    assert states(runs, workspace) == ["done", "done"]
    assert do(runs, workspace)[1] == ["0 of 2 runs to do"]


def test_a_run_counts_for_every_experiment_that_asks_for_it(workspace: Workspace, uncompiled: None) -> None:
    shared = {"only": ("spread/expert", "omar"), "seeds": 1}
    do(planned(workspace, "table3", **shared), workspace)
    same, *others = planned(workspace, "table4", **shared)
    assert states([same, *others], workspace) == ["done", "missing", "missing"]
    campaign.gather_records([same], workspace)
    assert [(r.experiment, r.algorithm) for r in read_records([workspace.out])] == [
        ("table4-rehearsal", name) for name in ("behaviour", "omar", "omar")
    ]


def test_a_failure_does_not_stop_the_others_and_is_told(
    workspace: Workspace, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, real = planned(workspace), work.carry_out_spec

    def breaks(spec, out, resume=False):
        if spec.seeds == (0,):
            raise RequestError("the first seed cannot be run")
        return real(spec, out, resume)

    monkeypatch.setattr(work, "carry_out_spec", breaks)
    failures, said = do(runs, workspace)
    assert failures == 1 and "cannot be run" in said[1] and said[2].endswith("done")
    assert status(runs[0], campaign.known(workspace)).reason.endswith("the first seed cannot be run")
    monkeypatch.setattr(work, "carry_out_spec", real)
    assert do(runs, workspace)[0] == 0
    assert states(runs, workspace) == ["done", "done"] and not (runs[0].out / FAILURE).exists()


def test_an_interrupted_run_goes_on(
    workspace: Workspace, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = planned(workspace)[0]
    perform(run)
    table = run.out / "records.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    assert states([run], workspace) == ["interrupted"]
    resumed: list[bool] = []
    monkeypatch.setattr(work, "carry_out_spec", lambda spec, out, resume: resumed.append(resume))
    perform(run)
    assert resumed == [True]


def test_what_is_in_the_way_is_set_aside(workspace: Workspace, uncompiled: None) -> None:
    run = planned(workspace)[0]
    perform(run)
    assert run.spec is not None
    other = replace(run, spec=replace(run.spec, config=replace(run.spec.config, learning_rate=0.5)))
    perform(other)
    assert len(list(run.out.parent.iterdir())) == 2
    assert states([run, other], workspace) == ["done", "done"]


def test_an_attempt_that_left_no_checkpoint_is_begun_again(workspace: Workspace, uncompiled: None) -> None:
    run = planned(workspace)[0]
    run.out.mkdir(parents=True)
    (run.out / "config.json").write_text("{")
    perform(run)
    assert states([run], workspace) == ["done"]


def test_a_table_keeps_its_other_rows_and_is_sorted(workspace: Workspace, uncompiled: None) -> None:
    for runs in (planned(workspace, only=("spread/random", "cql"), seeds=1), planned(workspace)):
        do(runs, workspace)
        campaign.gather_records(runs, workspace)
    table = read_records([workspace.out / "first-evidence-rehearsal.csv"])
    assert [(r.algorithm, r.seed, r.updates) for r in table] == [
        ("bc", 0, 0),
        ("bc", 0, 2),
        ("bc", 1, 0),
        ("bc", 1, 2),
        ("behaviour", 0, 0),
        ("cql", 0, 0),
        ("cql", 0, 2),
    ]
    before = (workspace.out / "first-evidence-rehearsal.csv").read_bytes()
    campaign.gather_records(runs, workspace)
    assert (workspace.out / "first-evidence-rehearsal.csv").read_bytes() == before


def test_committed_records_count_where_the_runs_are_gone(workspace: Workspace, uncompiled: None) -> None:
    runs = planned(workspace)
    do(runs, workspace)
    campaign.gather_records(runs, workspace)
    workspace.runs.rename(workspace.runs.with_name("elsewhere"))
    assert states(runs, workspace) == ["done", "done"]


def test_another_dataset_makes_another_run(workspace: Workspace, uncompiled: None) -> None:
    runs = planned(workspace, seeds=1)
    do(runs, workspace)
    path = runs[0].data.path(workspace.data)
    path.rename(path.with_name("old"))
    tiny.write(replace(runs[0].data, seed=3), Path(workspace.data))
    other = path.with_name("random-seed3-v0")
    other.rename(path)
    assert states(runs, workspace) == ["interrupted"]  # as the other run's directory is in its place
    assert do(runs, workspace)[0] == 0 and states(runs, workspace) == ["done"]
    assert len(list(runs[0].out.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("only", "count"),
    [((), 20), (("omar",), 4), (("spread/random", "omar,cql"), 2), (("*medium*",), 10), (("spread",), 20)],
)
def test_words_choose_cells(workspace: Workspace, only: tuple[str, ...], count: int) -> None:
    assert len(plan(experiment("first-evidence"), replace(CHOICES, only=only, seeds=1), workspace)) == count


def test_a_word_that_fits_nothing_is_refused(workspace: Workspace) -> None:
    with pytest.raises(RequestError, match=r"nothing fits 'qmix'.*omar"):
        plan(experiment("table3"), replace(CHOICES, only=("qmix",)), workspace)


def test_an_option_that_the_learner_lacks_blocks_the_cell(workspace: Workspace) -> None:
    (run,) = plan(experiment("first-evidence"), replace(CHOICES, seeds=1, overrides=(("tau", 1),)), workspace)
    assert run.obstacle == "the learner 'bc' has no option 'tau'"
    assert states([run], workspace) == ["blocked"]


def test_what_is_done_is_not_done_again_when_its_data_are_made_anew(
    workspace: Workspace, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = planned(workspace)
    do(runs, workspace)
    campaign.gather_records(runs, workspace)
    for lost in (workspace.runs, workspace.data):
        lost.rename(lost.with_name(f"{lost.name}-lost"))
    again = plan(experiment("first-evidence"), replace(CHOICES, seeds=3), workspace)
    assert states(again, workspace) == ["recorded", "recorded", "missing"]
    again = again[:2]

    def make(root: Path, size: int, order) -> None:
        for whole in order.wholes:
            tiny.write(whole, root)

    monkeypatch.setattr(campaign.datasets, "fulfil", make)
    failures, said = do(again, workspace)
    assert failures == 0 and said[0] == "2 of 2 runs to do" and said[-1] == "0 runs to do with these data"


def test_records_have_the_name_under_which_they_are_asked_for(workspace: Workspace, uncompiled: None) -> None:
    (together,) = planned(workspace, "fig1c", only=("line-spread-agents=1",), seeds=1)
    do([together], workspace)
    (alone,) = plan(
        experiment("fig10"), replace(CHOICES, only=("line-spread-agents=1-*",), seeds=1), workspace
    )
    shutil.copytree(together.data.path(workspace.data), alone.data.path(workspace.data))
    assert states([alone], workspace) == ["done"]
    (record, *_) = finished_records(alone, campaign.known(workspace))
    assert (record.experiment, record.task) == ("fig10-rehearsal", "line-spread agents=1 independent=True")
