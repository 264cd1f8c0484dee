"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The house as a whole: set-up, home pages, background work, backup."""

    name = "cermin.web.operations"
    label = "operations"
