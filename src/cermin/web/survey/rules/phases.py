"""What a visitor of a survey's public address meets."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from cermin.web.survey.models import SurveyState
from cermin.web.survey.rules.states import RUNNING


class Phase(StrEnum):
    """Which page stands at the public address of a survey."""

    PREPARING = "preparing"
    EARLY = "early"  # prepared, but its first day is still to come
    OPEN = "open"
    CLOSED = "closed"


def phase_of(
    state: SurveyState, *, opens_at: datetime, closes_at: datetime, now: datetime
) -> Phase:
    """Return the page that ``state`` and the clock call for."""
    if state not in RUNNING or now >= closes_at:
        return Phase.CLOSED
    if state is SurveyState.PREPARING:
        return Phase.PREPARING
    return Phase.EARLY if now < opens_at else Phase.OPEN
