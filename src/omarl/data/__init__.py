"""Datasets: what they are, where they are stored, how they are checked, imported and exported."""
