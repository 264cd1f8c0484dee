"""Reads of uploaded worksheets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from cermin.core.population import Unit as FrameUnit
from cermin.core.scheme import Worksheet
from cermin.instruments.load import load_worksheet
from cermin.web.cycles.models import Cycle, PhaseKind, State
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.queries.population import structure_of
from cermin.web.cycles.rules.states import is_open
from cermin.web.organisations.queries import frame_units
from cermin.web.results.models import EvidenceUpload

Answers = Mapping[str, Mapping[str, str]]  # unit -> criterion -> answer


def is_evaluating(cycle: Cycle, now: datetime) -> bool:
    """Whether evidence is gathered or verified at ``now``."""
    spans, state = spans_of(cycle), State(cycle.state)
    return any(
        is_open(kind, now, spans, state) for kind in (PhaseKind.EVIDENCE, PhaseKind.VERIFICATION)
    )


def worksheet_of(cycle: Cycle) -> Worksheet:
    """Return the worksheet that the cycle has chosen."""
    return load_worksheet(cycle.worksheet)


def units_of(cycle: Cycle) -> list[FrameUnit]:
    """Return the units that can have a worksheet: the tree of the cycle."""
    structure = structure_of(cycle)
    return [] if structure is None else list(frame_units(structure))


def uploads_of(cycle: Cycle) -> QuerySet[EvidenceUpload]:
    """Return all uploads, newest first."""
    return EvidenceUpload.objects.filter(cycle=cycle)


def accepted_evidence(cycle: Cycle) -> EvidenceUpload | None:
    """Return the upload that counts."""
    return uploads_of(cycle).exclude(accepted_at=None).order_by("-accepted_at", "-id").first()


def previewed_evidence(cycle: Cycle) -> EvidenceUpload | None:
    """Return the upload that waits to be accepted."""
    return uploads_of(cycle).filter(accepted_at=None).first()


def answers_of(upload: EvidenceUpload | None) -> dict[str, dict[str, str]]:
    """Return the answers of every unit; none without an upload."""
    if upload is None:
        return {}
    return dict(upload.scores.order_by("id").values_list("unit_code", "answers"))


def scores_of(upload: EvidenceUpload) -> dict[str, float]:
    """Return the score of every unit that has one."""
    return dict(upload.scores.order_by("id").values_list("unit_code", "percent"))


def digest(answers: Answers) -> str:
    """Return the sha256 of answers, whatever their order."""
    canonical = json.dumps(answers, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
