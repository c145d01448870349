"""Presets have the values of the paper and its code, and the pages show the values of the presets."""

import re
from dataclasses import fields
from pathlib import Path

import jax
import pytest

from omarl.algos import ALGORITHMS
from omarl.algos.base import ActorConfig, CriticConfig
from omarl.batch import Batch
from omarl.errors import RequestError
from omarl.paper.cells import PRESET_NAMES
from omarl.presets import BUDGET, COMMON_FIELDS, OWN, TASK_FIELDS, settings
from omarl.types import TeamSpec

PAGES = Path(__file__).parents[1] / "docs/algorithms"
PRESETS = PAGES / "presets.md"
QUALITIES = ("random", "medium-replay", "medium", "expert")


def shown(value):
    """A number or a name as a table shows it."""
    return value if isinstance(value, str) else f"{value:.10g}"


def cells(values):
    """One table of the page: a line per task, and one for everything else."""
    tasks = dict.fromkeys(cell[0] for cell in values if cell and cell[1] in QUALITIES)
    yield f"| task | {' | '.join(QUALITIES)} |"
    yield "|---|---|---|---|---|"
    for task in tasks:
        yield f"| {task} | {' | '.join(shown(values[task, q]) for q in QUALITIES)} |"
    if None in values:
        yield f"| any other | {' | '.join([shown(values[None])] * 4)} |"
    for cell, value in values.items():
        if cell and cell[1] not in QUALITIES:
            yield f"| {cell[0]}, {cell[1]} | {shown(value)} | | | |"


def page(preset):
    """The tables of one preset."""
    yield "| field | value |"
    yield "|---|---|"
    yield from (f"| `{name}` | {value} |" for name, value in COMMON_FIELDS[preset].items())
    for task, values in TASK_FIELDS.get(preset, {}).items():
        yield f"\nOn the data of {task}:\n"
        yield "| field | value |"
        yield "|---|---|"
        yield from (f"| `{name}` | {value} |" for name, value in values.items())
    for algorithm, tables in OWN[preset].items():
        for name, values in tables.items():
            yield f"\n`{name}` of {algorithm}:\n"
            yield from cells(values)
    yield "\nUpdates of every agent:\n"
    yield from cells(BUDGET[preset])


def renewed(text):
    """The page with the tables of today."""
    for preset in COMMON_FIELDS:
        section = re.compile(rf"(^## {preset}\n.*?\n\n)\| field.*?\n(?=\n## |\Z)", re.M | re.S)
        text = section.sub(lambda found, preset=preset: found[1] + "\n".join(page(preset)) + "\n", text)
    return text


def test_the_page_shows_the_presets():
    shown = PRESETS.read_text()
    assert re.findall(r"^## (\S+)", shown, re.M) == list(COMMON_FIELDS)
    assert shown == renewed(shown), "renew the tables: .venv/bin/python tests/test_presets.py"


@pytest.mark.parametrize(
    ("preset", "algorithm", "cell", "expected"),
    [  # from the paper and its code, by hand
        ("official", "omar", ("spread", "medium-replay"), {"alpha": 1.0, "tau": 1.0, "discount": 0.95}),
        ("official", "omar", ("world", "medium"), {"alpha": 0.5, "tau": 0.1, "gradient_clip": 0.5}),
        ("official", "cql", ("tag", "expert"), {"alpha": 5.0, "normalisation": "batch"}),
        ("official", "bc", ("tag", "expert"), {"learning_rate": 0.01, "action_penalty": 1e-3}),
        ("paper", "omar", ("tag", "medium"), {"tau": 0.7, "discount": 0.99, "normalisation": "none"}),
        ("paper", "omar", ("their", "own"), {"tau": 0.7, "search_samples": 10, "search_std": 2.0}),
        ("paper", "td3_bc", ("spread", "random"), {"alpha": 2.5, "polyak": 0.01, "batch_size": 1024}),
        ("tuned", "cql", ("skirmish-2s3z", "replay"), {"learning_rate": 0.01, "action_penalty": 0.01}),
        ("tuned", "cql", ("skirmish-2s3z", "own"), {"learning_rate": 0.001, "action_penalty": 0.0}),
        ("tuned", "cql", ("spread", "random"), {"learning_rate": 0.01, "action_penalty": 1e-3}),
    ],
)
def test_what_a_preset_gives(preset, algorithm, cell, expected):
    config = settings(preset, algorithm, *cell).config
    assert {name: getattr(config, name) for name in expected} == expected


def test_budgets():
    assert settings("official", "omar", "spread", "random").updates == 6000
    assert settings("official", "bc", "tag", "medium-replay").updates == 1000


@pytest.mark.parametrize("preset", COMMON_FIELDS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_preset_configures_every_learner(preset, algorithm):
    critic = "centralised" if issubclass(ALGORITHMS[algorithm][0], CriticConfig) else None
    config = settings(preset, algorithm, "spread", "medium", critic).config
    learner = ALGORITHMS[algorithm][1](config, TeamSpec(observation_sizes=(2, 2), action_sizes=(1, 1)))
    state = jax.eval_shape(learner.init, jax.random.key(0))
    assert state.step.shape == (2,) and type(config) is ALGORITHMS[algorithm][0]


def test_an_unknown_preset_is_refused():
    with pytest.raises(
        RequestError, match="unknown preset 'best': choose one of official, online, paper, tuned"
    ):
        settings("best", "omar")


def test_a_critic_for_a_learner_without_one_is_refused():
    with pytest.raises(RequestError, match="critic 'centralised': bc has no critics"):
        settings("paper", "bc", critic="centralised")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_learners_page_names_its_fields_and_its_metrics(algorithm):
    config_type, factory = ALGORITHMS[algorithm]
    base = CriticConfig if issubclass(config_type, CriticConfig) else ActorConfig
    common, own = (PAGES / "index.md").read_text(), (PAGES / f"{algorithm}.md").read_text()
    shared = {field.name for field in fields(base)}
    for name in (field.name for field in fields(config_type)):
        assert f"`{name}`" in (common if name in shared else own), name
    for name in metrics(factory(config_type(), TeamSpec(observation_sizes=(2, 2), action_sizes=(1, 1)))):
        assert f"| `{name}` |" in own + common, name


def metrics(learner):
    """The names of an update's metrics."""
    like = jax.ShapeDtypeStruct
    vectors = {name: like((4, 2, size), float) for name, size in VECTORS.items()}
    masks = {name: like((4, 2, 1), bool) for name in ("legal", "next_legal")}
    flags = {name: like((4, 2), bool) for name in ("terminal", "has_next_action")}
    batch = Batch(reward=like((4, 2), float), **vectors, **masks, **flags)
    return jax.eval_shape(
        lambda b, key: learner.update(learner.init(key), b, key)[1], batch, jax.random.key(0)
    )


VECTORS = {"obs": 2, "action": 1, "next_obs": 2, "next_action": 1}


if __name__ == "__main__":
    PRESETS.write_text(renewed(PRESETS.read_text()))


def test_the_papers_room_knows_every_preset():
    assert set(PRESET_NAMES) == set(COMMON_FIELDS)
