"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """What every employee may read: regulations, value sets, the behaviour guide."""

    name = "cermin.web.register"
    label = "register"
