"""The evidence worksheet: one row per unit and criterion, as evaluators fill it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.core.scheme import Criterion, Worksheet
from cermin.core.worksheet import criteria_of, criterion_share
from cermin.intake.formats import Limits
from cermin.intake.headings import ANSWER, CRITERION, UNIT, UNIT_CODE, fold
from cermin.intake.mapping import Columns, Guess, find_header, guess_columns
from cermin.intake.problems import Problems
from cermin.intake.tables import Table, open_tables, read_columns
from cermin.intake.units import UnitIndex, index_of
from cermin.language import _, in_words

FIELDS = (UNIT_CODE, UNIT, CRITERION, ANSWER)
_KNOWN = frozenset(fold(heading) for field in FIELDS for heading in field.headings)


@dataclass(frozen=True)
class EvidenceSheet:
    """Answers of each unit: unit id -> criterion id -> answer as typed."""

    answers: Mapping[str, Mapping[str, str]]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]


def read_evidence(
    path: Path,
    problems: Problems,
    *,
    worksheet: Worksheet,
    units: Sequence[Unit],
    mapping: Columns | None = None,
    limits: Limits | None = None,
) -> EvidenceSheet | None:
    """Return the answers in ``path``, or None when they cannot be read; see ``problems``.

    A unit without any answer is not evaluated and left out; one with some must have all.
    """
    tables, notes = open_tables(path, problems, limits or Limits())
    # The guide sheet of a template has a word or two in common; the worksheet has most.
    headed = [t for t in (find_header(t, _is_known) for t in tables) if t]
    table = max(headed, key=lambda t: sum(_is_known(h) for h in t.headings if h), default=None)
    if table is None:
        if tables:
            problems.add(
                _("kolom tidak ditemukan"),
                _("Tidak ada baris judul yang dikenal."),
                _("Pakai templat lembar kerja evaluasi."),
                file=path.name,
            )
        return None
    guesses = guess_columns(table, FIELDS, problems, mapping=mapping)
    columns = {guess.field: guess.position for guess in guesses}
    if not columns.keys() & {UNIT.id, UNIT_CODE.id}:
        what = _("Kolom {title} tidak ditemukan.").format(title=UNIT.title)
        remedy = _("Sebutkan kolom yang benar di berkas pemetaan (--mapping).")
        missing = (_("kolom tidak ditemukan"), what, remedy)
        _add(problems, table, table.header_row, UNIT.title, missing)
        return None
    if not {CRITERION.id, ANSWER.id} <= columns.keys():
        return None
    answers = _answers(table, columns, criteria_of(worksheet), index_of(units), problems)
    return EvidenceSheet(answers, tuple(guesses), tuple(notes))


def _is_known(heading: str) -> bool:
    return fold(heading) in _KNOWN


def _answers(
    table: Table,
    columns: Mapping[str, int],
    criteria: Sequence[Criterion],
    index: UnitIndex,
    problems: Problems,
) -> dict[str, dict[str, str]]:
    by_id = {fold(criterion.id): criterion for criterion in criteria}
    answers: dict[str, dict[str, str]] = {}
    first_row: dict[tuple[str, str], int] = {}
    blank: set[tuple[str, str]] = set()
    for row in read_columns(table, columns, problems).iter_rows(named=True):
        place = _placed(table, row, by_id, index, problems)
        if place is None:
            continue
        unit, criterion = place
        if (unit, criterion.id) in first_row:
            what = _("Kriteria {criterion} unit ini sudah diisi di baris {row}.").format(
                criterion=criterion.id, row=first_row[unit, criterion.id]
            )
            remedy = _("Hapus salah satu baris.")
            _add(problems, table, row["row"], CRITERION.title,
                 (_("kriteria ganda"), what, remedy))  # fmt: skip
            continue
        first_row[unit, criterion.id] = row["row"]
        if row["jawaban"] is None:
            blank.add((unit, criterion.id))
            continue
        answer = _checked(table, row, row["jawaban"], criterion, problems)
        if answer is not None:
            answers.setdefault(unit, {})[criterion.id] = answer
    _report_gaps(table, answers, first_row, criteria, problems, blank=blank)
    return answers


def _placed(
    table: Table,
    row: Mapping[str, str | None],
    criteria: Mapping[str, Criterion],
    index: UnitIndex,
    problems: Problems,
) -> tuple[str, Criterion] | None:
    """Return the unit and criterion of one row."""
    text = row.get("kode_unit") or row.get("unit")
    unit = index.lookup(text) if text else None
    criterion = criteria.get(fold(row["kriteria"] or ""))
    number = int(row["row"] or 0)
    if unit is None and index.units:  # without any unit the roster has the problem
        trouble = index.trouble(text) if text else (_("Unit kosong."), _("Isi kode unit."))
        _add(problems, table, number, UNIT.title, (_("unit tidak dikenal"), *trouble))
    if criterion is None:
        what = _("Kriteria “{text}” tidak ada di lembar kerja.").format(text=row["kriteria"] or "")
        remedy = _("Pakai kode kriteria dari templat: {codes}.").format(
            codes=", ".join(c.id for c in criteria.values())
        )
        _add(problems, table, number, CRITERION.title, (_("kriteria tidak dikenal"), what, remedy))
    return None if unit is None or criterion is None else (unit, criterion)


def _checked(
    table: Table,
    row: Mapping[str, str | None],
    text: str,
    criterion: Criterion,
    problems: Problems,
) -> str | None:
    try:
        criterion_share(criterion, text)
    except UserError as error:
        remedy = _("Isi jawaban yang tersedia untuk kriteria ini.")
        _add(problems, table, int(row["row"] or 0), ANSWER.title,
             (_("jawaban di luar skala"), in_words(error), remedy))  # fmt: skip
        return None
    return text


def _report_gaps(
    table: Table,
    answers: Mapping[str, Mapping[str, str]],
    rows: Mapping[tuple[str, str], int],
    criteria: Sequence[Criterion],
    problems: Problems,
    *,
    blank: AbstractSet[tuple[str, str]],
) -> None:
    # A wrong answer stands in ``rows`` too, and was reported already together with its row.
    for unit in answers:
        for criterion in criteria:
            if (unit, criterion.id) in blank:
                what = _("Unit {unit} belum menjawab kriteria {criterion}.").format(
                    unit=unit, criterion=criterion.id
                )
                remedy = _("Isi kolom Jawaban, atau kosongkan semua jawaban unit ini.")
                _add(problems, table, rows[unit, criterion.id], ANSWER.title,
                     (_("kriteria belum dinilai"), what, remedy))  # fmt: skip
            elif (unit, criterion.id) not in rows:
                what = _("Unit {unit} belum punya baris untuk kriteria {criterion}.").format(
                    unit=unit, criterion=criterion.id
                )
                _add(problems, table, None, CRITERION.title,
                     (_("kriteria belum dinilai"), what, _("Tambahkan barisnya.")))  # fmt: skip


def _add(
    problems: Problems, table: Table, row: int | None, column: str, problem: tuple[str, str, str]
) -> None:
    kind, what, remedy = problem
    problems.add(kind, what, remedy, file=table.file, sheet=table.sheet, row=row, column=column)
