"""What an engine is: one method that reduces a snapshot to integers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cermin.core.moments import CountTable, TabulationSpec


class Engine(Protocol):
    """Counts a snapshot; every engine returns exactly the same integers."""

    def count(self, snapshot: Path, spec: TabulationSpec) -> CountTable:
        """Return the moments of all cells of ``snapshot``; UserError if it cannot be counted."""
        ...
