"""Reads of shared calendars: the one deliberate sight from one agency to another."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from cermin.web.cycles.models import PhaseKind, SharedCalendar
from cermin.web.cycles.rules.dates import Days
from cermin.web.organisations.models import Agency


def visible_calendars(agency: Agency) -> QuerySet[SharedCalendar]:
    """Return what ``agency`` owns, is offered or follows; other calendars do not exist for it."""
    visible = Q(agency=agency) | offered_condition(agency) | Q(followers__agency=agency)
    found = SharedCalendar.objects.filter(visible).distinct()
    return found.select_related("agency").prefetch_related("phases", "offers")


def is_offered(calendar: SharedCalendar, agency: Agency) -> bool:
    """Whether ``agency`` may follow ``calendar``."""
    found = SharedCalendar.objects.filter(Q(agency=agency) | offered_condition(agency))
    return found.filter(pk=calendar.pk).exists()


def offered_condition(agency: Agency) -> Q:
    """Return the condition that a calendar is offered to ``agency``, by class or by code."""
    return Q(offers__agency_class=agency.agency_class) | Q(offers__agency_code=agency.code)


def plan_of_calendar(calendar: SharedCalendar) -> dict[PhaseKind, Days]:
    """Return the days of a calendar, in the order of the year."""
    phases = {phase.kind: phase for phase in calendar.phases.all()}
    return {
        kind: Days(phases[kind].first_day, phases[kind].last_day)
        for kind in PhaseKind
        if kind in phases
    }


def follower_names(calendar: SharedCalendar) -> list[str]:
    """Return the names of the agencies that follow; only the calendar's owner may be shown them."""
    return list(calendar.followers.order_by("agency__name").values_list("agency__name", flat=True))
