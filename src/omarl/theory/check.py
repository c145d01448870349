"""How often, and by how much, Theorem 1 holds over many random problems."""

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
    """What was found for one reading and one alpha; shares are in [0, 1] of the problems with a solution.

    `solved` is the share of problems that have a solution at all. `holds` says how often the bound does,
    `slack` (lowest, median) by how much. `promises` is how often the right side is positive, `improves` how
    often the policy returns at least what the behaviour policy does.
    """

    reading: str
    weights: Weights
    solved: float
    holds: float
    slack: tuple[float, float]
    promises: float
    improves: float


def kindest(problem: Problem, reading: Reading, weights: Weights) -> Float[np.ndarray, "sides"] | None:
    """Left and right side at the solution at which the bound is nearest to holding; None without solution."""
    policies, targets = reading(problem, weights)
    found = sides(problem, policies, targets, weights)
    return np.asarray(found)[:, np.argmax(found.slack)] if len(policies) else None


def finding_of(name: str, weights: Weights, found: Sequence[np.ndarray | None]) -> BoundFinding:
    """The finding of one reading; NaN where no problem has a solution."""
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
    """What holds of Theorem 1 on random problems: one finding per alpha and reading of the theorem.

    `temperature` is that of the behaviour policy softmax(Q* / temperature): near zero it is the optimal
    policy, far above the rewards' range of 1 it is uniform. Raises `RequestError` where tau is not in [0, 1).
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
    """The findings as lines of text."""
    lines = ["reading         alpha  solved   holds   lowest   median  promises  improves"]
    for f in findings:
        shares = f"{f.solved:8.1%}{f.holds:8.1%}{f.slack[0]:z9.3f}{f.slack[1]:z9.3f}"
        lines.append(f"{f.reading:<14}{f.weights.alpha:7}{shares}{f.promises:10.1%}{f.improves:10.1%}")
    return "\n".join(lines).replace("nan%", "   -").replace("nan", "  -")
