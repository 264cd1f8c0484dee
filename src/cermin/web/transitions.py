"""State machines are dicts: from each state to those that may follow it.

Who writes a new state filters the row by `before`, so that one statement both checks and writes;
``docs/generate.py`` draws the diagrams from the same dicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

StateT = TypeVar("StateT", bound=str)
Transitions = Mapping[StateT, frozenset[StateT]]


def before(transitions: Transitions[StateT], to: StateT) -> tuple[StateT, ...]:
    """Return the states from which ``to`` may be entered."""
    return tuple(state for state, after in transitions.items() if to in after)
