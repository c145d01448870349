"""Tables, figures and pages made from records. Nothing here trains, and nothing imports JAX."""
