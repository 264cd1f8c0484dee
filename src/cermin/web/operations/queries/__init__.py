"""Reads for the pages of the site itself."""
