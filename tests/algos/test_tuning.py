"""The preset `tuned` is what the records of its search say, and the page shows them.

Run as a script, this file writes the page's tables anew.
"""

import re
from itertools import product
from pathlib import Path

from omarl.algos.presets import settings
from omarl.experiments.cells import QUALITIES, TASKS
from omarl.experiments.records import BEHAVIOUR, read
from omarl.experiments.tuning import (
    LEARNERS,
    MARGIN,
    NETWORKS,
    NETWORKS_FOR,
    RENEWED,
    STRENGTHS,
    TUNING_NETWORKS,
    TUNING_STRENGTH,
)

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/algorithms/tuning.md"
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
    """A normalisation and a learning rate as records have them."""
    normalisation, rate = network
    return f"normalisation={normalisation} learning_rate={rate}"


def network_of(task, algorithm, quality):
    """The first, unless another is better by more than the margin."""
    scores = {network: network_with(task, algorithm, quality, network).score for network in NETWORKS}
    first, best = NETWORKS[0], max(NETWORKS, key=scores.get)
    return best if scores[best] > scores[first] + MARGIN else first


def network_with(task, algorithm, quality, network):
    """The record with this network."""
    return FOUND_NETWORKS[task, algorithm, quality, options_of(network)]


def found_with(tried, task, quality, value):
    """The return with this value of the option that was tried."""
    options = " ".join(f"{name}={value}" for name, value in (*tried.given, (tried.option, value)))
    return FOUND_STRENGTH[task, tried.algorithm, quality, options].return_mean


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
    for task, algorithm, (tried_on, qualities) in product(RENEWED, LEARNERS, NETWORKS_FOR.items()):
        for quality in qualities:
            config = settings("tuned", algorithm, task, quality).config
            chosen = network_of(task, algorithm, tried_on)
            assert (config.normalisation, config.learning_rate) == chosen, (task, algorithm, quality)
    for tried in STRENGTHS:
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
        found = network_with(task, algorithm, quality, network).return_mean
        yield bold(f"{found:z.0f}", network == network_of(task, algorithm, quality))


def strength_rows():
    for algorithm, option, given in dict.fromkeys((s.algorithm, s.option, s.given) for s in STRENGTHS):
        each = [s for s in STRENGTHS if (s.algorithm, s.option, s.given) == (algorithm, option, given)]
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
    for head, rows in (("| learner | task", network_rows()), ("| learner | option", strength_rows())):
        table = re.compile(rf"({re.escape(head)}.*\n\|[-|]+\n)(\|.*\n)*")
        body = "\n".join(rows) + "\n"
        text, times = table.subn(lambda found, body=body: found[1] + body, text)
        assert times == 1, f"one table that begins with {head!r}"
    return text


def test_the_page_shows_the_records():
    assert PAGE.read_text() == renewed(PAGE.read_text()), "remedy: python tests/algos/test_tuning.py"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
