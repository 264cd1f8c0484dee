"""The roster: SIASN's export or Cermin's template, read into headcounts.

Employee numbers and names are used to find broken and doubled rows and to leave out totals; they
do not leave this module, except masked in a problem.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from cermin.core.population import Frame, Unit
from cermin.intake.categories import STRATUM_CATEGORIES, employment_of, has_left
from cermin.intake.employee_numbers import check_numbers, report_duplicates
from cermin.intake.formats import Limits
from cermin.intake.headings import (
    EMPLOYMENT,
    NAME,
    NIP,
    PARENT,
    SEX,
    STATUS,
    UNIT,
    UNIT_CODE,
    fold,
)
from cermin.intake.mapping import Columns, Guess, find_header, guess_columns
from cermin.intake.problems import Problems
from cermin.intake.roster_units import assign_units
from cermin.intake.tables import Table, open_tables, read_columns
from cermin.language import _

FIELDS = (NIP, UNIT_CODE, UNIT, PARENT, EMPLOYMENT, SEX, STATUS, NAME)
_KNOWN = frozenset(fold(heading) for field in FIELDS for heading in field.headings)
_LOADED = [field.id for field in FIELDS]
_TOTAL_ROW = r"(?i)^\s*(sub\s*)?(jumlah|total)\b"


@dataclass(frozen=True)
class Roster:
    """Who is employed, without names or numbers.

    ``people`` has one row per active employee: unit (id), jenis_pegawai, jenis_kelamin (null
    where unknown).
    """

    units: tuple[Unit, ...]
    people: pl.DataFrame
    sheets: Mapping[str, int]  # active employees per sheet
    excluded: Mapping[str, int]  # rows left out, per kedudukan hukum
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]

    @property
    def stratum_variables(self) -> tuple[str, ...]:
        """Categories that are known of everybody."""
        return tuple(name for name in STRATUM_CATEGORIES if not self.people[name].null_count())


def read_roster(
    path: Path,
    problems: Problems,
    *,
    units: Sequence[Unit] = (),
    mapping: Columns | None = None,
    limits: Limits | None = None,
) -> Roster | None:
    """Return the roster in ``path``, or None when it cannot be read; see ``problems``.

    ``units`` is the tree of the units file; without it the tree is made from the roster.
    """
    tables, notes = open_tables(path, problems, limits or Limits())
    parts: list[pl.DataFrame] = []
    guesses: list[Guess] = []
    excluded: dict[str, int] = {}
    for table in with_headings(tables, problems, notes, path):
        found = guess_columns(table, FIELDS, problems, mapping=mapping)
        guesses += found
        if can_read(table, found, problems):
            parts.append(_sheet(table, found, problems, notes, excluded))
    if not parts:
        return None
    people = pl.concat(parts)
    if people.is_empty():
        _add_nobody(problems, path)
        return None
    report_duplicates(people, problems, path.name)
    tree, people = assign_units(people, units, problems, notes, path.name)
    counts = people.group_by("sheet").len().sort("sheet").rows()
    return Roster(
        units=tree,
        people=people.select("unit", *STRATUM_CATEGORIES),
        sheets={sheet or path.name: n for sheet, n in counts},
        excluded=excluded,
        guesses=tuple(guesses),
        notes=(*notes, *_gaps(people, path)),
    )


def read_unit_sizes(path: Path, *, limits: Limits | None = None) -> list[tuple[str, int]]:
    """Return the name and active employees of each unit of a roster; raise BadInput."""
    problems = Problems()
    roster = read_roster(path, problems, limits=limits)
    problems.stop_if_any()
    if roster is None:
        return []
    sizes = dict(roster.people.group_by("unit").len().rows())
    return [(unit.name, sizes[unit.id]) for unit in roster.units if unit.id in sizes]


def frame_of(
    roster: Roster,
    *,
    agency: str,
    agency_name: str,
    agency_class: str,
    year: int,
    stratum_variables: Sequence[str] | None = None,
) -> Frame:
    """Return headcounts by unit and stratum; strata are all combinations that occur."""
    if stratum_variables is None:
        stratum_variables = roster.stratum_variables
    categories = [
        [c for c in STRATUM_CATEGORIES[name][1] if c in set(roster.people[name])]
        for name in stratum_variables
    ]
    strata = tuple(itertools.product(*categories))
    unit_at = {unit.id: i for i, unit in enumerate(roster.units)}
    stratum_at = {stratum: i for i, stratum in enumerate(strata)}
    headcount = np.zeros((len(roster.units), len(strata)), dtype=np.int64)
    for unit, *stratum, n in roster.people.group_by("unit", *stratum_variables).len().rows():
        headcount[unit_at[unit], stratum_at[tuple(stratum)]] = n
    return Frame(
        agency=agency,
        agency_name=agency_name,
        agency_class=agency_class,
        year=year,
        units=roster.units,
        stratum_variables=tuple(stratum_variables),
        strata=strata,
        headcount=headcount,
    )


# ------------------------------------------------------------------ one sheet


def with_headings(
    tables: Sequence[Table], problems: Problems, notes: list[str], path: Path
) -> list[Table]:
    """Return the tables with roster headings; a sheet named after employees must have them."""
    found = []
    for table in tables:
        headed = find_header(table, lambda heading: fold(heading) in _KNOWN)
        if headed is not None:
            found.append(headed)
        elif employment_of(table.sheet) or len(tables) == 1:
            problems.add(
                _("kolom tidak ditemukan"),
                _("Tidak ada baris judul yang dikenal."),
                _("Pastikan ada kolom NIP dan unit kerja, dengan judul di {n} baris teratas.")
                .format(n=len(table.top)),
                file=path.name, sheet=table.sheet,
            )  # fmt: skip
        else:
            notes.append(
                _("{file}: lembar {sheet} dilewati karena tidak berjudul kolom pegawai.").format(
                    file=path.name, sheet=table.sheet
                )
            )
    return found


def can_read(table: Table, guesses: Sequence[Guess], problems: Problems) -> bool:
    """Whether the columns without which nobody can be placed were found."""
    fields = {guess.field for guess in guesses}
    missing = [NIP] * (NIP.id not in fields) + [UNIT] * (not fields & {UNIT.id, UNIT_CODE.id})
    for field in missing:
        problems.add(
            _("kolom tidak ditemukan"),
            _("Kolom {title} tidak ditemukan.").format(title=field.title),
            _("Sebutkan kolom yang benar di berkas pemetaan (--mapping)."),
            file=table.file, sheet=table.sheet, row=table.header_row, column=field.title,
        )  # fmt: skip
    return not missing


def _sheet(
    table: Table,
    guesses: Sequence[Guess],
    problems: Problems,
    notes: list[str],
    excluded: dict[str, int],
) -> pl.DataFrame:
    columns = {guess.field: guess.position for guess in guesses}
    frame = read_columns(table, columns, problems)
    frame = active_rows(table, guesses, frame, problems, notes=notes, excluded=excluded)
    return frame.drop("nama", "kedudukan_hukum")


def active_rows(
    table: Table,
    guesses: Sequence[Guess],
    frame: pl.DataFrame,
    problems: Problems,
    *,
    notes: list[str],
    excluded: dict[str, int],
) -> pl.DataFrame:
    """Return the active employees of one sheet, all columns there, null where unknown."""
    columns = {guess.field: guess for guess in guesses}
    absent = [name for name in _LOADED if name not in columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    frame = _without_totals(table, frame, notes)
    frame = _without_leavers(frame, excluded)
    frame = _with_categories(table, frame, problems)
    nip = columns["nip"]
    frame = check_numbers(
        table, frame, nip.position, problems=problems, notes=notes, heading=nip.heading
    )
    return frame.with_columns(pl.lit(table.sheet).alias("sheet"))


def _without_totals(table: Table, frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Leave out rows that sum up: "Jumlah" in a row without a number of 18 digits."""
    texts = pl.col("nip", "nama", "unit", "kode_unit", "induk")
    is_total = pl.any_horizontal(texts.str.contains(_TOTAL_ROW).fill_null(value=False))
    numbered = pl.col("nip").str.contains(r"\d{9}").fill_null(value=False)
    totals = frame.filter(is_total & ~numbered)
    for row in totals["row"]:
        notes.append(
            _("{file}, {sheet}: baris {row} adalah baris jumlah dan dilewati.").format(
                file=table.file, sheet=table.sheet, row=row
            )
        )
    return frame.filter(~pl.col("row").is_in(totals["row"].implode()))


def _without_leavers(frame: pl.DataFrame, excluded: dict[str, int]) -> pl.DataFrame:
    left = [status for status in frame["kedudukan_hukum"].unique() if status and has_left(status)]
    gone = pl.col("kedudukan_hukum").is_in(left).fill_null(value=False)
    for status, n in frame.filter(gone).group_by("kedudukan_hukum").len().sort("len").rows():
        excluded[status] = excluded.get(status, 0) + n
    return frame.filter(~gone)


def _with_categories(table: Table, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    for name, (category_of, labels) in STRATUM_CATEGORIES.items():
        meaning = {text: category_of(text) for text in frame[name].unique() if text}
        unknown = [text for text, label in meaning.items() if label is None]
        wrong = frame.filter(pl.col(name).is_in(unknown)).select("row", name).rows()
        problems.add_rows(
            _("kategori tidak dikenal"),
            ((row, _("Isi “{text}” tidak dikenal.").format(text=text)) for row, text in wrong),
            _("Isi dengan salah satu dari: {labels}.").format(labels=", ".join(labels)),
            file=table.file,
            sheet=table.sheet,
            column=name,
        )
        frame = frame.with_columns(
            pl.col(name).replace_strict(meaning, default=None, return_dtype=pl.String)
        )
    # The column wins over the sheet's name; candidates stand among the PNS with status CPNS.
    kind = pl.col("jenis_pegawai").fill_null(pl.lit(employment_of(table.sheet), pl.String))
    candidate = pl.col("kedudukan_hukum").str.to_uppercase().str.contains("CPNS", literal=True)
    is_candidate = candidate.fill_null(value=False) & (kind == "PNS").fill_null(value=True)
    return frame.with_columns(
        pl.when(is_candidate).then(pl.lit("CPNS")).otherwise(kind).alias("jenis_pegawai")
    )


def _gaps(people: pl.DataFrame, path: Path) -> list[str]:
    return [
        _("{file}: {n} pegawai tanpa {name}; strata {name} tidak dipakai.").format(
            file=path.name, n=people[name].null_count(), name=name
        )
        for name in STRATUM_CATEGORIES
        if people[name].null_count()
    ]


def _add_nobody(problems: Problems, path: Path) -> None:
    problems.add(
        _("berkas kosong"),
        _("Tidak ada pegawai aktif dalam berkas."),
        _("Ekspor ulang daftar pegawai dari SIASN."),
        file=path.name,
    )
