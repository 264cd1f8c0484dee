"""Counting: from a snapshot of answers to mergeable integer moments."""
