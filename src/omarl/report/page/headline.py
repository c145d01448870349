"""The result in words: which method leads, by how much, on which data, and whether the seeds decide it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from omarl.records.record import BEHAVIOUR
from omarl.records.unevaluated import UnevaluatedRun
from omarl.report import names
from omarl.report.judge.cards import DatasetCard
from omarl.report.judge.groups import DatasetKey, MethodRuns, by_dataset
from omarl.report.judge.leader import against, final_return, is_decided, ranked
from omarl.report.judge.statistics import FEWEST_RUNS, std


def headline(groups: Sequence[MethodRuns], datasets: Mapping[DatasetKey, DatasetCard]) -> tuple[str, str]:
    """A title and a paragraph about `groups` as plain text."""
    orders = [ranked(members) for members in by_dataset(groups).values()]
    return _many(orders) if len(orders) > 1 else _one(orders[0], datasets.get(orders[0][0].dataset))


def without_evaluation(runs: Sequence[UnevaluatedRun]) -> tuple[str, str]:
    """A title and a paragraph where nothing was evaluated."""
    learners = ", ".join(dict.fromkeys(names.algorithm(str(run.config["algorithm"])) for run in runs))
    data = ", ".join(dict.fromkeys(run.data for run in runs))
    return (
        f"{learners} on {data}: not evaluated",
        "No policy was played, because no task is known for the data or its environment was not there. "
        "Losses tell whether learning went on, not how good a policy is.",
    )


def _one(order: Sequence[MethodRuns], card: DatasetCard | None) -> tuple[str, str]:
    """Title and paragraph about a single dataset."""
    winner = order[0]
    verb = "" if len(order) == 1 else " wins" if is_decided(*order[:2]) else " leads"
    title = f"{winner.label}{verb} on {winner.dataset.title}"
    sentences = [_ends(winner), *_runner_up(order), *_against_data(winner, card), _evaluated(winner)]
    return title, " ".join(sentences)


def _ends(group: MethodRuns) -> str:
    runs, returned = len(group.returns), names.with_spread(final_return(group), std(group.returns))
    rates = group.win_rates
    won = "" if rates is None else f" and a win rate of {names.rate(float(rates.mean()), std(rates))}"
    seeds = f"{runs} {'seed' if runs == 1 else 'seeds'}"
    return f"{group.label} ends at a mean return of {returned}{won} over {seeds}."


def _runner_up(order: Sequence[MethodRuns]) -> list[str]:
    """A sentence on the distance to the second, and whether the seeds decide it."""
    if len(order) < 2:
        return []
    first, second = order[:2]
    gap = names.number(final_return(first) - final_return(second))
    outcome = against(first, second)
    around = outcome.interval
    if not around.known:
        sure = "with a single seed nothing can be said about chance"
    else:
        span = f"95 % interval of the difference {names.number(around.low)} to {names.number(around.high)}"
        doubt = "too few seeds to call it" if min(outcome.runs) < FEWEST_RUNS else "not decided"
        sure = span if is_decided(first, second) else f"{span}, {doubt}"
    return [f"That is {gap} above {second.label}, the runner-up ({sure})."]


def _against_data(winner: MethodRuns, card: DatasetCard | None) -> list[str]:
    """A sentence on the distance to the policy that recorded the data."""
    if card is None:
        return []
    gap = final_return(winner) - card.return_mean
    return [
        f"It is {names.number(abs(gap))} {'above' if gap >= 0 else 'below'} the {BEHAVIOUR} policy, "
        f"which returned {names.number(card.return_mean)} while it recorded {card.id}: "
        f"{names.whole_number(card.rows)} transitions in {names.whole_number(card.episodes)} episodes."
    ]


def _evaluated(group: MethodRuns) -> str:
    episodes = " or ".join(names.whole_number(n) for n in sorted({record.episodes for record in group.final}))
    return f"Every number is of the last policy, never the best one, over {episodes} episodes per seed."


def _many(orders: Sequence[Sequence[MethodRuns]]) -> tuple[str, str]:
    """Title and paragraph about several datasets."""
    leads = Counter(order[0].label for order in orders)
    leader, count = leads.most_common(1)[0]
    contests = [order for order in orders if len(order) > 1]
    decided = sum(is_decided(*order[:2]) for order in contests)
    shares = ", ".join(f"{label} on {names.whole_number(n)}" for label, n in leads.most_common())
    return (
        f"{leader} leads on {count} of {len(orders)} datasets",
        f"Leaders by final mean return: {shares}. The seeds tell the leader from its runner-up on {decided} "
        f"of {len(contests)} datasets (95 % interval of the difference). {_evaluated(orders[0][0])}",
    )
