"""What every page knows of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cermin import __version__


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the demo flag and the version."""
    return {"demo": settings.DEMO, "version": __version__}
