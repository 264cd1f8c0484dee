"""What apps above the cycles add to them: named in the settings, since imports only run downwards.

Each part is a module with the functions of `Part`. They are called by name, in the order of
``settings.CYCLE_PARTS``, from the one place where each belongs.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings

from cermin.core.errors import UserError
from cermin.web.cycles.models import Cycle


class Part(Protocol):
    """What an app above adds to a cycle."""

    def lacking(self, cycle: Cycle) -> list[UserError]:
        """Return what must still be done before the cycle can be scheduled or opened."""
        ...

    def entered(self, cycle: Cycle, *, by: Any, now: datetime) -> None:
        """Do what belongs to the state that ``cycle`` has just entered, in its transaction."""
        ...

    def before_deciding(self, cycle: Cycle) -> list[UserError]:
        """Return what must still be done before the result can be decided."""
        ...

    def home_tasks(self, cycle: Cycle, member: Any, now: datetime) -> list[Any]:
        """Return what the app asks of ``member`` today, as tasks of the home page."""
        ...

    def panel(self, cycle: Cycle, member: Any, now: datetime) -> str:
        """Return HTML for the page of the cycle; "" for nothing."""
        ...


@cache
def parts() -> tuple[Part, ...]:
    """Return the parts that this site has."""
    return tuple(cast(Part, import_module(name)) for name in settings.CYCLE_PARTS)
