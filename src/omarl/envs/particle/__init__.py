"""Tasks of discs in the plane or on a line: the physics, and one file per task."""
