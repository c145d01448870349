"""Networks: one small MLP, the actors and critics made of it, and the file that a policy is kept in."""
