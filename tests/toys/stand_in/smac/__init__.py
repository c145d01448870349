"""A stand-in for SMAC's package, for machines without the game; `toys.game` installs it for a test."""
