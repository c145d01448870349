"""Skirmishes: battles with SMAC's contract (Samvelyan et al. 2019), fought by a simulator of our own in JAX.

It is not StarCraft II, and its win rates compare only with each other. Whose unit tables these are, what is
modelled and what is left out is in `docs/skirmish.md`.
"""
