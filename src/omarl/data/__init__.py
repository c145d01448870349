"""Datasets: what they are, where they live, what is in them, and how others' formats come in and go out."""
