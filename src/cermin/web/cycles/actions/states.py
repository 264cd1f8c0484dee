"""The one door through which a cycle passes from state to state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.parts import parts
from cermin.web.organisations.rules import Member

EVENTS = {
    State.DRAFT: "cycle_unscheduled",
    State.SCHEDULED: "cycle_scheduled",
    State.SURVEY_OPEN: "survey_opened",
    State.EVIDENCE_OPEN: "evidence_stage_begun",
    State.VERIFICATION: "verification_stage_begun",
    State.PROCESSING: "processing_stage_begun",
    State.DECIDED: "cycle_decided",
    State.PUBLISHED: "cycle_published",
    State.ARCHIVED: "cycle_archived",
}


def locked(cycle: Cycle) -> Cycle:
    """Return the row as it is now, held until the transaction ends: rules judge what is true."""
    rows = Cycle.objects.select_for_update(of=("self",), no_key=True).select_related(
        "agency", "calendar"
    )
    return rows.get(pk=cycle.pk)


def enter(cycle: Cycle, to: State, *, by: Member, now: datetime, **details: Any) -> None:
    """Write the new state with all that was set on ``cycle``, and tell the audit trail.

    Every transition passes here, inside the transaction of its action; what else must happen
    when a survey opens is called by name from here.
    """
    came_from = cycle.state
    cycle.state = to
    cycle.blocked = None
    cycle.save()
    record_cycle(EVENTS[to], cycle, by=by, now=now, came_from=str(came_from), **details)
    for part in parts():
        part.entered(cycle, by=by, now=now)


def record_cycle(action: str, cycle: Cycle, *, by: Actor, now: datetime, **details: Any) -> None:
    """Append what happened to ``cycle`` to the audit trail of its agency."""
    record(
        action, by=by, now=now, agency=cycle.agency.slug, object_type="cycle",
        object_id=cycle.pk, year=cycle.year, **details,
    )  # fmt: skip
