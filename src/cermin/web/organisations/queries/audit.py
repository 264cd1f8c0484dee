"""The trail of one agency, newest first: pages by number, filters that an index answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Min, QuerySet

from cermin.web.audit.chain import Anchor
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.models import Agency

PAGE_ROWS = 50
EXPORT_ROWS = 50_000  # a sheet of this length still opens on an office computer


@dataclass(frozen=True)
class TrailFilter:
    """What the reader asked for; empty means everything."""

    person: str = ""  # account number; SYSTEM for the site itself
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None  # this day included


@dataclass(frozen=True)
class TrailPage:
    """Some events, and where older ones begin."""

    events: list[AuditEvent]
    before: int | None  # the number below which older events stand


SYSTEM = "-"


def trail(agency: Agency, wanted: TrailFilter) -> QuerySet[AuditEvent]:
    """Return the events of ``agency`` that fit, newest first."""
    equal = {
        "action": wanted.action,
        "object_type": wanted.object_type,
        "object_id": wanted.object_id,
        "actor_id": wanted.person if wanted.person != SYSTEM else "",
    }
    fitting = {name: value for name, value in equal.items() if value}
    if wanted.person == SYSTEM:
        fitting["actor_id"] = ""
    rows = AuditEvent.objects.filter(agency=agency.slug, **fitting).order_by("-sequence")
    return _between(rows, agency, wanted)


def trail_page(agency: Agency, wanted: TrailFilter, before: int | None) -> TrailPage:
    """Return the events below number ``before``; one query however long the trail is."""
    rows = trail(agency, wanted)
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    events = list(rows[: PAGE_ROWS + 1])
    more = len(events) > PAGE_ROWS
    return TrailPage(events[:PAGE_ROWS], events[PAGE_ROWS - 1].sequence if more else None)


def last_anchor(agency: Agency) -> Anchor | None:
    """Return the anchor of the trail up to the last event of ``agency``.

    It vouches for everything before it, and tells nothing of what other agencies did since.
    """
    last = AuditEvent.objects.filter(agency=agency.slug).order_by("-sequence").first()
    return Anchor(last.sequence, bytes(last.code).hex()) if last else None


def people_in(agency: Agency) -> list[tuple[str, str]]:
    """Return account numbers and latest names of everybody in the trail, by name."""
    found = [(one, name) for one, name in _different("actor_id", agency) if one]
    return sorted(found, key=lambda row: row[1].casefold())


def actions_in(agency: Agency) -> list[str]:
    """Return the actions that occur in the trail."""
    return [action for action, _name in _different("action", agency)]


def object_types_in(agency: Agency) -> list[str]:
    """Return the kinds of things that the trail tells about."""
    return [kind for kind, _name in _different("object_type", agency) if kind]


def _between(
    rows: QuerySet[AuditEvent], agency: Agency, wanted: TrailFilter
) -> QuerySet[AuditEvent]:
    zone = ZoneInfo(agency.time_zone)
    limits: dict[str, datetime] = {}
    if wanted.since:
        limits["at__gte"] = datetime.combine(wanted.since, time.min, zone)
    if wanted.until:
        limits["at__lt"] = datetime.combine(wanted.until + timedelta(days=1), time.min, zone)
    if not limits:
        return rows
    # Times run almost as the numbers do; the numbers let the page begin at the right place.
    found = AuditEvent.objects.filter(agency=agency.slug, **limits).aggregate(
        first=Min("sequence"), last=Max("sequence")
    )
    if found["first"] is None:
        return rows.none()
    return rows.filter(sequence__range=(found["first"], found["last"]), **limits)


def _different(column: str, agency: Agency) -> list[tuple[str, str]]:
    """Return every value of an indexed column once, with the actor's name in its latest event.

    DISTINCT would read a million rows; this leaps from one value to the next in the index.
    """
    leaping = f"""
        WITH RECURSIVE value(v) AS (
            SELECT min({column}) FROM audit_auditevent WHERE agency = %s
            UNION ALL
            SELECT (SELECT min({column}) FROM audit_auditevent WHERE agency = %s AND {column} > v)
            FROM value WHERE v IS NOT NULL
        )
        SELECT v, (SELECT actor_name FROM audit_auditevent WHERE agency = %s AND {column} = v
                   ORDER BY sequence DESC LIMIT 1)
        FROM value WHERE v IS NOT NULL
    """  # noqa: S608 - columns are named above, values are given apart
    with connection.cursor() as cursor:
        cursor.execute(leaping, [agency.slug] * 3)
        return [(value, name) for value, name in islice(cursor.fetchall(), 2_000)]
