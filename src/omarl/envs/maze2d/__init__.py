"""Maze2D: a ball that is pushed through a maze to a goal (Fu et al. 2020), in JAX instead of MuJoCo."""
