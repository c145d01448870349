"""From records to tables, figures and one page; nothing here trains, and nothing imports JAX."""
