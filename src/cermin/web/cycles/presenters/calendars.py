"""Shared calendars as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from cermin.web.cycles.models import Cycle, SharedCalendar
from cermin.web.cycles.presenters.words import range_words
from cermin.web.cycles.queries.calendars import follower_names, plan_of_calendar
from cermin.web.cycles.rules.calendars import (
    check_can_follow,
    check_can_set_calendar,
    check_can_unfollow,
)
from cermin.web.organisations.models import Agency, AgencyClass
from cermin.web.organisations.rules import Member, permits


@dataclass(frozen=True)
class CalendarRow:
    """A calendar in the list."""

    id: int
    year: int
    name: str
    owner: str
    is_own: bool
    dates: list[tuple[str, str]]  # phase, days


@dataclass(frozen=True)
class CalendarPage:
    """A calendar with what this agency may do; ``followers`` and ``offers`` for its owner only."""

    row: CalendarRow
    followers: list[str]
    offers: list[str]
    cycle: Cycle | None
    may_edit: bool
    may_follow: bool
    is_followed: bool


def calendar_row(calendar: SharedCalendar, agency: Agency) -> CalendarRow:
    """Return a calendar as ``agency`` sees it in the list."""
    return CalendarRow(
        id=calendar.pk,
        year=calendar.year,
        name=calendar.name,
        owner=calendar.agency.name,
        is_own=calendar.agency_id == agency.pk,
        dates=[
            (str(kind.label), range_words(days))
            for kind, days in plan_of_calendar(calendar).items()
        ],
    )


def calendar_page(
    calendar: SharedCalendar, agency: Agency, cycle: Cycle | None, member: Member
) -> CalendarPage:
    """Return a calendar as ``agency`` sees it; the caller has made sure that it may."""
    row = calendar_row(calendar, agency)
    followed = cycle is not None and cycle.calendar_id == calendar.pk
    return CalendarPage(
        row=row,
        followers=follower_names(calendar) if row.is_own else [],
        offers=_offers(calendar) if row.is_own else [],
        cycle=cycle,
        may_edit=row.is_own and permits(check_can_set_calendar, member, agency),
        may_follow=cycle is not None
        and not followed
        and permits(check_can_follow, member, cycle, calendar, offered=True),
        is_followed=followed and permits(check_can_unfollow, member, cycle),
    )


def _offers(calendar: SharedCalendar) -> list[str]:
    return [
        str(AgencyClass(one.agency_class).label) if one.agency_class else one.agency_code
        for one in calendar.offers.all()
    ]
