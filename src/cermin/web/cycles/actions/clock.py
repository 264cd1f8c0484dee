"""What time brings about: phases open and close by themselves, also after a time out of work."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import kept
from cermin.web.cycles.actions.running import open_survey
from cermin.web.cycles.actions.states import enter, locked, record_cycle
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.rules.permissions import check_can_move
from cermin.web.cycles.rules.states import CLOCKED, Due, next_states
from cermin.web.organisations.rules import Member, system_member

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Happening:
    """What the clock did to one cycle; ``problem`` says why it could do nothing."""

    agency: str
    year: int
    to: State | None
    problem: str = ""


def run_due_phases(*, now: datetime, page: str = "pekerja latar") -> list[Happening]:
    """Do every transition that is due, each cycle in a transaction of its own.

    Two workers at the same time do nothing twice, and a cycle that fails stops no other.
    """
    happened: list[Happening] = []
    for cycle in _cycles_with_begun_phases(now):
        if not next_states(now, spans_of(cycle), State(cycle.state)):
            continue
        try:
            happened += _advance(cycle, now, page)
        except Exception as error:
            logger.exception("cycle %s of %s could not advance", cycle.year, cycle.agency.slug)
            happened.append(Happening(cycle.agency.slug, cycle.year, None, repr(error)))
    return happened


def _cycles_with_begun_phases(now: datetime) -> list[Cycle]:
    found = Cycle.objects.filter(state__in=CLOCKED, phases__opens_at__lte=now).distinct()
    return list(found.select_related("agency").prefetch_related("phases").order_by("pk"))


def _advance(cycle: Cycle, now: datetime, page: str) -> list[Happening]:
    happened = []
    with transaction.atomic():
        row = locked(cycle)  # another worker may have been here since
        by = system_member(row.agency, page)
        for due in next_states(now, spans_of(row), State(row.state)):
            problem = _do(row, due, by, now)
            if problem is not None:
                happened += _block(row, problem, by, now)
                break
            happened.append(Happening(row.agency.slug, row.year, due.to))
            row = locked(row)
    return happened


def _do(cycle: Cycle, due: Due, by: Member, now: datetime) -> UserError | None:
    if due.to is State.SURVEY_OPEN:
        try:
            with transaction.atomic():
                open_survey(cycle=cycle, by=by, now=now, due_at=due.at)
        except UserError as problem:
            return problem
        return None
    check_can_move(by, cycle, due.to)
    enter(cycle, due.to, by=by, now=now, due_at=str(due.at))
    return None


def _block(cycle: Cycle, problem: UserError, by: Member, now: datetime) -> list[Happening]:
    """Keep why the survey could not open; told once, however often the clock tries again."""
    blocked = kept(problem)
    if cycle.blocked == blocked:
        return []
    cycle.blocked = blocked
    cycle.save(update_fields=["blocked"])
    record_cycle("survey_opening_blocked", cycle, by=by, now=now, reason=str(problem))
    return [Happening(cycle.agency.slug, cycle.year, None, str(problem))]
