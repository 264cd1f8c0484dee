"""What the survey adds to a cycle; called by name through ``settings.CYCLE_PARTS``."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html

from cermin.core.errors import UserError
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.queries import HomeTask
from cermin.web.organisations.rules import Member
from cermin.web.survey.actions.opening import begin_survey
from cermin.web.survey.presenters.board_panel import board_panel, board_tasks
from cermin.web.survey.presenters.closing_panel import closing_panel, closing_tasks
from cermin.web.survey.queries.keys import box_key_of
from cermin.web.survey.rules.keys import problem_before_opening


def lacking(cycle: Cycle) -> list[UserError]:
    """Return what the survey still needs before its cycle can open."""
    problem = problem_before_opening(box_key_of(cycle))
    return [] if problem is None else [problem]


def entered(cycle: Cycle, *, by: Member, now: datetime) -> None:
    """Begin the survey when the cycle opens."""
    del by
    if cycle.state == State.SURVEY_OPEN:
        begin_survey(cycle=cycle, now=now)


def before_deciding(_cycle: Cycle) -> list[UserError]:
    """Return nothing: whether the survey has led to a result is asked of the results."""
    return []


def home_tasks(cycle: Cycle, member: Member, now: datetime) -> list[HomeTask]:
    """Return what the survey asks of a member today."""
    return [*board_tasks(cycle, member, now), *closing_tasks(cycle, member)]


def panel(cycle: Cycle, member: Member, now: datetime) -> str:
    """Return what the page of a cycle shows of its survey."""
    return format_html("{}{}", closing_panel(cycle, member), board_panel(cycle, member, now))
