"""Compiled stretches of updates: on recordings, and in turns with playing."""
