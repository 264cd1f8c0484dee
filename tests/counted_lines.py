"""Which of the processes that tests start count the lines they run: counting takes a third more.

Most of them run what tests inside one process run too.
"""

from __future__ import annotations

import os

_WISH = "COVERAGE_PROCESS_CONFIG"  # coverage measures a new Python process that finds it
_held_back: dict[str, str] = {}


def only_on_demand() -> None:
    """Take the wish to count out of the environment that new processes inherit."""
    if _WISH in os.environ:
        _held_back[_WISH] = os.environ.pop(_WISH)


def counted(environment: dict[str, str]) -> dict[str, str]:
    """Return ``environment`` for a process that counts its lines, if this one does."""
    return environment | _held_back
