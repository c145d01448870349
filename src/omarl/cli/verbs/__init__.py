"""The verbs: each file parses, calls one function, and prints."""
