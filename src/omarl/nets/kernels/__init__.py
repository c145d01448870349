"""What is fast on a CPU: sums along long axes, and rows in blocks that fit a core's cache."""
