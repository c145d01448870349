"""One run: what it is, how it is carried out, what it leaves, and what was learnt in it."""
