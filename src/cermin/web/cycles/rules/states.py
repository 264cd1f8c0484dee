"""The states of a cycle: which follows which, who may bring it about, and what the clock owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cermin.web.cycles.models import PhaseKind, State
from cermin.web.cycles.rules.dates import Spans


class Trigger(StrEnum):
    """Who may bring a transition about."""

    OWNER = "owner"
    CLOCK = "clock"


_OWNER = frozenset({Trigger.OWNER})
_CLOCK = frozenset({Trigger.CLOCK})

TRIGGERS: dict[tuple[State, State], frozenset[Trigger]] = {
    (State.DRAFT, State.SCHEDULED): _OWNER,
    (State.SCHEDULED, State.DRAFT): _OWNER,
    (State.SCHEDULED, State.SURVEY_OPEN): _OWNER | _CLOCK,
    (State.SURVEY_OPEN, State.EVIDENCE_OPEN): _CLOCK,
    (State.SURVEY_OPEN, State.VERIFICATION): _CLOCK,  # evidence has closed before the survey
    (State.SURVEY_OPEN, State.PROCESSING): _CLOCK,  # no worksheet, or all has closed before
    (State.EVIDENCE_OPEN, State.VERIFICATION): _CLOCK,
    (State.VERIFICATION, State.PROCESSING): _CLOCK,
    (State.PROCESSING, State.DECIDED): _OWNER,
    (State.DECIDED, State.PUBLISHED): _OWNER,
    (State.PUBLISHED, State.ARCHIVED): _OWNER,
}

TRANSITIONS: dict[State, frozenset[State]] = {
    state: frozenset(to for origin, to in TRIGGERS if origin is state) for state in State
}

ORDER = {state: number for number, state in enumerate(State)}

# The states that the clock leaves; the others wait for a person.
CLOCKED = tuple(
    state
    for state in State
    if any(Trigger.CLOCK in who for (origin, _to), who in TRIGGERS.items() if origin is state)
)

# While evidence is gathered during the survey, the state is that of the survey.
RUNNING = (State.SURVEY_OPEN, State.EVIDENCE_OPEN, State.VERIFICATION, State.PROCESSING)


@dataclass(frozen=True)
class Due:
    """A transition of the clock and the moment from which it was due."""

    to: State
    at: datetime


def next_states(now: datetime, phases: Spans, state: State) -> tuple[Due, ...]:
    """Return every transition of the clock that is due at ``now``, in order.

    It depends on nothing but the dates and the state, so that the worker may come every minute or
    once after a week: the cycle ends in the same state.
    """
    if state not in CLOCKED or PhaseKind.SURVEY not in phases:
        return ()
    return tuple(
        due for due in _beginnings(phases) if due.at <= now and ORDER[due.to] > ORDER[state]
    )


def is_open(kind: PhaseKind, now: datetime, phases: Spans, state: State) -> bool:
    """Whether a phase takes anything in: by its own dates, whatever the worker has done yet."""
    span = phases.get(kind)
    if span is None or state not in RUNNING:
        return False
    return span.opens_at <= now < span.closes_at


def _beginnings(phases: Spans) -> list[Due]:
    survey = phases[PhaseKind.SURVEY]
    beginnings, ended = [Due(State.SURVEY_OPEN, survey.opens_at)], survey.closes_at
    for kind, state in (
        (PhaseKind.EVIDENCE, State.EVIDENCE_OPEN),
        (PhaseKind.VERIFICATION, State.VERIFICATION),
    ):
        span = phases.get(kind)
        if span is not None and span.closes_at > ended:
            beginnings.append(Due(state, max(ended, span.opens_at)))
            ended = span.closes_at
    return [*beginnings, Due(State.PROCESSING, ended)]
