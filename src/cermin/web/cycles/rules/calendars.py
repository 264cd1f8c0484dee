"""Shared calendars: who may set one, who may follow it, and what may still be moved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import Cycle, PhaseKind, SharedCalendar
from cermin.web.cycles.rules.dates import (
    Plan,
    check_plan,
    end_of,
    midnight,
    missing_kinds,
    numeric,
)
from cermin.web.cycles.rules.permissions import check_can_change_set_up, check_reason
from cermin.web.organisations.models import Agency, AgencyClass, TimeZone
from cermin.web.organisations.rules import Forbidden, Member, check_owner

SETTERS = frozenset({AgencyClass.MINISTRY, AgencyClass.BODY, AgencyClass.PROVINCE})

# The country's days begin in the east: what has begun there has begun.
EASTERNMOST = TimeZone.WIT.value


def check_can_set_calendar(by: Member, agency: Agency) -> None:
    """Owners of an agency that stands over others."""
    check_owner(by, agency)
    if agency.agency_class not in SETTERS:
        raise Forbidden(
            N_("Hanya kementerian, lembaga, atau provinsi yang dapat membuat kalender bersama.")
        )


def check_calendar(
    name: str, year: int, plan: Plan, classes: Collection[str], codes: Collection[str]
) -> None:
    """All dates, in order, and offered to somebody."""
    if not name.strip():
        raise UserError(N_("Isi nama kalender."))
    for kind in missing_kinds(plan, tuple(PhaseKind)):
        raise UserError(N_("Tanggal {phase} belum diisi."), phase=kind.label)
    check_plan(plan, year)
    if not classes and not codes:
        raise UserError(N_("Sebutkan kelas atau kode instansi yang ditawari kalender ini."))
    if not set(classes) <= set(AgencyClass.values):
        raise UserError(N_("Kelas instansi tidak dikenal."))


def check_calendar_move(old: Plan, new: Plan, reason: str, now: datetime) -> None:
    """What has begun may only end later, with a reason; what has ended stays as it was."""
    begun = [kind for kind, days in old.items() if now >= midnight(days.first, EASTERNMOST)]
    for kind in begun:
        was, will = old[kind], new[kind]
        over = now >= end_of(was.last, EASTERNMOST) and kind is not PhaseKind.PROCESSING
        if over and will != was:
            raise UserError(N_("{phase} sudah ditutup; tanggalnya tetap."), phase=kind.label)
        if will.first != was.first or will.last < was.last:
            raise UserError(
                N_("{phase} sudah dimulai: hanya dapat diperpanjang, paling awal sampai {day}."),
                phase=kind.label, day=numeric(was.last),
            )  # fmt: skip
    for kind, days in new.items():
        if days != old[kind] and kind not in begun and now >= midnight(days.first, EASTERNMOST):
            raise UserError(N_("{phase}: tanggal mulainya sudah lewat."), phase=kind.label)
    if begun and new != old:
        check_reason(reason)


def check_can_follow(by: Member, cycle: Cycle, calendar: SharedCalendar, *, offered: bool) -> None:
    """Owners, before opening, a calendar of the same year that is offered to their agency."""
    check_can_change_set_up(by, cycle)
    if not offered:
        raise Forbidden(N_("Kalender ini tidak ditawarkan kepada instansi Anda."))
    if calendar.year != cycle.year:
        raise UserError(
            N_("Kalender ini untuk tahun {year}, bukan tahun periode Anda."),
            year=str(calendar.year),
        )


def check_can_unfollow(by: Member, cycle: Cycle) -> None:
    """Owners, at any time: the dates stay as they are and become their own."""
    check_owner(by, cycle.agency)
    if cycle.calendar_id is None:
        raise UserError(N_("Periode ini tidak mengikuti kalender bersama."))
