"""Where a run's updates come from: recordings in memory or streamed, or the learner's own play."""
