"""Writes of evidence scores and computations."""
