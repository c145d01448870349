"""The page on the experiments of the paper, in Markdown (`docs/reproduction.md`)."""
