"""Networks: one small MLP, the actors and critics made of it, and the files that policies are kept in."""
