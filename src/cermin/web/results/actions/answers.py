"""Handing the frozen answers out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from cermin.web.cycles.actions.states import record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member
from cermin.web.results.queries.results import standing_of
from cermin.web.results.rules.permissions import check_can_take_answers
from cermin.web.survey.queries.frame import snapshot_path


def take_answers(*, cycle: Cycle, by: Member, now: datetime) -> Path:
    """Return the snapshot's path; the trail tells who took it."""
    check_can_take_answers(by, cycle, standing_of(cycle))
    path = snapshot_path(cycle)
    with transaction.atomic():
        record_cycle("answers_taken", cycle, by=by, now=now, file=path.name)
    return path
