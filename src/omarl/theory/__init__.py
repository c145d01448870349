"""Theorem 1 of the paper, checked exactly on small random problems.

Everything is tabular and in float64 numpy: policies are evaluated by solving linear equations and
deterministic policies are enumerated, so results do not depend on convergence.
"""

from omarl.theory.check import BoundFinding, check_theorem, findings_table

__all__ = ["BoundFinding", "check_theorem", "findings_table"]
