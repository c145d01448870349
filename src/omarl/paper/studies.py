"""The paper's claims that are computed rather than learnt, as data; `omarl.studies` computes them."""

from collections.abc import Mapping
from typing import NamedTuple


class Study(NamedTuple):
    """A claim, and how many cases are computed to judge it.

    The rows of its table whose first entry is `drawn` are shown in a figure and not in words.
    """

    claim: str
    cases: int
    drawn: str = ""


STUDIES: Mapping[str, Study] = {
    "fig1d": Study("MA-CQL's actor stays at a poor action, OMAR's leaves it", 2000, "landscape"),
    "theorem1": Study("the return of OMAR's policy has the lower bound of Theorem 1", 1000),
    "runtime": Study("OMAR takes 4.7 % more time for an update than MA-CQL", 9),
}
