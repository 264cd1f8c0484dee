"""Cermin: the yearly evaluation of the BerAKHLAK work culture, from files to report."""

__version__ = "0.1.0"
