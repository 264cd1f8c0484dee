"""Template tags of the survey."""
