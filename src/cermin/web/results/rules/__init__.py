"""Pure rules of evidence scores, computations and results."""
