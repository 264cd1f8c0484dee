"""Pure rules of the survey."""
