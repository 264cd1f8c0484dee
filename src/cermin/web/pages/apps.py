"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """What every page shares: layout, style, form fields, exports, error pages."""

    name = "cermin.web.pages"
    label = "pages"
