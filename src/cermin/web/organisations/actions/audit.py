"""Taking the trail out of the site, which the trail itself tells."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cermin.web.audit.actions import record
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.models import Agency
from cermin.web.organisations.queries.audit import EXPORT_ROWS, TrailFilter, trail
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.audit import check_can_read_trail


def export_trail(
    *, agency: Agency, wanted: TrailFilter, by: Member, now: datetime
) -> list[AuditEvent]:
    """Return the newest events that fit, as many as a sheet may hold, and record that."""
    check_can_read_trail(by, agency)
    with transaction.atomic():
        events = list(trail(agency, wanted)[:EXPORT_ROWS])
        record(
            "audit_exported", by=by, now=now, agency=agency.slug,
            object_type="agency", object_id=agency.slug, n_rows=len(events),
            since=wanted.since, until=wanted.until,
        )  # fmt: skip
    return events
