"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what, when and from where: append-only and chained."""

    name = "cermin.web.audit"
    label = "audit"
