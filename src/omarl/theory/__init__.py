"""Theorem 1 of the paper, checked exactly on small random problems.

Everything is float64 numpy and tabular: policies are evaluated by solving linear equations, and deterministic
policies are enumerated, so that what is reported is not a matter of convergence.
"""

from omarl.theory.check import BoundFinding, check_theorem, findings_table

__all__ = ["BoundFinding", "check_theorem", "findings_table"]
