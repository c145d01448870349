"""Datasets on their way out, in formats that others read; one function from a dataset to a path each."""
