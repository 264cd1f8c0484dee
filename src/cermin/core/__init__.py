"""Pure statistics and rules: no files, no clock, no randomness without a seed."""
