"""Empty XLSX files to fill in: headings, choice lists and a short guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xlsxwriter

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.core.scheme import Criterion, CriterionKind, Item, ItemKind, Questionnaire, Worksheet
from cermin.core.worksheet import criteria_of
from cermin.intake.categories import EMPLOYMENT_TYPES, SEXES
from cermin.language import _

Kind = Literal["roster", "people", "units", "answers", "evidence"]
_ROWS = 5_000  # rows that get choice lists
_LONGEST_LIST = 255  # Excel's limit for a list typed into the validation
_CHOICES = {
    CriterionKind.YES_NO: ("Ya", "Tidak"),
    CriterionKind.A_TO_C: ("A", "B", "C"),
    CriterionKind.A_TO_D: ("A", "B", "C", "D"),
    CriterionKind.A_TO_E: ("A", "B", "C", "D", "E"),
    CriterionKind.ZERO_TO_FIVE: ("0", "1", "2", "3", "4", "5"),
}


@dataclass(frozen=True)
class _Column:
    heading: str
    width: int
    choices: tuple[str, ...] = ()
    guide: str = ""


def write_template(
    kind: Kind,
    path: Path,
    *,
    units: Sequence[Unit] = (),
    questionnaire: Questionnaire | None = None,
    worksheet: Worksheet | None = None,
) -> None:
    """Write the template of one kind of file; texts are always written as texts."""
    rows: list[list[str]] = []
    lists: list[tuple[str, ...]] = []  # choices in the column "Jawaban", one per row
    if kind == "roster":
        columns = _roster_columns()
    elif kind == "people":
        columns = _people_columns()
    elif kind == "units":
        columns = _unit_columns()
        rows = [[unit.id, unit.name, unit.parent or ""] for unit in units]
    elif kind == "answers":
        if questionnaire is None:
            raise UserError("Templat jawaban memerlukan kuesioner.")
        columns = _answer_columns(questionnaire)
    else:
        if worksheet is None or not units:
            raise UserError("Templat lembar kerja memerlukan lembar kerja dan daftar unit.")
        columns = _evidence_columns()
        pairs = [(unit, criterion) for unit in units for criterion in criteria_of(worksheet)]
        rows = [_evidence_row(unit, criterion) for unit, criterion in pairs]
        lists = [_criterion_choices(criterion) for _unit, criterion in pairs]
    _write(path, columns, rows, lists)


def _roster_columns() -> list[_Column]:
    return [
        _Column("NIP", 22, guide=_("18 digit, sebagai teks. Boleh kosong hanya untuk Non-ASN.")),
        _Column("Nama", 32, guide=_("Tidak disimpan; hanya untuk Anda.")),
        _Column("Kode Unit", 16, guide=_("Kode dari berkas unit.")),
        _Column("Nama Unit", 36, guide=_("Boleh kosong bila kode unit diisi.")),
        _Column("Jenis Pegawai", 18, EMPLOYMENT_TYPES),
        _Column("Jenis Kelamin", 14, SEXES, _("Boleh kosong; dibaca dari NIP.")),
        _Column("Kedudukan Hukum", 18, guide=_("Yang pensiun atau berhenti tidak dihitung.")),
    ]


def _people_columns() -> list[_Column]:
    """Columns of the roster that the site keeps, with names."""
    nip, _name, *rest = _roster_columns()
    name = _Column("Nama", 32, guide=_("Nama lengkap; gelar boleh disertakan."))
    return [
        nip, name, *rest, _Column("Jenis Jabatan", 20, guide=_("Boleh kosong.")),
        _Column("Surel", 32, guide=_("Boleh kosong. Untuk mengirim undangan survei; disegel.")),
        _Column("Nomor HP", 18, guide=_("Boleh kosong. Misalnya 081234567890; disegel.")),
    ]  # fmt: skip


def _unit_columns() -> list[_Column]:
    return [
        _Column("Kode", 16, guide=_("Berbeda untuk setiap unit.")),
        _Column("Nama", 44),
        _Column("Kode Induk", 16, guide=_("Kosong untuk unit tepat di bawah instansi.")),
    ]


def _answer_columns(questionnaire: Questionnaire) -> list[_Column]:
    head = [
        _Column("Kode Unit", 16, guide=_("Kode atau nama unit. Jangan menambah nama atau NIP.")),
        _Column("Jenis Pegawai", 18, EMPLOYMENT_TYPES),
        _Column("Jenis Kelamin", 14, SEXES),
    ]
    items = [
        _Column(item.id, 12, _item_choices(item), _item_guide(item))
        for item in questionnaire.items
        if item.kind is not ItemKind.COMMENT
    ]
    return [*head, *items]


def _item_choices(item: Item) -> tuple[str, ...]:
    if item.kind is ItemKind.CHOOSE_K:
        return ()
    return tuple(map(str, item.codes))


def _item_guide(item: Item) -> str:
    options = "; ".join(f"{option.code} = {option.label.id}" for option in item.options)
    if item.kind is ItemKind.CHOOSE_K:
        rule = _("Tulis tepat {k} kode dalam satu sel, dipisah titik koma.").format(k=item.choose)
        return f"{item.text.id} {rule} {options}"
    return f"{item.text.id} {options}"


def _evidence_columns() -> list[_Column]:
    return [
        _Column("Kode Unit", 16, guide=_("Jangan diubah.")),
        _Column("Nama Unit", 32, guide=_("Jangan diubah.")),
        _Column("Kode Kriteria", 16, guide=_("Jangan diubah.")),
        _Column("Uraian Kriteria", 60, guide=_("Jangan diubah.")),
        _Column("Bukti Diminta", 40, guide=_("Jangan diubah.")),
        _Column("Jawaban", 12, guide=_("Pilih dari daftar; TB berarti tidak berlaku.")),
        _Column("Catatan", 40, guide=_("Tidak dibaca.")),
    ]


def _evidence_row(unit: Unit, criterion: Criterion) -> list[str]:
    return [unit.id, unit.name, criterion.id, criterion.text.id, criterion.evidence.id]


def _criterion_choices(criterion: Criterion) -> tuple[str, ...]:
    choices = _CHOICES.get(criterion.kind, ())
    return (*choices, "TB") if choices and criterion.may_be_not_applicable else choices


# ------------------------------------------------------------------ writing


def _write(
    path: Path,
    columns: Sequence[_Column],
    rows: Sequence[Sequence[str]],
    lists: Sequence[tuple[str, ...]],
) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
        text = book.add_format({"num_format": "@"})  # keeps 18-digit numbers as they are typed
        sheet = book.add_worksheet(_("Isian"))
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column.heading, head)
            sheet.set_column(position, position, column.width, text)
            if column.choices and len(",".join(column.choices)) <= _LONGEST_LIST:
                choice = {"validate": "list", "source": list(column.choices)}
                sheet.data_validation(1, position, _ROWS, position, choice)
        for number, cells in enumerate(rows, start=1):
            for position, cell in enumerate(cells):
                sheet.write_string(number, position, cell, text)
        answer = [column.heading for column in columns].index("Jawaban") if lists else 0
        for number, choices in enumerate(lists, start=1):
            if choices:
                choice = {"validate": "list", "source": list(choices)}
                sheet.data_validation(number, answer, number, answer, choice)
        _write_guide(book, columns, head)


def _write_guide(
    book: xlsxwriter.Workbook, columns: Sequence[_Column], head: xlsxwriter.format.Format
) -> None:
    guide = book.add_worksheet(_("Petunjuk"))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    guide.set_column(0, 0, 20)
    guide.set_column(1, 1, 100)
    # "Isian" and "Keterangan" are no headings of any table, so this sheet is never read as one.
    guide.write_string(0, 0, _("Isian"), head)
    guide.write_string(0, 1, _("Keterangan"), head)
    for number, column in enumerate(columns, start=1):
        guide.write_string(number, 0, _("Kolom {heading}").format(heading=column.heading), wrap)
        choices = ", ".join(column.choices)
        guide.write_string(number, 1, " ".join(t for t in (column.guide, choices) if t), wrap)
