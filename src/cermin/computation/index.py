"""The main job, from read files to a frozen result: snapshot, count, evaluate, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from cermin import __version__
from cermin.core.errors import UserError
from cermin.core.evaluation import evaluate
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.moments import CountTable
from cermin.core.population import Frame
from cermin.core.result import IndexResult, Provenance
from cermin.core.scheme import ItemKind, Method, MinimumRule, Questionnaire, ValueSet, Worksheet
from cermin.core.tabulation import tabulation_spec
from cermin.core.votes import VoteOptions
from cermin.core.worksheet import score_worksheet
from cermin.engines.choose import choose_engine
from cermin.engines.snapshot import SnapshotDescription, sha256_of, write_snapshot
from cermin.instruments.load import (
    load_method,
    load_questionnaire,
    load_value_set,
    load_worksheet,
    method_for_year,
    own_drafts,
    vote_options,
)
from cermin.intake.inputs import Inputs
from cermin.language import _
from cermin.reports.result_file import write_result

Evidence = Mapping[str, Mapping[str, str]]  # unit -> criterion -> answer
Told = Callable[[str], object]  # is told the name of each step as it begins


@dataclass(frozen=True)
class Instruments:
    """A method with all that it names."""

    method: Method
    questionnaire: Questionnaire
    worksheet: Worksheet | None
    value_set: ValueSet

    @property
    def drafts(self) -> tuple[str, ...]:
        """Ids of those that are Cermin's own draft."""
        return own_drafts(self.method, self.questionnaire, self.worksheet, self.value_set)

    @property
    def scores_evidence(self) -> bool:
        """Whether the headline also needs scored worksheets."""
        return bool(self.method.evidence_weight) and self.worksheet is not None


def instruments_for(year: int, method: str | None) -> Instruments:
    """Return the named method (id or file), or the one in force in ``year``."""
    chosen = method_for_year(year) if method is None else load_method(method)
    own = method is not None and method.endswith((".yaml", ".yml"))
    near = Path(str(method)).parent if own else None
    worksheet = chosen.worksheet and load_worksheet(chosen.worksheet, near=near)
    return Instruments(
        method=chosen,
        questionnaire=load_questionnaire(chosen.questionnaire, near=near),
        worksheet=worksheet or None,
        value_set=load_value_set(chosen.value_set, near=near),
    )


@dataclass(frozen=True)
class Choices:
    """What people decided for this agency and year.

    ``threshold`` and ``minimum_rule`` with its ``margin`` take the place of those of the method
    when they are given: a yearly cycle may ask for more than its method does.
    """

    minimum: int | None = None
    crossing: str | None = None
    without_evidence: bool = False
    threshold: int | None = None
    minimum_rule: MinimumRule | None = None
    margin: float | None = None


@dataclass(frozen=True)
class FrozenAnswers:
    """Answers that no longer change, and the people they come from."""

    snapshot: Path
    frame: Frame
    rows_read: int
    rows_empty: int = 0


def check_choices(instruments: Instruments, choices: Choices, *, evidence: bool) -> None:
    """Refuse choices that the method does not allow, before any file is read.

    Raises
    ------
    UserError
        When evidence is missing or given in vain, the threshold is below the method's, or a
        minimum or its margin is missing, given in vain or no such number.
    """
    method = instruments.method
    if evidence and choices.without_evidence:
        raise UserError("Pakai --evidence atau --without-evidence, jangan keduanya.")
    if instruments.scores_evidence and not evidence and not choices.without_evidence:
        raise UserError(
            "Metode {method} memerlukan nilai bukti dukung. Sertakan --evidence, atau pakai "
            "--without-evidence untuk menghitung indeks survei saja.",
            method=method.id,
        )
    if choices.threshold is not None and choices.threshold < method.threshold:
        raise UserError(
            "Ambang tidak boleh di bawah ambang metode {method}. Isi --threshold {n} atau lebih.",
            method=method.id,
            n=method.threshold,
        )
    _check_minimum(_on_terms(method, choices), choices)


def _check_minimum(method: Method, choices: Choices) -> None:
    entered = method.minimum_rule is MinimumRule.ENTERED
    if entered and choices.minimum is None and method.minimum_parameter is None:
        raise UserError(
            "Metode {method} memakai minimum responden yang ditetapkan untuk setiap instansi. "
            "Sertakan --minimum beserta jumlahnya.",
            method=method.id,
        )
    if not entered and choices.minimum is not None:
        raise UserError(
            "Metode {method} menghitung sendiri minimum responden; hapus --minimum.",
            method=method.id,
        )
    if choices.margin is None:
        return
    if method.minimum_rule not in {MinimumRule.SLOVIN, MinimumRule.KREJCIE_MORGAN}:
        raise UserError("Batas kesalahan hanya dipakai aturan slovin dan krejcie_morgan.")
    if not 0 < choices.margin < 1:
        raise UserError("Batas kesalahan harus antara 0 dan 1, misalnya --margin 0.05.")


def compute(
    inputs: Inputs, instruments: Instruments, choices: Choices, *, folder: Path, told: Told
) -> IndexResult:
    """Write snapshot and result of one agency's year into ``folder`` and return the result."""
    scores = evidence_scores(inputs.evidence, instruments, choices)
    told(_("Membekukan jawaban"))
    answered, empty = _without_empty_rows(inputs.answers, instruments.questionnaire)
    answers = FrozenAnswers(
        snapshot=_frozen(answered, inputs, instruments, folder),
        frame=inputs.frame,
        rows_read=inputs.answers.num_rows + inputs.rows_empty,
        rows_empty=empty + inputs.rows_empty,
    )
    result = result_of(answers, instruments, choices, scores=scores, told=told)
    write_result(result, folder / result_name(result))
    return result


def result_of(
    answers: FrozenAnswers,
    instruments: Instruments,
    choices: Choices,
    *,
    scores: Mapping[str, float],
    told: Told,
) -> IndexResult:
    """Count frozen answers and evaluate them; ``scores`` is what `evidence_scores` returned."""
    told(_("Menghitung jawaban"))
    table = count(answers.snapshot, instruments.questionnaire, answers.frame.stratum_variables)
    told(_("Menghitung indeks"))
    return evaluate(
        EvaluationInput(
            table=table,
            frame=answers.frame,
            method=_on_terms(instruments.method, choices),
            questionnaire=instruments.questionnaire,
            value_set=instruments.value_set,
            provenance=provenance(instruments, answers.snapshot),
            evidence=scores,
            minimum=choices.minimum,
            crossing=choices.crossing,
            vote_options=_votes(instruments.questionnaire),
            rows_read=answers.rows_read,
            rows_empty=answers.rows_empty,
        )
    )


def result_name(result: IndexResult) -> str:
    """Name of the file of a result."""
    return f"hasil-{result.agency}-{result.year}.json"


def snapshot_name(result: IndexResult) -> str:
    """Name of the snapshot that a result cites."""
    return f"snapshot-{result.provenance.snapshot_sha256}.parquet"


def count(snapshot: Path, questionnaire: Questionnaire, strata: tuple[str, ...]) -> CountTable:
    """Count a snapshot with the engine that suits it."""
    spec = tabulation_spec(questionnaire, strata)
    return choose_engine(snapshot, spec).count(snapshot, spec)


def evidence_scores(
    evidence: Evidence, instruments: Instruments, choices: Choices
) -> dict[str, float]:
    """Score the worksheet of every unit that was evaluated.

    Raises
    ------
    UserError
        When the worksheet holds no answer at all, and it was not said to go without.
    """
    worksheet = instruments.worksheet
    if worksheet is None or not instruments.scores_evidence or choices.without_evidence:
        return {}
    if not evidence:
        raise UserError(
            "Lembar kerja bukti dukung belum berisi satu jawaban pun. Isi kolom Jawaban, atau "
            "pakai --without-evidence untuk menghitung indeks survei saja."
        )
    return {unit: score_worksheet(worksheet, answers).percent for unit, answers in evidence.items()}


def provenance(instruments: Instruments, snapshot: Path) -> Provenance:
    """Say what is needed to compute the same numbers again."""
    worksheet = instruments.worksheet
    return Provenance(
        snapshot_sha256=sha256_of(snapshot),
        method=instruments.method.id,
        method_sha256=instruments.method.sha256,
        questionnaire=instruments.questionnaire.id,
        questionnaire_sha256=instruments.questionnaire.sha256,
        worksheet=None if worksheet is None else worksheet.id,
        worksheet_sha256=None if worksheet is None else worksheet.sha256,
        value_set=instruments.value_set.id,
        value_set_sha256=instruments.value_set.sha256,
        code_version=__version__,
        own_drafts=instruments.drafts,
    )


def _without_empty_rows(answers: pa.Table, questionnaire: Questionnaire) -> tuple[pa.Table, int]:
    """Leave out rows without any answer: whoever only opened the form is no respondent."""
    answered = None
    for column in questionnaire.columns:
        valid = pc.is_valid(answers[column.name])
        answered = valid if answered is None else pc.or_(answered, valid)
    kept = answers.filter(answered)
    return kept, answers.num_rows - kept.num_rows


def _frozen(answers: pa.Table, inputs: Inputs, instruments: Instruments, folder: Path) -> Path:
    spec = tabulation_spec(instruments.questionnaire, inputs.stratum_variables)
    description = SnapshotDescription(
        agency=inputs.frame.agency,
        year=inputs.frame.year,
        questionnaire=instruments.questionnaire.id,
        questionnaire_sha256=instruments.questionnaire.sha256,
        strata=spec.strata,
        items=spec.items,
        low=spec.low,
        high=spec.high,
    )
    return write_snapshot(answers, description=description, folder=folder)


def _on_terms(method: Method, choices: Choices) -> Method:
    if choices.threshold is not None:
        method = replace(method, threshold=choices.threshold)
    if choices.minimum_rule is not None:
        method = replace(method, minimum_rule=choices.minimum_rule, minimum_parameter=None)
    if choices.margin is not None:
        method = replace(method, minimum_parameter=choices.margin)
    return method


def _votes(questionnaire: Questionnaire) -> VoteOptions | None:
    kinds = {item.kind for item in questionnaire.items}
    return vote_options(questionnaire) if ItemKind.CHOOSE_K in kinds else None
