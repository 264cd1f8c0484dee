"""Reads of cycles, and what they ask of each person today."""

from __future__ import annotations

from cermin.web.cycles.queries.cycles import current_cycle, cycles_of, spans_of
from cermin.web.cycles.queries.home import HomeTask, home_tasks

__all__ = ["HomeTask", "current_cycle", "cycles_of", "home_tasks", "spans_of"]
