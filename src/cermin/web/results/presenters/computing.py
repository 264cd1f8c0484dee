"""Where the computation of an index stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cermin.language import kept_words
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member, permits
from cermin.web.results.models import AT_WORK, ResultRun, RunState
from cermin.web.results.queries.results import newest_run, runs_of, standing_of
from cermin.web.results.rules.permissions import Standing, check_can_compute


@dataclass(frozen=True)
class RunRow:
    """One computation in the list of all."""

    state: str
    asked_at: datetime
    asked_by: str
    evidence: str
    sha256: str
    problem: str


@dataclass(frozen=True)
class Computing:
    """What may be computed, what is being computed, and what was."""

    standing: Standing
    run: ResultRun | None
    at_work: bool
    step: str
    problem: str
    may_compute: bool
    may_compute_survey_only: bool
    may_upload: bool  # whether scores are lacking that the method counts
    rows: list[RunRow]


def computing(cycle: Cycle, member: Member) -> Computing:
    """Return where the computation of a cycle's index stands, for ``member``."""
    standing, run = standing_of(cycle), newest_run(cycle)

    def may(*, without_evidence: bool) -> bool:
        return permits(
            check_can_compute, member, cycle, standing, without_evidence=without_evidence
        )

    return Computing(
        standing=standing,
        run=run,
        at_work=run is not None and run.state in AT_WORK,
        step=step_words(run),
        problem=problem_words(run),
        may_compute=may(without_evidence=False),
        may_compute_survey_only=may(without_evidence=True),
        may_upload=standing.scores_evidence and not standing.evidence_sha256,
        rows=[_row(one) for one in runs_of(cycle)],
    )


def step_words(run: ResultRun | None) -> str:
    """Return the step at hand in the reader's language."""
    if run is None:
        return ""
    return _(run.step) if run.step else str(RunState(run.state).label)


def problem_words(run: ResultRun | None) -> str:
    """Return why a computation gave no result; "" when nothing is wrong."""
    return kept_words(run.problem if run else None)


def _row(run: ResultRun) -> RunRow:
    evidence = _("tanpa bukti dukung") if run.evidence is None else run.evidence.file_name
    return RunRow(
        state=str(RunState(run.state).label),
        asked_at=run.asked_at,
        asked_by=run.asked_by,
        evidence=evidence,
        sha256=run.result_sha256,
        problem=problem_words(run),
    )
