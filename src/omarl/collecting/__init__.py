"""Datasets from nothing: online runs, the recipes for them, and what is recorded of them."""
