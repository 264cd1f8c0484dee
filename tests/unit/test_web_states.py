"""State machines: every state has its line, every end is one, and only what may follow follows."""

from __future__ import annotations

from typing import Any

import pytest

from cermin.web.organisations.models import UploadState
from cermin.web.organisations.rules.roster import TRANSITIONS as UPLOADS
from cermin.web.results.models import AT_WORK, RunState
from cermin.web.results.rules.states import RUNS
from cermin.web.survey.models import UNFINISHED, MailingState, SheetState, SurveyState
from cermin.web.survey.rules.mailings import TRANSITIONS as MAILINGS
from cermin.web.survey.rules.states import RUNNING, SHEETS, SURVEY
from cermin.web.transitions import before

MACHINES: list[tuple[Any, Any]] = [
    (SurveyState, SURVEY), (SheetState, SHEETS), (MailingState, MAILINGS), (RunState, RUNS),
    (UploadState, UPLOADS),
]  # fmt: skip


@pytest.mark.parametrize(("states", "machine"), MACHINES)
def test_every_state_has_its_line_and_is_reached(states: Any, machine: Any) -> None:
    assert list(machine) == list(states)
    reached, todo = set(), [next(iter(machine))]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += machine[state]
    assert reached == set(states)


@pytest.mark.parametrize(("states", "machine"), MACHINES)
def test_before_is_the_way_back(states: Any, machine: Any) -> None:
    for to in states:
        assert set(before(machine, to)) == {state for state in states if to in machine[state]}


def test_nothing_leaves_an_end() -> None:
    assert [state for state in SurveyState if not SURVEY[state]] == [SurveyState.CLOSED]
    assert tuple(state for state in RunState if RUNS[state]) == AT_WORK
    assert tuple(state for state in MailingState if MAILINGS[state]) == UNFINISHED


def test_ballots_come_in_before_the_closing_only() -> None:
    assert before(SURVEY, SurveyState.CLOSING) == (*RUNNING, SurveyState.STOPPED)
    assert before(SURVEY, SurveyState.OPEN) == (SurveyState.PREPARING,)
