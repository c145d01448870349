"""Runs as data: what a run is, how it is carried out, and the records that it leaves."""
