"""Days and deadlines in words, in the time of the agency."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cermin.web.cycles.rules.dates import Days, Span, days_of
from cermin.web.organisations.models import TimeZone


def zone_words(zone: str) -> str:
    """Return WIB, WITA or WIT."""
    return TimeZone(zone).name


def long_date(day: date) -> str:
    """Return a day with the name of its month."""
    return date_format(day, "j F Y")


def range_words(days: Days) -> str:
    """Return both days."""
    if days.first == days.last:
        return long_date(days.first)
    return f"{long_date(days.first)} – {long_date(days.last)}"


def moments_words(days: Days, zone: str) -> str:
    """Return both days, and that the last one counts up to midnight."""
    return _("{days} pukul 24.00 {zone}").format(days=range_words(days), zone=zone_words(zone))


def begins_words(day: date, today: date) -> str:
    """Return how far away a beginning is."""
    n = (day - today).days
    if n <= 1:
        return _("mulai besok") if n == 1 else _("mulai hari ini")
    return _("mulai {n} hari lagi").format(n=n)


def ends_words(day: date, today: date) -> str:
    """Return how far away an end is, or how long ago it was."""
    n = (day - today).days
    near = {0: _("berakhir hari ini"), 1: _("berakhir besok"), -1: _("berakhir kemarin")}
    if n in near:
        return near[n]
    words = _("berakhir {n} hari lagi") if n > 0 else _("berakhir {n} hari lalu")
    return words.format(n=abs(n))


def deadline_words(closes_at: datetime, zone: str) -> str:
    """Return the last day before ``closes_at``."""
    return long_date(days_of(Span(closes_at, closes_at), zone).last)


def day_in(now: datetime, zone: str) -> date:
    """Return the day that it is in ``zone``."""
    return now.astimezone(ZoneInfo(zone)).date()
