"""Pages of evidence scores and results."""
