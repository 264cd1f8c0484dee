"""Agencies, who works in them with which role, their units and their roster."""
