"""Claims that no table of runs decides: what is computed instead."""
