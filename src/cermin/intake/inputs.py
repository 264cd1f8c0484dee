"""Everything that one cycle needs, read together: all of it, or every problem of every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cermin.core.errors import UserError
from cermin.core.population import Frame, Unit
from cermin.core.scheme import Questionnaire, Worksheet
from cermin.intake.answers import AnswerSheet, read_answers
from cermin.intake.categories import STRATUM_CATEGORIES
from cermin.intake.evidence import EvidenceSheet, read_evidence
from cermin.intake.formats import Limits
from cermin.intake.mapping import Columns, Guess, read_mapping
from cermin.intake.problems import Problems
from cermin.intake.roster import Roster, frame_of, read_roster
from cermin.intake.units import read_units
from cermin.language import _, in_words


@dataclass(frozen=True)
class Agency:
    """Who is evaluated, and for which year."""

    id: str
    name: str
    agency_class: str
    year: int


@dataclass(frozen=True)
class InputFiles:
    """Paths of what people bring; only the roster and the answers are always needed."""

    roster: Path
    answers: Path
    evidence: Path | None = None
    units: Path | None = None
    mapping: Path | None = None


@dataclass(frozen=True)
class Inputs:
    """What was read, what was guessed, and what was left out."""

    frame: Frame
    answers: pa.Table  # agency, unit, strata, one int8 column per column of the questionnaire
    evidence: Mapping[str, Mapping[str, str]]  # unit -> criterion -> answer
    stratum_variables: tuple[str, ...]
    excluded: Mapping[str, int]  # roster rows left out, per kedudukan hukum
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]
    rows_empty: int = 0  # rows of the answers that held none; not among ``answers``


def read_inputs(
    files: InputFiles,
    *,
    agency: Agency,
    questionnaire: Questionnaire,
    worksheet: Worksheet | None = None,
    limits: Limits | None = None,
) -> Inputs:
    """Read all files; raise BadInput with every problem of all of them."""
    problems = Problems()
    mapping = _mapping(files.mapping, problems)
    units: tuple[Unit, ...] = ()
    guesses: list[Guess] = []
    notes: list[str] = []
    if files.units is not None:
        units, guesses, notes = read_units(
            files.units, problems, mapping=mapping.get("units"), limits=limits
        )
    roster = read_roster(
        files.roster, problems, units=units, mapping=mapping.get("roster"), limits=limits
    )
    known = roster.units if roster else units
    answers = read_answers(
        files.answers,
        problems,
        questionnaire=questionnaire,
        units=known,
        mapping=mapping.get("answers"),
        limits=limits,
    )
    evidence = None
    if files.evidence is not None and worksheet is None:
        _add_no_worksheet(problems, files.evidence)
    elif files.evidence is not None and worksheet is not None:
        evidence = read_evidence(
            files.evidence,
            problems,
            worksheet=worksheet,
            units=known,
            mapping=mapping.get("evidence"),
            limits=limits,
        )
    problems.stop_if_any()
    if roster is None or answers is None:
        raise UserError("Berkas tidak terbaca.")  # unreachable while every None has a problem
    return _joined(agency, roster, answers, evidence, (tuple(guesses), tuple(notes)))


def _mapping(path: Path | None, problems: Problems) -> dict[str, Columns]:
    if path is None:
        return {}
    try:
        return read_mapping(path)
    except UserError as error:
        problems.add(
            _("berkas pemetaan rusak"),
            in_words(error),
            _("Lihat contoh pada panduan menyiapkan berkas."),
            file=path.name,
        )
        return {}


def _add_no_worksheet(problems: Problems, path: Path) -> None:
    problems.add(
        _("tanpa lembar kerja"),
        _("Metode ini tidak memakai lembar kerja evaluasi."),
        _("Hapus berkas bukti dukung atau pilih metode lain."),
        file=path.name,
    )


def _joined(
    agency: Agency,
    roster: Roster,
    answers: AnswerSheet,
    evidence: EvidenceSheet | None,
    about_units: tuple[tuple[Guess, ...], tuple[str, ...]],
) -> Inputs:
    strata = tuple(
        name
        for name in STRATUM_CATEGORIES
        if name in roster.stratum_variables and name in answers.stratum_variables
    )
    notes = [*about_units[1], *roster.notes, *answers.notes, *(evidence.notes if evidence else ())]
    notes += [
        _("Strata {name} tidak dipakai karena tidak ada di daftar pegawai dan jawaban sekaligus.")
        .format(name=name)
        for name in STRATUM_CATEGORIES
        if name not in strata
    ]  # fmt: skip
    frame = frame_of(
        roster,
        agency=agency.id,
        agency_name=agency.name,
        agency_class=agency.agency_class,
        year=agency.year,
        stratum_variables=strata,
    )
    return Inputs(
        frame=frame,
        answers=answers.table(agency.id, strata),
        evidence=evidence.answers if evidence else {},
        stratum_variables=strata,
        excluded=roster.excluded,
        guesses=(
            *about_units[0],
            *roster.guesses,
            *answers.guesses,
            *(evidence.guesses if evidence else ()),
        ),
        notes=tuple(notes),
        rows_empty=answers.rows_empty,
    )
