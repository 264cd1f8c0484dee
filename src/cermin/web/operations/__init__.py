"""The house as a whole: set-up, home pages, background work, backup."""
