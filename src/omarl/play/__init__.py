"""Playing episodes of a task with a policy, and judging policies by it."""
