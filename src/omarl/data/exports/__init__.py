"""Exports of datasets in other formats; each is a function of a dataset and a path."""
