"""Asking for the index."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member
from cermin.web.results.models import ResultRun
from cermin.web.results.queries.evidence import accepted_evidence
from cermin.web.results.queries.results import standing_of
from cermin.web.results.rules.permissions import check_can_compute
from cermin.web.results.tasks.computing import compute_result


def ask_for_index(*, cycle: Cycle, without_evidence: bool, by: Member, now: datetime) -> ResultRun:
    """Queue the computation of a closed survey; earlier results are kept beside the new one."""
    with transaction.atomic():
        row = locked(cycle)
        standing = standing_of(row)
        check_can_compute(by, row, standing, without_evidence=without_evidence)
        counts = standing.scores_evidence and not without_evidence
        evidence = accepted_evidence(row) if counts else None
        run = ResultRun.objects.create(
            cycle=row, evidence=evidence, without_evidence=without_evidence,
            asked_by=by.name[:150], asked_at=now, heartbeat_at=now,
        )  # fmt: skip
        record_cycle("index_asked_for", row, by=by, now=now, without_evidence=without_evidence)
        transaction.on_commit(lambda: _enqueue(run.pk))
    return run


def _enqueue(run_id: int) -> None:
    compute_result.enqueue(run_id)
