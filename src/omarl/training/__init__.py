"""Fitting learners to recordings, learning while acting, evaluating, and keeping what was learnt."""
