"""Writes of the site as a whole: set-up, installation, backup, background work."""
