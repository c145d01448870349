"""What the command line prints: progress, tables and cards."""
