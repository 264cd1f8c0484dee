"""Shared calendars: what one agency sets and others follow."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cermin.web.cycles.actions.calendars import change_calendar, create_calendar, follow_calendar
from cermin.web.cycles.forms import CalendarForm, initial_dates
from cermin.web.cycles.models import SharedCalendar
from cermin.web.cycles.presenters.calendars import calendar_page, calendar_row
from cermin.web.cycles.queries.calendars import plan_of_calendar, visible_calendars
from cermin.web.cycles.queries.cycles import cycles_of
from cermin.web.cycles.rules.calendars import check_can_set_calendar
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import permits
from cermin.web.pages.acting import attempt


@agency_page(Role.OWNER)
def calendar_list(request: AgencyRequest) -> HttpResponse:
    """Show the agency's own calendars and those it is offered."""
    rows = [calendar_row(one, request.agency) for one in visible_calendars(request.agency)]
    may_set = permits(check_can_set_calendar, request.member, request.agency)
    return render(request, "cycles/calendar_list.html", {"rows": rows, "may_set": may_set})


@agency_page(Role.OWNER)
def calendar_detail(request: AgencyRequest, calendar_id: int) -> HttpResponse:
    """Show the dates; to the calendar's owner also who follows."""
    calendar = _visible(request, calendar_id)
    cycle = cycles_of(request.agency).filter(year=calendar.year).first()
    page = calendar_page(calendar, request.agency, cycle, request.member)
    return render(request, "cycles/calendar_detail.html", {"page": page, "calendar": calendar})


@agency_page(Role.OWNER)
def calendar_create(request: AgencyRequest) -> HttpResponse:
    """Set a new calendar."""
    check_can_set_calendar(request.member, request.agency)
    form = CalendarForm(request.POST or None, new=True, initial={"year": request.now.year})
    if form.is_valid() and attempt(
        form, create_calendar, agency=request.agency, year=form.cleaned_data["year"],
        chosen=form.chosen(), by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Kalender bersama dibuat."))
        return redirect("calendar_list", request.agency.slug)
    return render(request, "cycles/calendar_form.html", {"form": form})


@agency_page(Role.OWNER)
def calendar_edit(request: AgencyRequest, calendar_id: int) -> HttpResponse:
    """Move the dates of an own calendar and of all who follow it."""
    calendar = get_object_or_404(SharedCalendar, agency=request.agency, pk=calendar_id)
    offers = list(calendar.offers.order_by("agency_class", "agency_code"))
    initial = {
        "name": calendar.name,
        "classes": [one.agency_class for one in offers if one.agency_class],
        "codes": "\n".join(one.agency_code for one in offers if one.agency_code),
        **initial_dates(plan_of_calendar(calendar)),
    }
    form = CalendarForm(request.POST or None, new=False, initial=initial)
    if form.is_valid() and attempt(
        form, change_calendar, calendar=calendar, chosen=form.chosen(),
        reason=form.cleaned_data["reason"], by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Kalender disimpan; periode yang mengikutinya ikut bergeser."))
        return redirect("calendar_detail", request.agency.slug, calendar_id)
    return render(request, "cycles/calendar_form.html", {"form": form, "calendar": calendar})


@agency_page(Role.OWNER)
@require_POST
def calendar_follow(request: AgencyRequest, calendar_id: int) -> HttpResponse:
    """Let the agency's cycle of that year take its dates from the calendar."""
    calendar = _visible(request, calendar_id)
    cycle = get_object_or_404(cycles_of(request.agency), year=calendar.year)
    follow_calendar(cycle=cycle, calendar=calendar, by=request.member, now=request.now)
    messages.success(request, _("Tanggal periode mengikuti kalender bersama."))
    return redirect("cycle_detail", request.agency.slug, cycle.year)


def _visible(request: AgencyRequest, calendar_id: int) -> SharedCalendar:
    return get_object_or_404(visible_calendars(request.agency), pk=calendar_id)
