"""The owner's steps through a cycle: schedule, open, extend, decide, publish, archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from cermin.web.cycles.actions.opening import freeze
from cermin.web.cycles.actions.states import enter, locked, record_cycle
from cermin.web.cycles.models import Cycle, Extension, Phase, PhaseKind, State
from cermin.web.cycles.queries.cycles import lacking_of, spans_of, undecided_of
from cermin.web.cycles.rules.dates import end_of
from cermin.web.cycles.rules.permissions import (
    check_can_decide,
    check_can_end_survey_early,
    check_can_extend,
    check_can_move,
    check_can_open,
    check_can_schedule,
)
from cermin.web.organisations.rules import Member


def schedule_cycle(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Hand a complete draft to the clock."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_schedule(by, row, lacking_of(row))
        enter(row, State.SCHEDULED, by=by, now=now)


def unschedule_cycle(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Take a scheduled cycle back from the clock."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_move(by, row, State.DRAFT)
        enter(row, State.DRAFT, by=by, now=now)


def open_survey(*, cycle: Cycle, by: Member, now: datetime, due_at: datetime | None = None) -> None:
    """Freeze all that the result will rest on, and open: by the clock, or earlier by an owner."""
    with transaction.atomic():
        row = locked(cycle)
        survey = spans_of(row).get(PhaseKind.SURVEY)
        check_can_open(by, row, lacking_of(row), survey, now)
        if survey is not None and now < survey.opens_at:
            Phase.objects.filter(cycle=row, kind=PhaseKind.SURVEY).update(opens_at=now)
        frozen = freeze(row, now)
        enter(
            row, State.SURVEY_OPEN, by=by, now=now, due_at=str(due_at or now),
            population=frozen["population"], minimum=frozen["minimum"]["agency"],
            method=frozen["method"], threshold=frozen["threshold"],
        )  # fmt: skip


def extend_phase(
    *, cycle: Cycle, kind: PhaseKind, last_day: date, reason: str, by: Member, now: datetime
) -> None:
    """Move the deadline of a phase to the end of ``last_day``, telling why."""
    with transaction.atomic():
        row = locked(cycle)
        spans = spans_of(row)
        closes_at = end_of(last_day, row.agency.time_zone)
        check_can_extend(by, row, kind, spans, closes_at=closes_at, reason=reason, now=now)
        move_deadlines(row, {kind: closes_at}, reason=reason.strip(), by_name=by.name, now=now)
        record_cycle(
            "phase_extended", row, by=by, now=now, phase=str(kind), reason=reason.strip(),
            old=str(spans[kind].closes_at), new=str(closes_at),
        )  # fmt: skip


def end_survey_early(*, cycle: Cycle, reason: str, by: Member, now: datetime) -> None:
    """End the survey now, the one exception from deadlines that only move later.

    Evidence begins at once if it was to begin after the survey, so that no moment of the year is
    without a phase.
    """
    with transaction.atomic():
        row = locked(cycle)
        survey = spans_of(row).get(PhaseKind.SURVEY)
        check_can_end_survey_early(by, row, survey, reason=reason, now=now)
        row.phases.filter(kind=PhaseKind.SURVEY).update(closes_at=now)
        row.phases.filter(kind=PhaseKind.EVIDENCE, opens_at__gt=now).update(opens_at=now)
        _processing_follows(row)
        record_cycle(
            "survey_ended_early", row, by=by, now=now, reason=reason.strip(),
            old=str(survey.closes_at if survey else ""), new=str(now),
        )  # fmt: skip


def move_deadlines(
    cycle: Cycle, deadlines: Mapping[PhaseKind, datetime], *, reason: str, by_name: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write later deadlines with their reason; processing begins when the last of them has passed.

    Called inside the transaction of an action that has checked them.
    """
    for phase in cycle.phases.filter(kind__in=deadlines):
        closes_at = deadlines[PhaseKind(phase.kind)]
        Extension.objects.create(
            phase=phase, old_closes_at=phase.closes_at, new_closes_at=closes_at,
            reason=reason, by_name=by_name, at=now,
        )  # fmt: skip
        phase.closes_at = closes_at
        phase.save(update_fields=["closes_at"])
    _processing_follows(cycle)


def _processing_follows(cycle: Cycle) -> None:
    others = cycle.phases.exclude(kind=PhaseKind.PROCESSING)
    last = max(others.values_list("closes_at", flat=True))
    cycle.phases.filter(kind=PhaseKind.PROCESSING).update(opens_at=last)


def decide(
    *, cycle: Cycle, decree_number: str, decree_date: date, signatory: str, by: Member,
    now: datetime,
) -> None:  # fmt: skip
    """Record the decree that makes the result official."""
    with transaction.atomic():
        row = locked(cycle)
        zone = ZoneInfo(row.agency.time_zone)
        opened_on, today = (
            (row.opened_at or now).astimezone(zone).date(),
            now.astimezone(zone).date(),
        )
        check_can_decide(
            by, row, decree_number, decree_date, signatory, problems=undecided_of(row),
            opened_on=opened_on, today=today,
        )  # fmt: skip
        row.decree_number, row.decree_date = decree_number.strip(), decree_date
        row.signatory = signatory.strip()
        enter(
            row, State.DECIDED, by=by, now=now,
            decree=row.decree_number, decree_date=str(decree_date), signatory=row.signatory,
        )  # fmt: skip


def publish(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Announce the decided result."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_move(by, row, State.PUBLISHED)
        row.published_at = now
        enter(row, State.PUBLISHED, by=by, now=now)


def archive(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Close the file of a published cycle."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_move(by, row, State.ARCHIVED)
        row.archived_at = now
        enter(row, State.ARCHIVED, by=by, now=now)
