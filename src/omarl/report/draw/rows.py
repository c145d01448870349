"""Rows of results: one per method and dataset."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from omarl.records.record import BEHAVIOUR
from omarl.report import names
from omarl.report.judge.bootstrap import bootstrap_interval
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import DatasetKey, MethodRuns, by_dataset
from omarl.report.judge.statistics import UNKNOWN, ConfidenceInterval, interquartile_mean, std

WIN_RATE = "win rate"
RESULTS_HEADER = ("method", "seeds", "return", "IQM [95 %]", WIN_RATE, "score", "paper score")


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """The results of a method on a dataset; `seeds` is None for the behaviour policy, which was not trained.

    `return_std` and the second entries of the scores are standard deviations over seeds (NaN for one seed).
    Scores are None where the references are not known, the win rate where the task knows no wins.
    """

    dataset: DatasetKey
    label: str
    seeds: int | None
    return_mean: float
    return_std: float
    return_iqm: float
    return_interval: ConfidenceInterval
    win_rate: tuple[float, float] | None = None
    score: tuple[float, float] | None
    score_paper: tuple[float, float] | None

    def cells(self) -> dict[str, str]:
        """The row as it is printed, by the columns of `RESULTS_HEADER`; without a win rate if it has none."""
        won = {} if self.win_rate is None else {WIN_RATE: names.rate(*self.win_rate)}
        return won | {
            "method": self.label,
            "seeds": "data" if self.seeds is None else str(self.seeds),
            "return": names.with_spread(self.return_mean, self.return_std),
            "IQM [95 %]": _interval(self.return_iqm, self.return_interval),
            "score": names.with_spread(*self.score) if self.score else "–",
            "paper score": names.with_spread(*self.score_paper) if self.score_paper else "–",
        }


def arranged(
    header: Iterable[str], rows: Sequence[Mapping[str, str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The columns of a table, without that of the win rate if no row has one, and its rows in their order."""
    won = any(WIN_RATE in cells for cells in rows)
    columns = tuple(name for name in header if won or name != WIN_RATE)
    return columns, [tuple(cells.get(name, "–") for name in columns) for cells in rows]


def _interval(middle: float, around: ConfidenceInterval) -> str:
    """`middle [low, high]`; the middle alone where the interval is unknown, a dash where both are."""
    if not around.known:
        return names.number(middle)
    return (
        f"{names.short_number(middle)} [{names.short_number(around.low)}, {names.short_number(around.high)}]"
    )


def result_rows(
    groups: Iterable[MethodRuns], datasets: Mapping[DatasetKey, DatasetCard] | None = None
) -> list[ResultRow]:
    """A row per group and per known behaviour policy, dataset by dataset, the best mean return first."""
    found: list[ResultRow] = []
    for dataset, members in by_dataset(groups).items():
        lines = [_row(each) for each in members]
        if datasets and dataset in datasets:
            lines.append(_behaviour(dataset, datasets[dataset]))
        found += sorted(lines, key=lambda row: -row.return_mean)
    return found


def _row(group: MethodRuns) -> ResultRow:
    win_rate, *scores = [
        None if values is None else (float(values.mean()), std(values))
        for values in (group.win_rates, group.scores, group.paper_scores)
    ]
    return ResultRow(
        dataset=group.dataset,
        label=group.label,
        seeds=len(group.returns),
        return_mean=float(group.returns.mean()),
        return_std=std(group.returns),
        return_iqm=float(interquartile_mean(group.returns)),
        return_interval=bootstrap_interval([group.returns]),
        win_rate=win_rate,
        score=scores[0],
        score_paper=scores[1],
    )


def _behaviour(dataset: DatasetKey, card: DatasetCard) -> ResultRow:
    scores = [None if score is None else (score, math.nan) for score in (card.score, card.score_paper)]
    return ResultRow(
        dataset=dataset,
        label=BEHAVIOUR,
        seeds=None,
        return_mean=card.return_mean,
        return_std=math.nan,
        return_iqm=math.nan,
        return_interval=UNKNOWN,
        score=scores[0],
        score_paper=scores[1],
    )
