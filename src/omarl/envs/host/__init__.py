"""Tasks that are stepped on the host, outside of JAX."""
