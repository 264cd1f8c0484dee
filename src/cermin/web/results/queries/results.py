"""Reads of computations and of the frozen results that they wrote."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from cermin.computation.index import Choices, Instruments
from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.core.scheme import MinimumRule
from cermin.instruments.load import load_method, load_questionnaire, load_value_set, load_worksheet
from cermin.language import N_
from cermin.reports.result_file import decode_result
from cermin.web.cycles.models import Crossing, Cycle
from cermin.web.organisations.models import Agency
from cermin.web.results.models import ResultRun, RunState
from cermin.web.results.queries.evidence import accepted_evidence
from cermin.web.results.rules.permissions import Standing
from cermin.web.survey.models import Survey, SurveyState
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.frame import closed_folder


@dataclass(frozen=True)
class FrozenResult:
    """A computation that is done, with the result that it wrote."""

    run: ResultRun
    result: IndexResult


def instruments_of(cycle: Cycle) -> Instruments:
    """Return the method of the cycle with all that it names, and the worksheet it has chosen."""
    method = load_method(cycle.method)
    return Instruments(
        method=method,
        questionnaire=load_questionnaire(method.questionnaire),
        worksheet=load_worksheet(cycle.worksheet) if cycle.worksheet else None,
        value_set=load_value_set(method.value_set),
    )


def check_frozen(cycle: Cycle, instruments: Instruments) -> None:
    """Refuse instruments that are not those that were frozen when the survey opened.

    Raises
    ------
    UserError
        Naming the first file that differs.
    """
    frozen = cycle.frozen or {}
    sections = frozen.get("questionnaires") or [None]
    loaded = (
        (frozen.get("method"), instruments.method),
        (frozen.get("value_set"), instruments.value_set),
        (sections[0], instruments.questionnaire),
        (frozen.get("worksheet"), instruments.worksheet),
    )
    for kept, one in loaded:
        now = None if one is None else {"id": one.id, "sha256": one.sha256}
        if kept != now:
            raise UserError(
                N_("Berkas instrumen {id} berbeda dengan yang dibekukan saat survei dibuka, "
                   "sehingga indeks tidak dihitung. Pasang Cermin {version} atau versi lain "
                   "yang memuat berkas aslinya."),
                id=(kept or now or {}).get("id", "–"), version=frozen.get("software", "–"),
            )  # fmt: skip


def choices_of(cycle: Cycle, *, without_evidence: bool) -> Choices:
    """Return the terms that were frozen when the survey opened."""
    minimum = (cycle.frozen or {})["minimum"]
    rule = MinimumRule(minimum["rule"])
    entered = rule is MinimumRule.ENTERED
    return Choices(
        minimum=minimum["agency"] if entered else None,
        crossing=None if cycle.crossing == Crossing.NONE else cycle.crossing,
        without_evidence=without_evidence,
        threshold=cycle.threshold,
        minimum_rule=rule,
        margin=None if entered else minimum["margin"],
    )


def is_closed(cycle: Cycle) -> bool:
    """Whether the survey of a cycle has become a snapshot; one query."""
    return Survey.objects.filter(cycle=cycle, state=SurveyState.CLOSED).exists()


def standing_of(cycle: Cycle) -> Standing:
    """Return what the rules must know of a cycle."""
    survey, run, evidence = survey_of(cycle), newest_run(cycle), accepted_evidence(cycle)
    method = load_method(cycle.method)
    return Standing(
        has_ballots=survey is not None and _has_ballots(survey),
        is_closed=survey is not None and survey.state == SurveyState.CLOSED,
        scores_evidence=bool(method.evidence_weight) and bool(cycle.worksheet),
        evidence_sha256="" if evidence is None else evidence.answers_sha256,
        run=None if run is None else RunState(run.state),
        run_evidence_sha256=_evidence_of(run),
        run_without_evidence=run is not None and run.without_evidence,
    )


def _evidence_of(run: ResultRun | None) -> str:
    return "" if run is None or run.evidence is None else run.evidence.answers_sha256


def _has_ballots(survey: Survey) -> bool:
    if survey.state == SurveyState.CLOSED:
        return bool(survey.n_counted)
    return survey.invitees.exclude(blinded_hash=None).exists()


def runs_of(cycle: Cycle) -> QuerySet[ResultRun]:
    """Return all computations, newest first."""
    return ResultRun.objects.filter(cycle=cycle).select_related("evidence")


def newest_run(cycle: Cycle) -> ResultRun | None:
    """Return the newest computation, whatever came of it."""
    return runs_of(cycle).first()


def result_path(cycle: Cycle, sha256: str) -> Path:
    """Return the file of a result; it lies beside the snapshot and is named by its content."""
    return closed_folder(cycle) / f"hasil-{sha256}.json"


def result_bytes(cycle: Cycle, run: ResultRun) -> bytes:
    """Return the file of a result as it was written.

    Raises
    ------
    UserError
        When the file is gone or not the one that was written.
    """
    try:
        content = result_path(cycle, run.result_sha256).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != run.result_sha256:
        raise UserError(
            N_("Berkas hasil periode {year} hilang atau berubah. Pulihkan dari cadangan situs."),
            year=str(cycle.year),
        )
    return content


def frozen_result(cycle: Cycle) -> FrozenResult | None:
    """Return the newest result of a cycle; None when there is none yet."""
    run = runs_of(cycle).filter(state=RunState.DONE).first()
    if run is None:
        return None
    name = result_path(cycle, run.result_sha256).name
    return FrozenResult(run, decode_result(result_bytes(cycle, run), name=name))


def results_before(agency: Agency, year: int) -> list[IndexResult]:
    """Return the results of the agency's earlier years that this site has, oldest first."""
    earlier = Cycle.objects.filter(agency=agency, year__lt=year, result_runs__state=RunState.DONE)
    cycles = earlier.select_related("agency").distinct().order_by("year")
    found = (frozen_result(cycle) for cycle in cycles)
    return [one.result for one in found if one is not None]
