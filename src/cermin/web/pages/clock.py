"""The one clock: views, tasks and commands read it and hand the moment down as ``now``."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return this moment, aware of its time zone."""
    return timezone.now()
