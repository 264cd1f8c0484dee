"""Shared calendars: setting one for many agencies, moving it, following it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor
from cermin.web.cycles.actions.running import move_deadlines
from cermin.web.cycles.actions.set_up import spans_in, write_dates
from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import (
    NOT_OPENED,
    CalendarOffer,
    CalendarPhase,
    Cycle,
    PhaseKind,
    SharedCalendar,
    State,
)
from cermin.web.cycles.queries.calendars import is_offered, plan_of_calendar
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.rules.calendars import (
    check_calendar,
    check_calendar_move,
    check_can_follow,
    check_can_set_calendar,
    check_can_unfollow,
)
from cermin.web.cycles.rules.dates import Plan, Spans, kinds_of, restricted
from cermin.web.cycles.rules.states import RUNNING
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member


@dataclass(frozen=True)
class CalendarChoice:
    """What the owner of a calendar writes down."""

    name: str
    plan: Plan
    classes: tuple[str, ...]
    codes: tuple[str, ...]


def create_calendar(
    *, agency: Agency, year: int, chosen: CalendarChoice, by: Member, now: datetime
) -> SharedCalendar:
    """Set dates that other agencies may follow."""
    check_can_set_calendar(by, agency)
    chosen = _joined(chosen)
    check_calendar(chosen.name, year, chosen.plan, chosen.classes, chosen.codes)
    with transaction.atomic():
        Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)  # two people, one name
        _check_name_is_free(agency, year, chosen.name)
        calendar = SharedCalendar.objects.create(
            agency=agency, year=year, name=chosen.name.strip(), created_at=now
        )
        _write(calendar, chosen)
        _record("calendar_created", calendar, by=by, now=now, dates=_plain(chosen.plan))
    return calendar


def change_calendar(
    *, calendar: SharedCalendar, chosen: CalendarChoice, reason: str, by: Member, now: datetime
) -> list[str]:
    """Move the dates, and with them those of every cycle that follows; return whose moved."""
    check_can_set_calendar(by, calendar.agency)
    chosen = _joined(chosen)
    check_calendar(chosen.name, calendar.year, chosen.plan, chosen.classes, chosen.codes)
    with transaction.atomic():
        row = SharedCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
        old = plan_of_calendar(row)
        check_calendar_move(old, chosen.plan, reason, now)
        _check_name_is_free(row.agency, row.year, chosen.name, but=row)
        row.name = chosen.name.strip()
        row.save(update_fields=["name"])
        _write(row, chosen)
        moved = [] if old == chosen.plan else _move_followers(row, chosen.plan, reason, now)
        _record(
            "calendar_changed", row, by=by, now=now, reason=reason.strip(),
            old=_plain(old), new=_plain(chosen.plan), followers_moved=len(moved),
        )  # fmt: skip
    return moved


def follow_calendar(*, cycle: Cycle, calendar: SharedCalendar, by: Member, now: datetime) -> None:
    """Take the dates from a calendar, now and whenever it moves."""
    with transaction.atomic():
        # The calendar first, as whoever moves it does: neither waits for the other for ever.
        source = SharedCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
        row = locked(cycle)
        check_can_follow(by, row, source, offered=is_offered(source, row.agency))
        row.calendar = source
        row.save(update_fields=["calendar"])
        write_dates(row, _spans_for(row, plan_of_calendar(source)))
        record_cycle("calendar_followed", row, by=by, now=now, calendar=source.name)


def unfollow_calendar(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Keep the dates, as the agency's own from now on."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_unfollow(by, row)
        name = row.calendar.name if row.calendar else ""
        row.calendar = None
        row.save(update_fields=["calendar"])
        record_cycle("calendar_unfollowed", row, by=by, now=now, calendar=name)


def _joined(chosen: CalendarChoice) -> CalendarChoice:
    return replace(chosen, plan=restricted(chosen.plan, tuple(PhaseKind)))


def _move_followers(calendar: SharedCalendar, plan: Plan, reason: str, now: datetime) -> list[str]:
    moved = []
    for cycle in calendar.followers.order_by("pk"):
        row = locked(cycle)
        movable = State(row.state) in (*NOT_OPENED, *RUNNING) and row.calendar_id == calendar.pk
        after = _spans_for(row, plan)
        if movable and spans_of(row) != after:
            _move(row, calendar, after, reason.strip(), now)
            moved.append(row.agency.name)
    return moved


def _move(cycle: Cycle, calendar: SharedCalendar, after: Spans, reason: str, now: datetime) -> None:
    if State(cycle.state) in RUNNING:
        before = spans_of(cycle)
        later = {
            kind: span.closes_at
            for kind, span in after.items()
            if span.closes_at > before[kind].closes_at
        }
        move_deadlines(cycle, later, reason=reason, by_name=calendar.agency.name, now=now)
    write_dates(cycle, after)
    record(
        # The follower is told which agency moved its dates, not which person there.
        "calendar_moved", by=Actor(id="", name=calendar.agency.name, page=calendar.name), now=now,
        agency=cycle.agency.slug, object_type="cycle", object_id=cycle.pk, year=cycle.year,
        reason=reason,
    )  # fmt: skip


def _spans_for(cycle: Cycle, plan: Plan) -> Spans:
    kinds = kinds_of(worksheet=bool(cycle.worksheet))
    return spans_in(restricted(plan, kinds), cycle.agency.time_zone)


def _write(calendar: SharedCalendar, chosen: CalendarChoice) -> None:
    for kind, days in chosen.plan.items():
        CalendarPhase.objects.update_or_create(
            calendar=calendar,
            kind=kind,
            defaults={"first_day": days.first, "last_day": days.last},
        )
    calendar.offers.all().delete()
    offers = [CalendarOffer(calendar=calendar, agency_class=one) for one in _once(chosen.classes)]
    offers += [CalendarOffer(calendar=calendar, agency_code=one) for one in _once(chosen.codes)]
    CalendarOffer.objects.bulk_create(offers)


def _once(words: Sequence[str]) -> list[str]:
    return sorted(set(words))


def _check_name_is_free(
    agency: Agency, year: int, name: str, but: SharedCalendar | None = None
) -> None:
    same = SharedCalendar.objects.filter(agency=agency, year=year, name=name.strip())
    if same.exclude(pk=but.pk if but else 0).exists():
        raise UserError(
            N_("Kalender dengan nama itu sudah ada untuk tahun {year}."), year=str(year)
        )


def _plain(plan: Plan) -> Mapping[str, list[str]]:
    return {str(kind): [str(days.first), str(days.last)] for kind, days in plan.items()}


def _record(
    action: str, calendar: SharedCalendar, *, by: Member, now: datetime, **details: object
) -> None:
    record(
        action, by=by, now=now, agency=calendar.agency.slug, object_type="calendar",
        object_id=calendar.pk, name=calendar.name, **details,
    )  # fmt: skip
