"""Evidence scores and problems of a worksheet, ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cermin.core.headline import mean_evidence
from cermin.core.rounding import format_number
from cermin.intake.problems import Problem, ProblemReport
from cermin.language import active
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member, permits
from cermin.web.results.models import EvidenceUpload
from cermin.web.results.queries.evidence import (
    accepted_evidence,
    is_evaluating,
    previewed_evidence,
    scores_of,
    units_of,
    uploads_of,
    worksheet_of,
)
from cermin.web.results.rules.permissions import check_can_upload_evidence

DECIMALS = 2
_PROBLEMS_SHOWN = 200


@dataclass(frozen=True)
class ScoreRow:
    """A unit with its score; None for units that have not been evaluated."""

    code: str
    name: str
    depth: int
    percent: float | None

    @property
    def words(self) -> str:
        """The score as people read it."""
        return "–" if self.percent is None else format_number(self.percent, DECIMALS, active())


@dataclass(frozen=True)
class Scores:
    """The scores of one upload over the tree of units."""

    upload: EvidenceUpload
    rows: list[ScoreRow]
    mean: str
    n_units: int

    @property
    def n_scored(self) -> int:
        """Units that have a score."""
        return sum(row.percent is not None for row in self.rows)


def scores_page(cycle: Cycle, upload: EvidenceUpload | None) -> Scores | None:
    """Return the scores of ``upload``, in the order of the tree."""
    if upload is None:
        return None
    found, units = scores_of(upload), units_of(cycle)
    depths: dict[str | None, int] = {None: -1}
    for unit in units:  # parents come before children
        depths[unit.id] = depths[unit.parent] + 1
    mean = mean_evidence(found)
    return Scores(
        upload=upload,
        rows=[ScoreRow(one.id, one.name, depths[one.id], found.get(one.id)) for one in units],
        mean="–" if mean is None else format_number(mean, DECIMALS, active()),
        n_units=len(units),
    )


@dataclass(frozen=True)
class EvidencePage:
    """All that the page shows beside its form."""

    may_upload: bool
    worksheet: str
    preview: Scores | None
    scores: Scores | None  # those that count
    history: list[EvidenceUpload]  # all that have counted, newest first


def evidence_page(cycle: Cycle, member: Member, now: datetime) -> EvidencePage:
    """Return the page of ``cycle`` as ``member`` sees it."""
    return EvidencePage(
        may_upload=permits(
            check_can_upload_evidence, member, cycle, evaluating=is_evaluating(cycle, now)
        ),
        worksheet=worksheet_of(cycle).title.in_language(active()),
        preview=scores_page(cycle, previewed_evidence(cycle)),
        scores=scores_page(cycle, accepted_evidence(cycle)),
        history=list(uploads_of(cycle).exclude(accepted_at=None).order_by("-accepted_at")),
    )


@dataclass(frozen=True)
class ProblemPage:
    """What must be mended in a file; nothing of it was kept."""

    total: int
    rows: tuple[Problem, ...]

    @property
    def n_more(self) -> int:
        """Problems that are not listed."""
        return self.total - len(self.rows)


def problem_page(report: ProblemReport) -> ProblemPage:
    """Return the problems, the first ones listed."""
    return ProblemPage(report.total, report.listed[:_PROBLEMS_SHOWN])
