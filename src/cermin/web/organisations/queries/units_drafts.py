"""Trees that have been read from a file and wait for confirmation: sealed, outside the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.files.storage import default_storage

from cermin.core.population import Unit as FrameUnit
from cermin.intake.problems import Problem, ProblemReport
from cermin.web.organisations.models import Agency, Structure
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.queries.units import codes_ever_used
from cermin.web.organisations.rules.units_import import TreeDifference, aligned, difference
from cermin.web.sealing import unseal

PURPOSE = "unit-import"


@dataclass(frozen=True)
class UnitDraft:
    """What a file held, before anybody has confirmed anything."""

    id: UUID
    agency_id: int
    year: int
    file_name: str
    read_at: datetime
    read_by: str
    units: tuple[FrameUnit, ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_counts: dict[str, int]

    @property
    def report(self) -> ProblemReport:
        """The problems as intake reports them."""
        return ProblemReport(self.problems, self.problem_counts)


def drafts_folder(agency: Agency) -> Path:
    """Return the private folder of an agency's drafts."""
    return Path(default_storage.path("unit-imports")) / str(agency.pk)


def find_draft(agency: Agency, draft_id: UUID) -> UnitDraft | None:
    """Return the draft; None when it is another agency's, used up, or thrown away."""
    try:
        sealed = (drafts_folder(agency) / str(draft_id)).read_bytes()
    except FileNotFoundError:
        return None
    content = unseal(sealed, folder=settings.KEY_FOLDER, purpose=PURPOSE)
    draft = msgspec.json.decode(content, type=UnitDraft)
    return draft if (draft.agency_id, draft.id) == (agency.pk, draft_id) else None


@dataclass(frozen=True)
class DraftComparison:
    """A draft against the tree as it is at this moment."""

    current: tuple[FrameUnit, ...]
    wanted: tuple[FrameUnit, ...]
    changes: TreeDifference


def compared(draft: UnitDraft, structure: Structure) -> DraftComparison:
    """Compare; new units get no code that any year of the agency has used."""
    current = frame_units(structure)
    wanted = aligned(draft.units, current, codes_ever_used(structure.agency))
    return DraftComparison(current, wanted, difference(current, wanted))
