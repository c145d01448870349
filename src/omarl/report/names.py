"""How names and numbers are written for people; a name that is not listed stands as it is."""

import math

_ALGORITHMS = {
    "bc": "BC",
    "cql": "MA-CQL",
    "ma-cql": "MA-CQL",
    "td3-bc": "MA-TD3+BC",
    "ma-td3-bc": "MA-TD3+BC",
    "icq": "MA-ICQ",
    "ma-icq": "MA-ICQ",
    "omar": "OMAR",
    "omar-random": "OMAR (random)",
    "omar-cem": "OMAR (CEM)",
    "cql-layer": "MA-CQL (layer)",
    "omar-layer": "OMAR (layer)",
    "omar-bfloat16": "OMAR (bfloat16)",
    "itd3": "ITD3",
    "matd3": "MATD3",
}
_BY_CRITIC = {("td3", "decentralised"): "ITD3", ("td3", "centralised"): "MATD3"}
_TASKS = {
    "spread": "cooperative navigation",
    "tag": "predator–prey",
    "world": "world",
    "line-spread": "spread on a line",
}


def algorithm(name: str) -> str:
    """The name of an algorithm as papers print it."""
    return _ALGORITHMS.get(name.replace("_", "-"), name)


def method(name: str, critic: str) -> str:
    """An algorithm with the critic that it learns by; decentralised, the usual, goes without saying."""
    if (name, critic) in _BY_CRITIC:
        return _BY_CRITIC[name, critic]
    return algorithm(name) + (", centralised" if critic == "centralised" else "")


def task(name: str) -> str:
    """What a task is called in a sentence; parameters after its name follow in brackets."""
    head, _, parameters = name.partition(" ")
    title = _TASKS.get(head, head)
    return f"{title} ({parameters})" if parameters else title


def number(value: float) -> str:
    """A number with one decimal and a true minus sign; a dash where it is unknown."""
    return "–" if math.isnan(value) else f"{value:,.1f}".replace("-", "−")


def rounded(value: float) -> str:
    """A number for small print: one decimal below a hundred, none above."""
    return f"{value:,.0f}".replace("-", "−") if abs(value) >= 100 else number(value)


def interval(middle: float, low: float, high: float) -> str:
    """`middle [low, high]`, or the middle alone where the rest is unknown."""
    return number(middle) if math.isnan(low) else f"{number(middle)} [{number(low)}, {number(high)}]"


def count(value: int) -> str:
    """A whole number with separators for thousands."""
    return f"{value:,}"


def spread(mean: float, std: float) -> str:
    """`mean ± std`, or the mean alone where the spread is unknown."""
    return number(mean) if math.isnan(std) else f"{number(mean)} ± {number(std)}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
