"""Reads of evidence scores, computations and results."""
