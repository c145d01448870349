"""The verbs: each file reads options, calls one function, and prints."""
