"""The preset `tuned` is what the records of its search say, and the page shows them.

Run as a script, this file writes the page's tables anew.
"""

import re
from itertools import product
from pathlib import Path

from omarl.algos.presets import settings
from omarl.experiments.cells import QUALITIES, TASKS
from omarl.experiments.records import read
from omarl.experiments.tuning import STRENGTHS, TUNING_NETWORKS, TUNING_STRENGTH

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/algorithms/tuning.md"
LEARNERS = {"bc": "BC", "td3_bc": "MA-TD3+BC", "icq": "MA-ICQ", "cql": "MA-CQL", "omar": "OMAR"}


def last_returns(experiment):
    """The last policy's return by task, learner, kind of data and options."""
    records = read([ROOT / "results" / f"{experiment.id}.csv"])
    return {
        (r.task.split()[0], r.algorithm, r.quality, r.preset.removeprefix("tuned ")): r.return_mean
        for r in sorted(records, key=lambda r: r.updates)
    }


NETWORKS = last_returns(TUNING_NETWORKS)
STRENGTH = last_returns(TUNING_STRENGTH)
CHOICES = tuple(dict.fromkeys(options for *_, options in NETWORKS))


def network_of(algorithm):
    """The options of the largest sum over both kinds of data."""
    return max(CHOICES, key=lambda o: sum(network_returns(algorithm, o)))


def network_returns(algorithm, options):
    """On medium-replay and on expert data."""
    return [NETWORKS["spread", algorithm, quality, options] for quality in ("medium-replay", "expert")]


def found_with(tried, task, quality, value):
    """The return with this value of the option that was tried."""
    options = " ".join(f"{name}={value}" for name, value in (*tried.given, (tried.option, value)))
    return STRENGTH[task, tried.algorithm, quality, options]


def strength_of(tried, task, quality):
    """The value of the largest return on this kind of data."""
    return max(tried.values, key=lambda value: found_with(tried, task, quality, value))


def test_every_cell_of_the_search_was_run():
    for experiment, found in ((TUNING_NETWORKS, NETWORKS), (TUNING_STRENGTH, STRENGTH)):
        wanted = {
            (cell.task, cell.algorithm, cell.quality, cell.label("tuned").removeprefix("tuned "))
            for cell in experiment.cells
        }
        assert set(found) == wanted


def test_the_preset_has_what_did_best():
    for algorithm in LEARNERS:
        config = settings("tuned", algorithm, "spread", "medium-replay").config
        chosen = f"normalisation={config.normalisation} learning_rate={config.learning_rate}"
        assert chosen == network_of(algorithm)
    for tried, task, quality in product(STRENGTHS, TASKS, QUALITIES):
        config = settings("tuned", tried.algorithm, task, quality).config
        assert getattr(config, tried.option) == strength_of(tried, task, quality), (tried, task, quality)


def bold(text, chosen):
    return f"**{text}**" if chosen else text


def network_rows():
    for algorithm, name in LEARNERS.items():
        pairs = [
            bold(
                " / ".join(f"{found:.0f}" for found in network_returns(algorithm, o)),
                o == network_of(algorithm),
            )
            for o in sorted(CHOICES, key=order)
        ]
        yield f"| {name} | {' | '.join(pairs)} |"


def order(options):
    """None before batch before layer, the smaller rate first."""
    normalisation, rate = re.fullmatch(r"normalisation=(\w+) learning_rate=(.*)", options).groups()
    return ("none", "batch", "layer").index(normalisation), float(rate)


def strength_rows():
    for tried in STRENGTHS:
        given = "".join(f", {name} {value:g}" for name, value in tried.given)
        for value in tried.values:
            found = [" / ".join(strength_returns(tried, task, value)) for task in TASKS]
            name = LEARNERS[tried.algorithm]
            yield f"| {name} | {tried.option} {value:g}{given} | {' | '.join(found)} |"


def strength_returns(tried, task, value):
    """For each kind of data, the choice in bold."""
    for quality in QUALITIES:
        found = found_with(tried, task, quality, value)
        yield bold(f"{found:z.0f}", value == strength_of(tried, task, quality))


def renewed(text):
    """The page with the tables of today."""
    for head, rows in (("| learner | none", network_rows()), ("| learner | option", strength_rows())):
        table = re.compile(rf"({re.escape(head)}.*\n\|[-|]+\n)(\|.*\n)*")
        body = "\n".join(rows) + "\n"
        text = table.sub(lambda found, body=body: found[1] + body, text)
    return text


def test_the_page_shows_the_records():
    assert PAGE.read_text() == renewed(PAGE.read_text()), "remedy: python tests/algos/test_tuning.py"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
