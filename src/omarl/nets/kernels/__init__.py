"""Computations in the form that is fast on a CPU: sums along long axes, and rows in cache-sized blocks."""
