"""The result in words: who won, by how much, with which data, and how sure the records are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter

from omarl.records.record import BEHAVIOUR
from omarl.report import names, statistics
from omarl.report.contest import Outcome, compare
from omarl.report.groups import Cell, Group, cells
from omarl.report.runs import DatasetCard


def headline(groups: Sequence[Group], datasets: Mapping[Cell, DatasetCard]) -> tuple[str, str]:
    """A title and a paragraph about `groups`; plain text."""
    by_cell = cells(groups)
    if len(by_cell) == 1:
        (cell, members), *_ = by_cell.items()
        return _one(cell, ranked(members), datasets.get(cell))
    return _many([ranked(members) for members in by_cell.values()])


def ranked(groups: Sequence[Group]) -> list[Group]:
    """The groups, best final mean return first."""
    return sorted(groups, key=_mean, reverse=True)


def _mean(group: Group) -> float:
    return float(group.returns.mean())


def place(cell: Cell) -> str:
    """A cell in words."""
    return f"{names.task(cell.task)}, {cell.quality}"


def _contest(first: Group, second: Group) -> Outcome:
    return compare([(first.final, second.final)], attrgetter("return_mean"))


def _decided(first: Group, second: Group) -> bool:
    return _contest(first, second).verdict == "reproduced"


def _one(cell: Cell, order: Sequence[Group], card: DatasetCard | None) -> tuple[str, str]:
    """Title and paragraph about a single dataset."""
    winner = order[0]
    title = f"{winner.label} on {place(cell)}"
    if len(order) > 1:
        verb = "wins" if _decided(*order[:2]) else "leads"
        title = f"{winner.label} {verb} on {place(cell)}"
    sentences = [_ends(winner), *_runner_up(order), *_against_data(winner, card), _evaluated(winner)]
    return title, " ".join(sentences)


def _ends(group: Group) -> str:
    runs, returned = len(group.returns), names.spread(_mean(group), statistics.std(group.returns))
    return (
        f"{group.label} ends at a mean return of {returned} over {runs} {'seed' if runs == 1 else 'seeds'}."
    )


def _runner_up(order: Sequence[Group]) -> list[str]:
    """How far the second is behind, and whether the seeds decide it."""
    if len(order) < 2:
        return []
    first, second = order[:2]
    gap = names.number(_mean(first) - _mean(second))
    outcome = _contest(first, second)
    around = outcome.interval
    if not around.known:
        sure = "with a single seed nothing can be said about chance"
    else:
        span = f"95 % interval of the difference {names.number(around.low)} to {names.number(around.high)}"
        doubt = "too few seeds to call it" if min(outcome.runs) < statistics.FEWEST_RUNS else "not decided"
        sure = span if _decided(first, second) else f"{span}, {doubt}"
    return [f"That is {gap} above {second.label}, the runner-up ({sure})."]


def _against_data(winner: Group, card: DatasetCard | None) -> list[str]:
    """How far the winner is from the policy that recorded the data."""
    if card is None:
        return []
    gap = _mean(winner) - card.return_mean
    return [
        f"It is {names.number(abs(gap))} {'above' if gap >= 0 else 'below'} the {BEHAVIOUR} policy, "
        f"which returned {names.number(card.return_mean)} while it recorded {card.id}: "
        f"{names.count(card.rows)} transitions in {names.count(card.episodes)} episodes."
    ]


def _evaluated(group: Group) -> str:
    episodes = " or ".join(names.count(n) for n in sorted({record.episodes for record in group.final}))
    return f"Every number is of the last policy, never the best one, over {episodes} episodes per seed."


def _many(orders: Sequence[Sequence[Group]]) -> tuple[str, str]:
    """Title and paragraph about several datasets."""
    leads = Counter(order[0].label for order in orders)
    leader, count = leads.most_common(1)[0]
    contests = [order for order in orders if len(order) > 1]
    decided = sum(_decided(*order[:2]) for order in contests)
    shares = ", ".join(f"{label} on {names.count(n)}" for label, n in leads.most_common())
    return (
        f"{leader} leads on {count} of {len(orders)} datasets",
        f"Leaders by final mean return: {shares}. The seeds tell the leader from its runner-up on {decided} "
        f"of {len(contests)} datasets (95 % interval of the difference). {_evaluated(orders[0][0])}",
    )
