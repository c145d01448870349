"""What records say: groups of runs, statistics of few runs, and verdicts on claims."""
