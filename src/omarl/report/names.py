"""How names and numbers are written for readers; a name that is not listed is printed unchanged."""

import math

_ALGORITHMS = {
    "bc": "BC",
    "cql": "MA-CQL",
    "td3_bc": "MA-TD3+BC",
    "icq": "MA-ICQ",
    "omar": "OMAR",
    "omar-random": "OMAR (random)",
    "omar-cem": "OMAR (CEM)",
    "cql-layer": "MA-CQL (layer)",
    "omar-layer": "OMAR (layer)",
    "omar-bfloat16": "OMAR (bfloat16)",
}
_BY_CRITIC = {("td3", "decentralised"): "ITD3", ("td3", "centralised"): "MATD3"}
_TASKS = {
    "spread": "cooperative navigation",
    "tag": "predator–prey",
    "world": "world",
    "line-spread": "spread on a line",
    "halfcheetah-2x3": "two-agent HalfCheetah",
    "maze2d-umaze": "Maze2D umaze",
    "maze2d-medium": "Maze2D medium",
    "maze2d-large": "Maze2D large",
    "skirmish-2s3z": "Skirmish 2s3z",
    "skirmish-3s5z": "Skirmish 3s5z",
    "skirmish-1c3s5z": "Skirmish 1c3s5z",
    "skirmish-2c_vs_64zg": "Skirmish 2c_vs_64zg",
    "smac-2s3z": "SMAC 2s3z",
    "smac-3s5z": "SMAC 3s5z",
    "smac-1c3s5z": "SMAC 1c3s5z",
    "smac-2c_vs_64zg": "SMAC 2c_vs_64zg",
}


def algorithm(name: str) -> str:
    """The name of an algorithm as papers print it."""
    return _ALGORITHMS.get(name, name)


def method(name: str, critic: str) -> str:
    """An algorithm and its critic; the decentralised critic is the usual one and is not mentioned."""
    if (name, critic) in _BY_CRITIC:
        return _BY_CRITIC[name, critic]
    return algorithm(name) + (", centralised" if critic == "centralised" else "")


def task(name: str) -> str:
    """The name of a task in a sentence, its parameters in brackets."""
    head, _, parameters = name.partition(" ")
    title = _TASKS.get(head, head)
    return f"{title} ({parameters})" if parameters else title


def number(value: float) -> str:
    """A number with one decimal and a true minus sign; a dash where it is unknown."""
    return "–" if math.isnan(value) else f"{value:,.1f}".replace("-", "−")


def short_number(value: float) -> str:
    """A number for narrow columns: one decimal below a hundred, none above."""
    return f"{value:,.0f}".replace("-", "−") if abs(value) >= 100 else number(value)


def with_interval(middle: float, low: float, high: float) -> str:
    """`middle [low, high]`, or the middle alone where the interval is unknown."""
    return number(middle) if math.isnan(low) else f"{number(middle)} [{number(low)}, {number(high)}]"


def whole_number(value: int) -> str:
    """A whole number with separators for thousands."""
    return f"{value:,}"


def with_spread(mean: float, std: float) -> str:
    """`mean ± std`, or the mean alone where the standard deviation is unknown."""
    return number(mean) if math.isnan(std) else f"{number(mean)} ± {number(std)}"


def rate(mean: float, std: float) -> str:
    """A fraction as `mean ± std`, or the mean alone where the standard deviation is unknown."""
    return f"{mean:.2f}" if math.isnan(std) else f"{mean:.2f} ± {std:.2f}"


def duration(seconds: float) -> str:
    """A time in seconds, minutes or hours."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
