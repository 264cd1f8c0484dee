"""Cycles in words: states, dates in the agency's time, what is frozen, and the diagram."""
