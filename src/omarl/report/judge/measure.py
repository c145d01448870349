"""What runs are compared by: the rate of wins where the task knows them, else the score, else the return."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from omarl.records.record import Record

MeasureUnit = Literal["win rate, %", "score", "return"]


class Measure(NamedTuple):
    """A field of records, and by what it is multiplied to be in its unit."""

    unit: MeasureUnit
    field: str
    factor: float = 1.0
    across_tasks: bool = True
    """Whether the numbers of several tasks can be pooled."""

    def value(self, record: Record) -> float:
        """The number of a record that has one."""
        return self.factor * getattr(record, self.field)

    def known(self, records: Iterable[Record]) -> bool:
        """Whether all records have one."""
        return all(getattr(record, self.field) is not None for record in records)


BY_WINS = Measure("win rate, %", "win_rate", 100.0)
BY_SCORE = Measure("score", "score")
BY_RETURN = Measure("return", "return_mean", across_tasks=False)


def measure_of(records: Iterable[Record], measures: Iterable[Measure] = (BY_WINS, BY_SCORE)) -> Measure:
    """The first of the measures that all records have, or the return."""
    found = list(records)
    return next((each for each in measures if each.known(found)), BY_RETURN)
