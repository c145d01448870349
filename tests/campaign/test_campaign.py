import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toys import tiny

from omarl.campaign import carry_out as campaign
from omarl.campaign import work
from omarl.campaign.plan import FAILURE, Choices, Places, Run, plan, status
from omarl.campaign.work import carry_out
from omarl.errors import RequestError
from omarl.paper.catalogue import experiment
from omarl.records.record import read_records

SMALL = (("hidden", (4,)), ("batch_size", 8))
CHOICES = Choices(
    presets=("official",), seeds=2, only=("spread/random", "bc"), updates=2, episodes=2, overrides=SMALL
)


def planned(places: Places, name: str = "first-evidence", **changes) -> list[Run]:
    runs = plan(experiment(name), replace(CHOICES, **changes), places)
    for data in {run.data for run in runs}:
        if not data.path(places.data).exists():
            tiny.write(data, places.data)
    return runs


def states(runs: list[Run], places: Places) -> list[str]:
    return [status(run, campaign.known(places)).state for run in runs]


def do(runs: list[Run], places: Places) -> tuple[int, list[str]]:
    said: list[str] = []
    return campaign.carry_out(runs, places, 100, 1, said.append), said


def test_finished_runs_are_found_and_skipped(places: Places, uncompiled: None) -> None:
    runs = planned(places)
    assert states(runs, places) == ["missing", "missing"]
    assert do(runs, places)[0] == 0
    assert states(runs, places) == ["done", "done"]
    assert do(runs, places)[1] == ["0 of 2 runs to do"]


def test_a_run_counts_for_every_experiment_that_asks_for_it(places: Places, uncompiled: None) -> None:
    shared = {"only": ("spread/expert", "omar"), "seeds": 1}
    do(planned(places, "table3", **shared), places)
    same, *others = planned(places, "table4", **shared)
    assert states([same, *others], places) == ["done", "missing", "missing"]
    campaign.publish([same], places)
    assert [(r.experiment, r.algorithm) for r in read_records([places.out])] == [
        ("table4-rehearsal", name) for name in ("behaviour", "omar", "omar")
    ]


def test_a_failure_does_not_stop_the_others_and_is_told(
    places: Places, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, real = planned(places), work.run_alone

    def breaks(spec, out, resume=False):
        if spec.seeds == (0,):
            raise RequestError("the first seed cannot be run")
        return real(spec, out, resume)

    monkeypatch.setattr(work, "run_alone", breaks)
    failures, said = do(runs, places)
    assert failures == 1 and "cannot be run" in said[1] and said[2].endswith("done")
    assert status(runs[0], campaign.known(places)).reason.endswith("the first seed cannot be run")
    monkeypatch.setattr(work, "run_alone", real)
    assert do(runs, places)[0] == 0
    assert states(runs, places) == ["done", "done"] and not (runs[0].out / FAILURE).exists()


def test_an_interrupted_run_goes_on(
    places: Places, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = planned(places)[0]
    carry_out(run)
    table = run.out / "records.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    assert states([run], places) == ["interrupted"]
    resumed: list[bool] = []
    monkeypatch.setattr(work, "run_alone", lambda spec, out, resume: resumed.append(resume))
    carry_out(run)
    assert resumed == [True]


def test_what_is_in_the_way_is_set_aside(places: Places, uncompiled: None) -> None:
    run = planned(places)[0]
    carry_out(run)
    assert run.spec is not None
    other = replace(run, spec=replace(run.spec, config=replace(run.spec.config, learning_rate=0.5)))
    carry_out(other)
    assert len(list(run.out.parent.iterdir())) == 2
    assert states([run, other], places) == ["done", "done"]


def test_an_attempt_that_left_no_checkpoint_is_begun_again(places: Places, uncompiled: None) -> None:
    run = planned(places)[0]
    run.out.mkdir(parents=True)
    (run.out / "config.json").write_text("{")
    carry_out(run)
    assert states([run], places) == ["done"]


def test_a_table_keeps_its_other_rows_and_is_sorted(places: Places, uncompiled: None) -> None:
    for runs in (planned(places, only=("spread/random", "cql"), seeds=1), planned(places)):
        do(runs, places)
        campaign.publish(runs, places)
    table = read_records([places.out / "first-evidence-rehearsal.csv"])
    assert [(r.algorithm, r.seed, r.updates) for r in table] == [
        ("bc", 0, 0),
        ("bc", 0, 2),
        ("bc", 1, 0),
        ("bc", 1, 2),
        ("behaviour", 0, 0),
        ("cql", 0, 0),
        ("cql", 0, 2),
    ]
    before = (places.out / "first-evidence-rehearsal.csv").read_bytes()
    campaign.publish(runs, places)
    assert (places.out / "first-evidence-rehearsal.csv").read_bytes() == before


def test_committed_records_count_where_the_runs_are_gone(places: Places, uncompiled: None) -> None:
    runs = planned(places)
    do(runs, places)
    campaign.publish(runs, places)
    places.runs.rename(places.runs.with_name("elsewhere"))
    assert states(runs, places) == ["done", "done"]


def test_another_dataset_makes_another_run(places: Places, uncompiled: None) -> None:
    runs = planned(places, seeds=1)
    do(runs, places)
    path = runs[0].data.path(places.data)
    path.rename(path.with_name("old"))
    tiny.write(replace(runs[0].data, seed=3), Path(places.data))
    other = path.with_name("random-seed3-v0")
    other.rename(path)
    assert states(runs, places) != ["done"]


@pytest.mark.parametrize(
    ("only", "count"),
    [((), 20), (("omar",), 4), (("spread/random", "omar,cql"), 2), (("*medium*",), 10), (("spread",), 20)],
)
def test_words_choose_cells(places: Places, only: tuple[str, ...], count: int) -> None:
    assert len(plan(experiment("first-evidence"), replace(CHOICES, only=only, seeds=1), places)) == count


def test_a_word_that_fits_nothing_is_refused(places: Places) -> None:
    with pytest.raises(RequestError, match=r"nothing fits 'qmix'.*omar"):
        plan(experiment("table3"), replace(CHOICES, only=("qmix",)), places)


def test_an_option_that_the_learner_lacks_blocks_the_cell(places: Places) -> None:
    (run,) = plan(experiment("first-evidence"), replace(CHOICES, seeds=1, overrides=(("tau", 1),)), places)
    assert run.obstacle == "the learner 'bc' has no option 'tau'"
    assert states([run], places) == ["blocked"]


def test_what_is_done_is_not_done_again_when_its_data_are_made_anew(
    places: Places, uncompiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = planned(places)
    do(runs, places)
    campaign.publish(runs, places)
    for lost in (places.runs, places.data):
        lost.rename(lost.with_name(f"{lost.name}-lost"))
    again = plan(experiment("first-evidence"), replace(CHOICES, seeds=3), places)
    assert states(again, places) == ["recorded", "recorded", "missing"]
    again = again[:2]

    def make(root: Path, size: int, order) -> None:
        for whole in order.wholes:
            tiny.write(whole, root)

    monkeypatch.setattr(campaign.datasets, "fulfil", make)
    failures, said = do(again, places)
    assert failures == 0 and said[0] == "2 of 2 runs to do" and said[-1] == "0 runs to do with these data"


def test_records_have_the_name_under_which_they_are_asked_for(places: Places, uncompiled: None) -> None:
    (together,) = planned(places, "fig1c", only=("line-spread-agents=1",), seeds=1)
    do([together], places)
    (alone,) = plan(experiment("fig10"), replace(CHOICES, only=("line-spread-agents=1-*",), seeds=1), places)
    shutil.copytree(together.data.path(places.data), alone.data.path(places.data))
    assert states([alone], places) == ["done"]
    (record, *_) = alone.records(campaign.known(places))
    assert (record.experiment, record.task) == ("fig10-rehearsal", "line-spread agents=1 independent=True")
