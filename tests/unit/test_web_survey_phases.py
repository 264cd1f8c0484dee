"""Which page stands at the address of a survey: every state, before, during and after its days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cermin.web.survey.models import SurveyState
from cermin.web.survey.rules.phases import Phase, phase_of

OPENS, CLOSES = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 16, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
PREPARING, EARLY, OPEN, CLOSED = Phase

TABLE = {
    SurveyState.PREPARING: (PREPARING, PREPARING, PREPARING, CLOSED),
    SurveyState.OPEN: (EARLY, OPEN, OPEN, CLOSED),
    SurveyState.CLOSING: (CLOSED,) * 4,
    SurveyState.STOPPED: (CLOSED,) * 4,
    SurveyState.CLOSED: (CLOSED,) * 4,
}


@pytest.mark.parametrize("state", SurveyState)
def test_page_of_every_state_at_every_boundary(state: SurveyState) -> None:
    moments = (OPENS - MOMENT, OPENS, CLOSES - MOMENT, CLOSES)
    found = tuple(phase_of(state, opens_at=OPENS, closes_at=CLOSES, now=now) for now in moments)
    assert found == TABLE[state]
