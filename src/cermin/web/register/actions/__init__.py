"""Writes of the register, one module per subject."""
