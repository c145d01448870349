"""Import of tables: logs with one row per episode, step and agent, or with one per episode and step."""

from omarl.data.imports.tables.reader import from_table

__all__ = ["from_table"]
