"""The preset `tuned` is what the records of its search say, and the page shows them.

Run as a script, this file writes the page's tables anew.
"""

import re
from itertools import product
from pathlib import Path

from omarl.paper.cells import QUALITIES, TASKS
from omarl.paper.tuning import (
    CONTENDERS,
    LEARNERS,
    MARGIN,
    NETWORKS,
    NETWORKS_FOR,
    STRENGTHS,
    TAUS,
    TUNING_NETWORKS,
    TUNING_STRENGTH,
    overrides,
)
from omarl.presets import settings
from omarl.records.record import BEHAVIOUR, read

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/algorithms/tuning.md"
ALL_TRIED = (*STRENGTHS, TAUS)
NAMES = {"bc": "BC", "td3_bc": "MA-TD3+BC", "icq": "MA-ICQ", "cql": "MA-CQL", "omar": "OMAR"}


def last_records(experiment):
    """The last policy's record by task, learner, kind of data and options."""
    records = read([ROOT / "results" / f"{experiment.id}.csv"])
    return {
        (r.task.split()[0], r.algorithm, r.quality, r.preset.partition(" ")[2]): r
        for r in sorted(records, key=lambda r: r.updates)
        if r.algorithm != BEHAVIOUR
    }


FOUND_NETWORKS = last_records(TUNING_NETWORKS)
FOUND_STRENGTH = last_records(TUNING_STRENGTH)


def options_of(network):
    """A normalisation and a learning rate as records spell them."""
    return " ".join(f"{name}={value}" for name, value in overrides(network))


def network_of(task, algorithm, quality):
    """The first network, unless another is better by more than the margin, each with its best strength."""
    scores = {network: best_with(task, algorithm, quality, network).score for network in NETWORKS}
    first, best = NETWORKS[0], max(NETWORKS, key=scores.get)
    return best if scores[best] > scores[first] + MARGIN else first


def best_with(task, algorithm, quality, network):
    """The record of the best score with this network, whatever the strength."""
    wanted = options_of(network)
    return max(
        (
            record
            for (*cell, options), record in FOUND_NETWORKS.items()
            if cell == [task, algorithm, quality] and (options + " ").startswith(wanted + " ")
        ),
        key=lambda record: record.score,
    )


def options_with(tried, value):
    """The options that replace a preset's to try this value, as records spell them."""
    return " ".join(f"{name}={value}" for name, value in (*tried.given, (tried.option, value)))


def found_with(tried, task, quality, value):
    """The return with this value of the option that was tried, with the network that was chosen."""
    return FOUND_STRENGTH[task, tried.algorithm, quality, options_with(tried, value)].return_mean


def strength_of(tried, task, quality):
    """The value of the largest return on this kind of data."""
    return max(tried.values, key=lambda value: found_with(tried, task, quality, value))


def test_every_cell_of_the_search_was_run():
    for experiment, found in ((TUNING_NETWORKS, FOUND_NETWORKS), (TUNING_STRENGTH, FOUND_STRENGTH)):
        wanted = {
            (cell.task, cell.algorithm, cell.quality, cell.label("").strip()) for cell in experiment.cells
        }
        assert set(found) == wanted


def test_the_preset_has_what_did_best():
    for task, algorithm, (tried_on, qualities) in product(TASKS, LEARNERS, NETWORKS_FOR.items()):
        for quality in qualities:
            config = settings("tuned", algorithm, task, quality).config
            chosen = network_of(task, algorithm, tried_on)
            assert (config.normalisation, config.learning_rate) == chosen, (task, algorithm, quality)
    for tried in ALL_TRIED:
        for task, quality in product(TASKS, tried.qualities):
            config = settings("tuned", tried.algorithm, task, quality).config
            assert getattr(config, tried.option) == strength_of(tried, task, quality), (tried, task, quality)


def bold(text, chosen):
    return f"**{text}**" if chosen else text


def network_rows():
    for algorithm, task in product(LEARNERS, TASKS):
        found = [" / ".join(network_returns(task, algorithm, network)) for network in NETWORKS]
        yield f"| {NAMES[algorithm]} | {task} | {' | '.join(found)} |"


def network_returns(task, algorithm, network):
    """On each kind of data that they were tried on, the choice in bold."""
    for quality in NETWORKS_FOR:
        found = best_with(task, algorithm, quality, network).return_mean
        yield bold(f"{found:z.0f}", network == network_of(task, algorithm, quality))


def together_rows():
    """The conservative learners' returns with each contender and alpha."""
    for algorithm, task, network in product(("cql", "omar"), TASKS, CONTENDERS):
        each = [s for s in STRENGTHS if s.algorithm == algorithm]
        values = sorted({value for tried in each for value in tried.values})
        found = [" / ".join(together_returns(each, task, network, value)) for value in values]
        yield f"| {NAMES[algorithm]} | {task} | {network[0]}, {network[1]:g} | {' | '.join(found)} |"


def together_returns(each, task, network, value):
    """For each kind of data that networks were tried on; a dash where the value was not tried."""
    for quality in NETWORKS_FOR:
        (tried,) = (tried for tried in each if quality in tried.qualities)
        options = f"{options_of(network)} {options_with(tried, value)}"
        record = FOUND_NETWORKS.get((task, tried.algorithm, quality, options))
        yield "–" if record is None else f"{record.return_mean:z.0f}"


def strength_rows():
    for algorithm, option, given in dict.fromkeys((s.algorithm, s.option, s.given) for s in ALL_TRIED):
        each = [s for s in ALL_TRIED if (s.algorithm, s.option, s.given) == (algorithm, option, given)]
        others = "".join(f", {name} {value:g}" for name, value in given)
        for value in sorted({value for tried in each for value in tried.values}):
            found = [" / ".join(strength_returns(each, task, value)) for task in TASKS]
            yield f"| {NAMES[algorithm]} | {option} {value:g}{others} | {' | '.join(found)} |"


def strength_returns(each, task, value):
    """For each kind of data, the choice in bold; a dash where the value was not tried."""
    for quality in QUALITIES:
        (tried,) = (tried for tried in each if quality in tried.qualities)
        if value not in tried.values:
            yield "–"
            continue
        found = found_with(tried, task, quality, value)
        yield bold(f"{found:z.0f}", value == strength_of(tried, task, quality))


def renewed(text):
    """The page with the tables of today."""
    tables = (
        ("| learner | task | layer", network_rows()),
        ("| learner | task | network", together_rows()),
        ("| learner | option", strength_rows()),
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
