"""Records: what a run leaves in tables, one row per evaluation."""
