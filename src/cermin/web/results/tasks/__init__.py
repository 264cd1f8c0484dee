"""Long work of the results, done in the background."""
