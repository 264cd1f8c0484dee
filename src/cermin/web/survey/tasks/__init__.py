"""Long work of the survey, done in the background."""
