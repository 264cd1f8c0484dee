"""Fictional files in the forms that agencies have, for the demonstration and for practice."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xlsxwriter

from cermin.core.population import Unit
from cermin.core.scheme import Item, Questionnaire

SIASN_HEADINGS = (
    "PNS ID", "NIP BARU", "NAMA", "GELAR DEPAN", "GELAR BELAKANG", "TEMPAT LAHIR",
    "TANGGAL LAHIR", "JENIS KELAMIN", "AGAMA NAMA", "GOL AKHIR NAMA", "TMT GOLONGAN AKHIR",
    "TINGKAT PENDIDIKAN NAMA", "PENDIDIKAN TERAKHIR NAMA", "TAHUN LULUS", "JENIS JABATAN NAMA",
    "JABATAN NAMA", "TMT JABATAN", "ESELON NAMA", "TMT ESELON", "SATUAN KERJA INDUK NAMA",
    "SATUAN KERJA KERJA NAMA", "UNOR INDUK NAMA", "UNOR NAMA", "KEDUDUKAN HUKUM NAMA",
    "NOMOR HP", "EMAIL", "EMAIL GOV",
)  # fmt: skip
SIASN_SHEETS = ("PNS", "PPPK", "PPPK Paruh Waktu")
# The same seed gives the same file, so a file does not tell when it was made.
_PROPERTIES = {"created": datetime(2000, 1, 1, tzinfo=UTC)}
SEX_LETTERS = {"laki-laki": "M", "perempuan": "F"}


@dataclass(frozen=True)
class Person:
    """One row of a fictional roster."""

    nip: str
    name: str
    sex: str
    employment: str
    unit: str
    parent_unit: str
    agency: str
    phone: str = ""
    email: str = ""
    office_email: str = ""


def write_siasn_roster(path: Path, people: Iterable[Person]) -> None:
    """Write a roster as SIASN exports it: three sheets, upper-case headings, NIP as text."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties(_PROPERTIES)
        rows = dict.fromkeys(SIASN_SHEETS, 0)
        sheets = {name: book.add_worksheet(name) for name in SIASN_SHEETS}
        for sheet in sheets.values():
            sheet.write_row(0, 0, SIASN_HEADINGS)
        for number, person in enumerate(people, start=1):
            # CPNS stand on the PNS sheet; their KEDUDUKAN HUKUM tells them apart.
            name = "PNS" if person.employment == "CPNS" else person.employment
            rows[name] += 1
            for column, text in enumerate(_siasn_row(number, person)):
                sheets[name].write_string(rows[name], column, text)


def _siasn_row(number: int, person: Person) -> list[str]:
    known = {
        "PNS ID": f"FIKTIF-{number:06d}",
        "NIP BARU": person.nip,
        "NAMA": person.name,
        "JENIS KELAMIN": SEX_LETTERS.get(person.sex, ""),
        "JENIS JABATAN NAMA": "Jabatan Pelaksana",
        "SATUAN KERJA INDUK NAMA": person.agency,
        "SATUAN KERJA KERJA NAMA": person.agency,
        "UNOR INDUK NAMA": person.parent_unit,
        "UNOR NAMA": person.unit,
        "KEDUDUKAN HUKUM NAMA": "CPNS" if person.employment == "CPNS" else "Aktif",
        "NOMOR HP": person.phone,
        "EMAIL": person.email,
        "EMAIL GOV": person.office_email,
    }
    return [known.get(heading, "") for heading in SIASN_HEADINGS]


@dataclass(frozen=True)
class Answers:
    """Anonymous answers in arrival order; codes of the items, -1 for a missing answer."""

    unit: Sequence[str]
    strata: dict[str, Sequence[str]]  # heading -> one label per respondent
    codes: npt.NDArray[np.int8]  # (respondents, items)


def write_google_forms_csv(path: Path, questionnaire: Questionnaire, answers: Answers) -> None:
    """Write answers as a Google Forms sheet: questions as headings, labels in the cells."""
    labels = [_labels(item) for item in questionnaire.items]
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        questions = [item.text.id for item in questionnaire.items]
        sheet.writerow(["Stempel waktu", "Unit kerja", *answers.strata, *questions])
        for row, codes in enumerate(answers.codes):
            texts = [label.get(int(code), "") for label, code in zip(labels, codes, strict=True)]
            # Minutes only rise, as they do in a real sheet; the reader must throw them away.
            clock = f"{1 + row // 400:02d}/10/2024 {8 + row % 400 // 60:02d}:{row % 60:02d}:00"
            sheet.writerow([clock, answers.unit[row], *_strata_of(answers, row), *texts])


def write_answers_xlsx(path: Path, questionnaire: Questionnaire, answers: Answers) -> None:
    """Write answers in Cermin's own template: item ids as headings, codes in the cells."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties(_PROPERTIES)
        sheet = book.add_worksheet("Jawaban")
        headings = ["unit", *answers.strata, *(item.id for item in questionnaire.items)]
        sheet.write_row(0, 0, headings)
        first = 1 + len(answers.strata)
        for row, codes in enumerate(answers.codes):
            for column, text in enumerate([answers.unit[row], *_strata_of(answers, row)]):
                sheet.write_string(row + 1, column, text)
            for column, code in enumerate(codes.tolist()):
                if code >= 0:
                    sheet.write_number(row + 1, first + column, code)


def write_limesurvey_csv(path: Path, questionnaire: Questionnaire, answers: Answers) -> None:
    """Write answers as a coded LimeSurvey export: ``G01Q01[item]`` headings, ``A4`` cells."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, quoting=csv.QUOTE_ALL)
        items = [f"G01Q01[{item.id}]" for item in questionnaire.items]
        sheet.writerow(["id", "submitdate", "unit", *answers.strata, *items])
        for row, codes in enumerate(answers.codes):
            texts = [f"A{code}" if code >= 0 else "" for code in codes.tolist()]
            head = [str(row + 1), "1980-01-01 00:00:00", answers.unit[row]]
            sheet.writerow([*head, *_strata_of(answers, row), *texts])


def _strata_of(answers: Answers, row: int) -> list[str]:
    return [labels[row] for labels in answers.strata.values()]


def _labels(item: Item) -> dict[int, str]:
    return {option.code: option.label.id for option in item.options}


def write_units_xlsx(path: Path, units: Sequence[Unit]) -> None:
    """Write the tree of units in the form of the units template."""
    rows = [[unit.id, unit.name, unit.parent or ""] for unit in units]
    _write_rows(path, "Unit", ["Kode", "Nama", "Kode Induk"], rows)


def write_evidence_xlsx(path: Path, answers: Sequence[tuple[Unit, str, str]]) -> None:
    """Write scored worksheets: unit, criterion, answer."""
    rows = [[unit.id, unit.name, criterion, answer] for unit, criterion, answer in answers]
    _write_rows(path, "Isian", ["Kode Unit", "Nama Unit", "Kode Kriteria", "Jawaban"], rows)


def _write_rows(
    path: Path, name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties(_PROPERTIES)
        sheet = book.add_worksheet(name)
        for position, cells in enumerate([headings, *rows]):
            for column, text in enumerate(cells):
                sheet.write_string(position, column, text)
