"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Agencies, who works in them with which role, their units and their roster."""

    name = "cermin.web.organisations"
    label = "organisations"
