"""Hyperparameters as data, in four presets.

`paper` follows the text of Pan et al. 2022 literally: discount 0.99, no normalisation, no clipping.
`official` follows the released code: input normalisation by batch statistics, clipped gradients, a penalty on
actions, discount 0.95, a batch for each agent, and its table of alpha, tau and updates.
`tuned` is what our small search chose for every learner, see docs/algorithms/tuning.md.
`online` is for learning while acting: MATD3 as it makes our datasets, also with OMAR's actor loss (Sec. B.4).
A dataset that is not in a table (another task, a user's own data) takes the table's `None` entry.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from omarl.algos import ALGORITHMS
from omarl.algos.base import ActorConfig
from omarl.errors import RequestError, choose
from omarl.nets.actors_critics import VIEWS
from omarl.paper.cells import MAZES, SKIRMISHES
from omarl.paper.hyperparameters import (
    OFFICIAL_ALPHA,
    OFFICIAL_TAU,
    PAPER_TAU,
    UPDATES,
    Number,
    TaskQuality,
    by_quality,
    cells,
    in_mazes,
    in_skirmishes,
)


class Settings(NamedTuple):
    """A learner's configuration and its number of updates."""

    config: ActorConfig
    updates: int


COMMON_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "paper": {
        "learning_rate": 0.01,
        "discount": 0.99,
        "normalisation": "none",
        "gradient_clip": 1e9,
    },
    "official": {
        "learning_rate": 0.01,
        "discount": 0.95,
        "normalisation": "batch",
        "gradient_clip": 0.5,
        "action_penalty": 1e-3,
        "sampling": "per-agent",
    },
    "tuned": {
        "learning_rate": 0.01,
        "discount": 0.95,
        "normalisation": "layer",
        "gradient_clip": 0.5,
        "action_penalty": 1e-3,
        "sampling": "per-agent",
    },
    "online": {
        "critic": "centralised",
        "hidden": (128, 128),
        "learning_rate": 5e-4,
        "batch_size": 512,
        "reward_scale": 0.1,
        "target_noise": 0.2,
    },
}
"""Each preset's values for all learners; a learner without such a field ignores the value."""

TUNED_MAZE: Mapping[str, Any] = {
    "batch_size": 256,
    "discount": 0.99,
    "gradient_clip": 10.0,
    "sampling": "joint",
}
"""What both learners share where hundreds of steps lie between an action and its reward."""

TUNED_SKIRMISH: Mapping[str, Any] = {
    "learning_rate": 1e-3,
    "batch_size": 256,
    "discount": 0.99,
    "reward_scale": 0.1,
    "gradient_clip": 10.0,
    "action_penalty": 0.0,
    "sampling": "joint",
    "cql_samples": 70,
    "search_samples": 24,
}
"""What all learners share in battles. So many samples cover every choice: nothing is left to chance."""

TASK_FIELDS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "official": {
        "halfcheetah-2x3": {
            "batch_size": 256,
            "hidden": (256, 256),
            "learning_rate": 3e-4,
            "polyak": 0.005,
            "cql_policy_samples": 10,
            "search": "cem",
            "search_iterations": 2,
            "search_samples": 20,
            "search_elites": 5,
        }
    },
    "tuned": {**dict.fromkeys(MAZES, TUNED_MAZE), **dict.fromkeys(SKIRMISHES, TUNED_SKIRMISH)},
    "online": {
        "halfcheetah-2x3": {
            "learning_rate": 1e-3,
            "batch_size": 256,
            "polyak": 0.005,
            "discount": 0.95,
            "reward_scale": 1.0,
        },
        **{task: {"hidden": (64, 64), "batch_size": 256, "discount": 0.99} for task in SKIRMISHES},
    },
}
"""Each preset's values for all learners on the data of one task, by task (see `settings`)."""

ROUNDS: Mapping[str, Mapping[str, int]] = {
    "halfcheetah-2x3": {"environments": 4, "updates_per_iteration": 2000, "random_steps": 10_000},
    **{task: {"updates_per_iteration": 50, "random_steps": 10_000} for task in SKIRMISHES},
}
"""How playing and learning alternate online, by task: fields of `training.online.OnlineConfig`."""

OWN: Mapping[str, Mapping[str, Mapping[str, Mapping[TaskQuality, Any]]]] = {
    "paper": {
        "cql": {"alpha": OFFICIAL_ALPHA},
        "omar": {"alpha": OFFICIAL_ALPHA, "tau": PAPER_TAU},
    },
    "official": {
        "cql": {"alpha": OFFICIAL_ALPHA},
        "omar": {"alpha": OFFICIAL_ALPHA, "tau": OFFICIAL_TAU},
    },
    "tuned": {
        "td3_bc": {
            "learning_rate": cells({"world": (0.003, 0.003, 0.01, 0.01)}, otherwise=0.01)
            | in_skirmishes(0.01, large=0.001),
            "alpha": cells(
                {"spread": (160, 160, 40, 10), "tag": (40, 640, 40, 2.5), "world": (40, 640, 10, 2.5)},
                otherwise=2.5,
            )
            | in_skirmishes(40.0, large=10.0),
            "policy_gradient": in_skirmishes("weighed"),
        },
        "icq": {
            "normalisation": by_quality({"world": ("batch", "batch", "layer", "layer")}, otherwise="layer"),
            "temperature": cells(
                {"spread": (1000, 10, 100, 1000), "tag": (0.1, 1, 100, 100), "world": (1, 1, 100, 1000)},
                otherwise=10,
            )
            | in_skirmishes(0.1),
            "polyak": in_skirmishes(0.05),
        },
        "cql": {
            "normalisation": by_quality({"world": ("layer", "layer", "batch", "batch")}, otherwise="layer"),
            "policy_gradient": in_skirmishes("weighed"),
            "reward_scale": in_skirmishes(0.1, large=10.0),
            "action_penalty": in_skirmishes(0.01),
            "learning_rate": cells({"world": (0.003, 0.003, 0.01, 0.01)}, otherwise=0.01)
            | in_mazes(0.0003)
            | in_skirmishes(0.01, large=0.001),
            "polyak": in_mazes(0.02) | in_skirmishes(0.05),
            "alpha": cells(
                {"spread": (5, 0.5, 1, 5), "tag": (5, 0.02, 0.5, 1), "world": (0.02, 0.1, 20, 20)},
                otherwise=1,
            )
            | in_mazes(0.005)
            | in_skirmishes(5.0, large=20.0),
        },
        "omar": {
            "normalisation": by_quality({"world": ("batch", "batch", "layer", "layer")}, otherwise="layer"),
            "policy_gradient": in_skirmishes("weighed"),
            "reward_scale": in_skirmishes(0.1, large=10.0),
            "learning_rate": cells({"world": (0.01, 0.01, 0.003, 0.003)}, otherwise=0.01)
            | in_mazes(0.0003)
            | in_skirmishes(0.01, large=0.001),
            "polyak": in_mazes(0.02) | in_skirmishes(0.05),
            "alpha": cells(
                {"spread": (5, 0.5, 0.5, 5), "tag": (0.02, 0.02, 0.5, 1), "world": (0.02, 0.1, 5, 5)},
                otherwise=1,
            )
            | in_mazes(0.005)
            | in_skirmishes(5.0, large=20.0),
            "tau": cells(
                {"spread": (0.5, 0.2, 0.5, 1), "tag": (0.9, 0.2, 0.2, 1), "world": (0.5, 0.5, 1, 0.9)},
                otherwise=0.9,
            )
            | in_skirmishes(0.5),
        },
    },
    "online": {"omar": {"alpha": {None: 0.0}, "cql_samples": {None: 1}}},
}
"""Each preset's values for single learners, by field and then by task and quality."""

TUNED_UPDATES = UPDATES | in_mazes(20_000) | in_skirmishes(5_000)

BUDGET: Mapping[str, Mapping[TaskQuality, Number]] = {
    "paper": UPDATES,
    "official": UPDATES,
    "tuned": TUNED_UPDATES,
    "online": {None: 2000},
}
"""Each preset's number of updates, by task and quality."""


def at(table: Mapping[TaskQuality, Any], task: str | None, quality: str | None) -> Any:
    """The table's entry for a task and quality, or that for all others."""
    cell = None if task is None or quality is None else (task, quality)
    return table[cell] if cell in table else table[None]


def settings(
    preset: str,
    algorithm: str,
    task: str | None = None,
    quality: str | None = None,
    critic: str | None = None,
) -> Settings:
    """A learner's configuration and updates by a preset, for one task's dataset and the critic asked for.

    What is closer to the case goes before: its own cell of a learner's table, then the fields of its task,
    then the learner's entry for everything else, then the common fields.

    Raises `RequestError` for an unknown name, or a critic for a learner that has none.
    """
    config_type, _ = choose("algorithm", algorithm, ALGORITHMS)
    common = choose("preset", preset, COMMON_FIELDS)
    known = {field.name for field in fields(config_type)}
    tables, cell = OWN[preset].get(algorithm, {}), (task or "", quality or "")
    layers = (
        common,
        {name: table[None] for name, table in tables.items() if None in table},
        TASK_FIELDS.get(preset, {}).get(task or "", {}),
        {name: table[cell] for name, table in tables.items() if cell in table},
    )
    values = {name: value for layer in layers for name, value in layer.items() if name in known}
    if critic is not None:
        if "critic" not in known:
            raise RequestError(f"critic {critic!r}: {algorithm} has no critics, leave the choice out")
        values["critic"] = choose("critic", critic, {name: name for name in VIEWS})
        values |= {"sampling": "joint"} if critic == "centralised" else {}
    return Settings(config_type(**values), int(at(BUDGET[preset], task, quality)))
