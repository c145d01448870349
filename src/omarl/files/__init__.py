"""How files are written, and how those of strangers are read."""
