"""The one clock: views, tasks and commands read it and hand the moment down as ``now``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_set: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """Return this moment, aware of its time zone."""
    return _set.get() or timezone.now()


@contextmanager
def set_to(moment: datetime) -> Iterator[datetime]:
    """Let the clock stand still at ``moment``: for the invented past of the demo."""
    token = _set.set(moment)
    try:
        yield moment
    finally:
        _set.reset(token)
