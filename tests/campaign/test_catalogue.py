from dataclasses import replace
from pathlib import Path

import pytest
from toys import tiny

from omarl.campaign import carry_out as campaign
from omarl.campaign.backends import HERE
from omarl.campaign.plan import PlannedRun, plan
from omarl.campaign.request import Choices, Workspace
from omarl.campaign.status import labels_of
from omarl.errors import RequestError
from omarl.paper.catalogue import EXPERIMENTS, FRACTIONS, experiment
from omarl.paper.experiment import SEARCH_SEED, Cell, Experiment, matches
from omarl.paper.published import Place, published
from omarl.records.record import BEHAVIOUR, read_records

RESULTS = Path(__file__).parents[2] / "results"
SMALL = (("hidden", (4,)), ("batch_size", 8))


def kind(run: PlannedRun) -> tuple[Cell, str]:
    """The method, and the team where that is cheap."""
    parameters = () if run.cell.steps else run.cell.parameters
    return replace(run.cell, quality="", task="", parameters=parameters), run.preset


def rehearsed(name: str, preset: str, workspace: Workspace) -> list[PlannedRun]:
    """One run of each method and team of an experiment."""
    choices = Choices(presets=(preset,), seeds=1, updates=2, episodes=2, overrides=SMALL)
    found = plan(EXPERIMENTS[name], choices, workspace)
    return list({kind(run): run for run in reversed(found)}.values())


@pytest.mark.parametrize(
    ("name", "preset"),
    [*((name, each.presets[0]) for name, each in EXPERIMENTS.items()), ("table3", "tuned")],
)
def test_every_experiment_passes_a_rehearsal(
    name: str, preset: str, workspace: Workspace, uncompiled: None
) -> None:
    for data in {run.data for run in rehearsed(name, preset, workspace) if run.cell.steps is None}:
        tiny.write(data, workspace.data)
    planned = rehearsed(name, preset, workspace)
    said: list[str] = []
    assert campaign.carry_out_runs(planned, workspace, 100, HERE, 1, said.append) == 0, said
    campaign.gather_records(planned, workspace)
    runnable = [run for run in planned if run.obstacle is None]
    table = read_records([workspace.out / f"{name}-rehearsal.csv"]) if runnable else []
    assert [r.updates for r in table if r.algorithm != BEHAVIOUR] == [0, 2] * len(runnable)
    recorded = {run.data for run in runnable if run.cell.steps is None}
    assert [r.algorithm for r in table].count(BEHAVIOUR) == len(recorded)
    assert runnable


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_nothing_is_blocked(name: str, workspace: Workspace) -> None:
    planned = plan(EXPERIMENTS[name], Choices(seeds=1), workspace)
    assert {run.obstacle for run in planned} == {None}


def names_of(name: str) -> set[Place]:
    return {cell.place(name) for cell in experiment(name).cells}


def test_the_published_numbers_are_all_there() -> None:
    counts = {"table3": 48, "table4": 12, "table5": 16, "table6": 16, "table8": 6, "table9": 8}
    assert {name: sum(place.experiment == name for place in published()) for name in counts} == counts
    assert len(published()) == sum(counts.values())


def test_published_numbers_spot_checked_against_the_papers_tables() -> None:
    numbers = {place: (number.mean, number.std) for place, number in published().items()}
    assert numbers[Place("table3", "spread", "expert", "omar", "decentralised")] == (114.9, 2.6)
    assert numbers[Place("table3", "spread", "medium-replay", "omar", "decentralised")] == (37.9, 12.3)
    assert numbers[Place("table3", "world", "expert", "cql", "decentralised")] == (71.9, 28.1)
    assert numbers[Place("table9", "spread", "expert", "td3", "centralised")] == (1.6, 2.7)


@pytest.mark.parametrize("name", ["table3", "table4", "table5", "table6", "table8", "table9"])
def test_every_published_number_has_its_cell(name: str) -> None:
    assert {place for place in published() if place.experiment == name} <= names_of(name)


def sides(each: Experiment) -> list[Cell]:
    """The cells of an experiment, and the behaviour policies of their data."""
    return [*each.cells, *dict.fromkeys(cell.behaviour for cell in each.cells)]


def test_orderings_have_cells_on_both_sides() -> None:
    for each in EXPERIMENTS.values():
        for ordering in each.orderings:
            for side in ordering:
                assert any(matches(cell, side) for cell in sides(each)), (each.id, side)


def test_gains_have_cells_on_both_sides() -> None:
    values = {"agents": [1, 2, 3, 4, 5], "fraction": list(FRACTIONS)}
    for each in EXPERIMENTS.values():
        cells = [cell for name in (each.id, *each.beside) for cell in sides(EXPERIMENTS[name])]
        claimed = [(gain, claim.along) for claim in each.comparisons for gain in (claim.more, claim.less)]
        for gain, along in ((gain, along) for gain, along in claimed if gain):
            varied = [cell for cell in cells if matches(cell, gain.of)]
            assert [cell.value(along) for cell in varied] == values[along], gain.label
            assert any(matches(cell, gain.over) for cell in cells), gain.label


def test_a_figure_shows_the_runs_of_its_table() -> None:
    assert experiment("fig6") is experiment("table3")
    with pytest.raises(RequestError, match="unknown experiment 'table0'"):
        experiment("table0")


def test_no_two_cells_of_an_experiment_share_a_directory(workspace: Workspace) -> None:
    for each in EXPERIMENTS.values():
        runs: list[PlannedRun] = plan(each, Choices(seeds=2), workspace)
        assert len({run.out for run in runs}) == len(runs), each.id


@pytest.mark.parametrize(
    ("wanted", "seeds"), [(None, (0, 1, 2, 3, 4)), (2, (0, 1)), (10, (*range(9), 10)), ((7, 3, 7), (7, 3))]
)
def test_seeds_are_counted_past_the_search_or_named(wanted, seeds) -> None:
    assert experiment("table3").numbered(wanted) == seeds


def test_no_result_is_on_the_seed_of_the_search() -> None:
    assert experiment("tuning-strength").numbered() == (SEARCH_SEED,)
    with pytest.raises(RequestError, match=f"seed {SEARCH_SEED} is that of the search"):
        experiment("table3").numbered((8, SEARCH_SEED))


RECORDED = [each for each in EXPERIMENTS.values() if (RESULTS / f"{each.id}.csv").exists()]


@pytest.mark.parametrize("reported", RECORDED, ids=lambda each: each.id)
def test_committed_records_are_of_todays_configurations(reported: Experiment, workspace: Workspace) -> None:
    runs = plan(reported, Choices(), workspace)
    today = {
        (labels_of(run)["task"], run.cell.algorithm, run.data.label, run.label, run.spec.config_hash)
        for run in runs
        if run.spec
    }
    records = read_records([RESULTS / f"{reported.id}.csv"])
    recorded = {
        (r.task, r.algorithm, r.quality, r.preset, r.config_hash) for r in records if r.algorithm != BEHAVIOUR
    }
    assert recorded <= today
