"""Which state of a survey, and of sheets that are printed, may follow which."""

from __future__ import annotations

from cermin.web.survey.models import SheetState, SurveyState

SURVEY: dict[SurveyState, frozenset[SurveyState]] = {
    SurveyState.PREPARING: frozenset({SurveyState.OPEN, SurveyState.CLOSING}),
    SurveyState.OPEN: frozenset({SurveyState.CLOSING}),
    SurveyState.CLOSING: frozenset({SurveyState.STOPPED, SurveyState.CLOSED}),
    SurveyState.STOPPED: frozenset({SurveyState.CLOSING}),
    SurveyState.CLOSED: frozenset(),
}
SHEETS: dict[SheetState, frozenset[SheetState]] = {
    SheetState.QUEUED: frozenset({SheetState.QUEUED, SheetState.READY, SheetState.FAILED}),
    SheetState.READY: frozenset(),
    SheetState.FAILED: frozenset(),
}

# Before its closing begins: codes are worth something, mailings go out.
RUNNING = (SurveyState.PREPARING, SurveyState.OPEN)
