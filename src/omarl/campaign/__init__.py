"""Many runs: which there are, which are finished, and how the others are carried out."""
