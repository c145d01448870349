"""The paper's experiments and printed numbers as data; nothing here imports JAX."""
