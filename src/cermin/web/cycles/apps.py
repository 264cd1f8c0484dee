"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class CyclesConfig(AppConfig):
    """The yearly evaluation: its calendar, its settings, its states."""

    name = "cermin.web.cycles"
    label = "cycles"
