"""How often Theorem 1 holds on many random problems, and by what margin."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from omarl.errors import RequestError
from omarl.theory.bound import Weights, sides
from omarl.theory.problem import Problem, random_problem
from omarl.theory.readings import READINGS, Reading

ROUNDING = 1e-9  # returns are at most 1 / (1 - discount)


class BoundFinding(NamedTuple):
    """The results for one reading of the theorem and one alpha.

    `solved` is the share of problems that have a solution. The other shares are of those problems: in `holds`
    the bound holds, in `promises` its right side is positive, in `improves` the policy's return is at least
    the behaviour policy's. `slack` is the lowest and the median margin of the bound.
    """

    reading: str
    weights: Weights
    solved: float
    holds: float
    slack: tuple[float, float]
    promises: float
    improves: float


def kindest(problem: Problem, reading: Reading, weights: Weights) -> Float[np.ndarray, "sides"] | None:
    """Both sides at the solution with the largest margin of the bound; None without a solution."""
    policies, targets = reading(problem, weights)
    found = sides(problem, policies, targets, weights)
    return np.asarray(found)[:, np.argmax(found.slack)] if len(policies) else None


def finding_of(name: str, weights: Weights, found: Sequence[np.ndarray | None]) -> BoundFinding:
    """The finding for one reading; its numbers are NaN if no problem has a solution."""
    solved = np.array([pair for pair in found if pair is not None])
    if len(solved) == 0:
        return BoundFinding(name, weights, 0.0, np.nan, (np.nan, np.nan), np.nan, np.nan)
    left, right = solved.T
    slack = left - right
    return BoundFinding(
        reading=name,
        weights=weights,
        solved=len(solved) / len(found),
        holds=float(np.mean(slack >= -ROUNDING)),
        slack=(float(np.min(slack)), float(np.median(slack))),
        promises=float(np.mean(right > ROUNDING)),
        improves=float(np.mean(left >= -ROUNDING)),
    )


def check_theorem(
    problems: int = 1000,
    seed: int = 0,
    alphas: Sequence[float] = (0.0, 0.01, 0.1, 0.5, 1.0, 5.0),
    tau: float = 0.5,
    temperature: float = 0.3,
) -> list[BoundFinding]:
    """One finding about Theorem 1 on random problems for each alpha and each reading of the theorem.

    The behaviour policy is softmax(Q* / temperature): it is nearly optimal for a temperature near zero, and
    nearly uniform for one far above the rewards' range of 1. Raises `RequestError` if tau is not in [0, 1).
    """
    if problems < 1 or not 0.0 <= tau < 1.0 or temperature <= 0.0 or min(alphas) < 0.0:
        raise RequestError(
            f"problems must be at least 1, tau in [0, 1), temperature above 0 and alphas not negative, "
            f"got {problems}, {tau}, {temperature} and {tuple(alphas)}"
        )
    rng = np.random.default_rng(seed)
    drawn = [random_problem(rng, temperature) for _ in range(problems)]
    return [
        finding_of(name, weights, [kindest(problem, reading, weights) for problem in drawn])
        for name, reading in READINGS.items()
        for weights in (Weights(alpha, tau) for alpha in alphas)
    ]


def findings_table(findings: Sequence[BoundFinding]) -> str:
    """The findings as a table in plain text."""
    lines = ["reading         alpha  solved   holds   lowest   median  promises  improves"]
    for f in findings:
        shares = f"{f.solved:8.1%}{f.holds:8.1%}{f.slack[0]:z9.3f}{f.slack[1]:z9.3f}"
        lines.append(f"{f.reading:<14}{f.weights.alpha:7}{shares}{f.promises:10.1%}{f.improves:10.1%}")
    return "\n".join(lines).replace("nan%", "   -").replace("nan", "  -")
