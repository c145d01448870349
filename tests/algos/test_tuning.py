"""The preset `tuned` is what the rule says of the committed records of its search, and the page shows them.

Run as a script, this file writes the page's tables anew.
"""

import re
from itertools import product
from pathlib import Path

import pytest

from omarl.paper.cells import MAZES, PAPER_QUALITIES, PAPER_TASKS, SKIRMISHES
from omarl.paper.tuned import (
    best_in_battles,
    best_network,
    best_record,
    best_value,
    last_of_each,
    later_return,
    return_with,
)
from omarl.paper.tuning import (
    CONTENDERS,
    LEARNERS,
    MAZE_STRENGTHS,
    NETWORKS,
    NETWORKS_FOR,
    STRENGTHS,
    TAUS,
    TUNING_LARGE_SKIRMISH,
    TUNING_MAZE,
    TUNING_NETWORKS,
    TUNING_SKIRMISH,
    TUNING_STRENGTH,
    overrides,
)
from omarl.presets import settings
from omarl.records.record import read_records

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/algorithms/tuning.md"
ALL_TRIED = (*STRENGTHS, TAUS)
NAMES = {"bc": "BC", "td3_bc": "MA-TD3+BC", "icq": "MA-ICQ", "cql": "MA-CQL", "omar": "OMAR"}


def found_of(experiment):
    """The last records of one of the searches."""
    return last_of_each(read_records([ROOT / "results" / f"{experiment.id}.csv"]))


FOUND_NETWORKS = found_of(TUNING_NETWORKS)
FOUND_STRENGTH = found_of(TUNING_STRENGTH)
FOUND_MAZE = found_of(TUNING_MAZE)


def test_every_cell_of_the_search_was_run():
    for experiment, found in (
        (TUNING_NETWORKS, FOUND_NETWORKS),
        (TUNING_STRENGTH, FOUND_STRENGTH),
        (TUNING_MAZE, FOUND_MAZE),
        (TUNING_SKIRMISH, found_of(TUNING_SKIRMISH)),
        (TUNING_LARGE_SKIRMISH, found_of(TUNING_LARGE_SKIRMISH)),
    ):
        (preset,) = experiment.presets
        wanted = {(cell.task, cell.algorithm, cell.quality, cell.label(preset)) for cell in experiment.cells}
        assert set(found) == wanted


def best_in_umaze(algorithm):
    """The options that returned most of all that were tried for a learner: its pace and its alpha."""
    tried = [each for each in MAZE_STRENGTHS if each.algorithm == algorithm]
    returned = {
        (*each.given, ("alpha", value)): return_with(FOUND_MAZE, each, "maze2d-umaze", "waypoint", value)
        for each in tried
        for value in each.values
    }
    return dict(max(returned, key=returned.__getitem__))


@pytest.mark.parametrize("maze", MAZES)
@pytest.mark.parametrize("algorithm", ["cql", "omar"])
def test_the_preset_has_in_every_maze_what_did_best_in_umaze(algorithm, maze):
    config = settings("tuned", algorithm, maze, "waypoint").config
    best = best_in_umaze(algorithm)
    assert {name: getattr(config, name) for name in best} == best


SEARCH_FOR = dict.fromkeys(SKIRMISHES, TUNING_LARGE_SKIRMISH) | {"skirmish-2s3z": TUNING_SKIRMISH}


@pytest.mark.parametrize(("battle", "search"), SEARCH_FOR.items())
@pytest.mark.parametrize("algorithm", ["icq", "td3_bc", "cql", "omar"])
def test_the_preset_has_in_battles_what_did_best_in_a_small_and_in_a_large_one(algorithm, battle, search):
    config = settings("tuned", algorithm, battle, "replay").config
    best = dict(best_in_battles(search, battle_records(search), algorithm))
    assert {name: getattr(config, name) for name in best} == best


def battle_records(search):
    """All records of a search in battles."""
    return read_records([ROOT / "results" / f"{search.id}.csv"])


def test_the_preset_has_what_did_best():
    for task, algorithm, (tried_on, qualities) in product(PAPER_TASKS, LEARNERS, NETWORKS_FOR.items()):
        for quality in qualities:
            config = settings("tuned", algorithm, task, quality).config
            chosen = best_network(FOUND_NETWORKS, task, algorithm, tried_on)
            assert (config.normalisation, config.learning_rate) == chosen, (task, algorithm, quality)
    for tried in ALL_TRIED:
        for task, quality in product(PAPER_TASKS, tried.qualities):
            config = settings("tuned", tried.algorithm, task, quality).config
            assert getattr(config, tried.option) == best_value(FOUND_STRENGTH, tried, task, quality), (
                tried,
                task,
                quality,
            )


def bold(text, chosen):
    return f"**{text}**" if chosen else text


def network_rows():
    for algorithm, task in product(LEARNERS, PAPER_TASKS):
        found = [" / ".join(network_returns(task, algorithm, network)) for network in NETWORKS]
        yield f"| {NAMES[algorithm]} | {task} | {' | '.join(found)} |"


def network_returns(task, algorithm, network):
    """On each kind of data that they were tried on, the choice in bold."""
    for quality in NETWORKS_FOR:
        found = best_record(FOUND_NETWORKS, task, algorithm, quality, network).return_mean
        yield bold(f"{found:z.0f}", network == best_network(FOUND_NETWORKS, task, algorithm, quality))


def together_rows():
    """The conservative learners' returns with each contender and alpha."""
    for algorithm, task, network in product(("cql", "omar"), PAPER_TASKS, CONTENDERS):
        each = [s for s in STRENGTHS if s.algorithm == algorithm]
        values = sorted({value for tried in each for value in tried.values})
        found = [" / ".join(together_returns(each, task, network, value)) for value in values]
        yield f"| {NAMES[algorithm]} | {task} | {network[0]}, {network[1]:g} | {' | '.join(found)} |"


def together_returns(each, task, network, value):
    """For each kind of data that networks were tried on; a dash where the value was not tried."""
    for quality in NETWORKS_FOR:
        (tried,) = (tried for tried in each if quality in tried.qualities)
        (cell,) = tried._replace(values=(value,)).cells([task], [quality], overrides(network))
        record = FOUND_NETWORKS.get((task, tried.algorithm, quality, cell.label("official")))
        yield "–" if record is None else f"{record.return_mean:z.0f}"


def strength_rows():
    for algorithm, option, given in dict.fromkeys((s.algorithm, s.option, s.given) for s in ALL_TRIED):
        each = [s for s in ALL_TRIED if (s.algorithm, s.option, s.given) == (algorithm, option, given)]
        others = "".join(f", {name} {value:g}" for name, value in given)
        for value in sorted({value for tried in each for value in tried.values}):
            found = [" / ".join(strength_returns(each, task, value)) for task in PAPER_TASKS]
            yield f"| {NAMES[algorithm]} | {option} {value:g}{others} | {' | '.join(found)} |"


def strength_returns(each, task, value):
    """For each kind of data, the choice in bold; a dash where the value was not tried."""
    for quality in PAPER_QUALITIES:
        (tried,) = (tried for tried in each if quality in tried.qualities)
        if value not in tried.values:
            yield "–"
            continue
        found = return_with(FOUND_STRENGTH, tried, task, quality, value)
        yield bold(f"{found:z.0f}", value == best_value(FOUND_STRENGTH, tried, task, quality))


def maze_rows():
    for tried in MAZE_STRENGTHS:
        pace, best = dict(tried.given), best_in_umaze(tried.algorithm)
        chosen = pace.items() <= best.items()
        of = FOUND_MAZE, tried, "maze2d-umaze", "waypoint"
        found = [
            bold(f"{return_with(*of, value):z.0f}", chosen and value == best["alpha"])
            for value in tried.values
        ]
        found += ["–"] * (3 - len(found))
        options = ", ".join(map(str, pace.values()))
        yield f"| {NAMES[tried.algorithm]} | {options} | {' | '.join(found)} |"


def battle_rows(search):
    """Every option that was tried in battles, with the win rate at the end beside what decides."""
    records = battle_records(search)
    for cell in search.cells:
        tried = [r for r in records if (r.algorithm, r.preset) == (cell.algorithm, cell.label("tuned"))]
        chosen = cell.overrides == best_in_battles(search, records, cell.algorithm)
        options = ", ".join(f"{name} {value}" for name, value in cell.overrides)
        returned, won = later_return(tried), max(tried, key=lambda record: record.updates).win_rate
        yield f"| {NAMES[cell.algorithm]} | {options} | {bold(f'{returned:.1f}', chosen)} | {won:.2f} |"


def renewed(text):
    """The page with the tables of today."""
    tables = (
        ("| learner | task | layer", network_rows()),
        ("| learner | task | network", together_rows()),
        ("| learner | option", strength_rows()),
        ("| learner | learning rate, polyak", maze_rows()),
        ("| learner | in battles", battle_rows(TUNING_SKIRMISH)),
        ("| learner | in large battles", battle_rows(TUNING_LARGE_SKIRMISH)),
    )
    for head, rows in tables:
        table = re.compile(rf"({re.escape(head)}.*\n\|[-|]+\n)(\|.*\n)*")
        body = "\n".join(rows) + "\n"
        text, times = table.subn(lambda found, body=body: found[1] + body, text)
        assert times == 1, f"one table that begins with {head!r}"
    return text


def test_the_page_shows_the_records():
    assert PAGE.read_text() == renewed(PAGE.read_text()), "remedy: python tests/algos/test_tuning.py"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
