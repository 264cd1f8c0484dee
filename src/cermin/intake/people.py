"""The roster person by person, for keeping it: sound rows, and the others with their remedy.

`read_roster` needs headcounts and refuses a file with any problem. Here sound rows are taken and
the others are handed back as they were written, so that they can be mended and brought again. Of
every sheet only the columns that are needed are read; nothing else is handed back either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import polars as pl

from cermin.core.population import Unit
from cermin.intake.archive import CellFault
from cermin.intake.categories import EMPLOYMENT_TYPES
from cermin.intake.contacts import CONTACTS, contact_columns, with_contacts, without_shared
from cermin.intake.employee_numbers import report_duplicates
from cermin.intake.formats import Limits
from cermin.intake.headings import EMPLOYMENT, NAME, POSITION_TYPE, fold
from cermin.intake.mapping import Guess, guess_columns
from cermin.intake.problems import Problem, Problems
from cermin.intake.roster import FIELDS, active_rows, can_read, with_headings
from cermin.intake.roster_units import assign_units
from cermin.intake.tables import Table, open_tables, read_columns
from cermin.language import _

Progress = Callable[[float], None]  # share done, 0 to 1
LONGEST_NAME = 150
LONGEST_UNIT_NAME = 200
LONGEST_UNIT_CODE = 60
LONGEST_POSITION_TYPE = 60
_FIELDS = (*FIELDS, POSITION_TYPE)
_ROW = ["sheet", "row"]
_TITLES = {field.id: field.title for field in _FIELDS}
PERSON = ["nip", "nama", "unit", "jenis_pegawai", "jenis_kelamin", "jenis_jabatan"]


@dataclass(frozen=True)
class People:
    """Everybody in a roster file, sound or not.

    ``rows`` has sheet, row, PERSON and CONTACTS, for each sound row; nip is null for people outside
    the service, contacts where there are none. ``problems`` has sheet, row, column, what, remedy;
    ``cells`` has sheet, row and the cells of each row with a problem, under ``headings`` of its
    sheet; ``unsure`` has what is known of the people in them. ``warnings`` is like ``problems``,
    of contacts that were left empty.
    """

    units: tuple[Unit, ...]
    made_tree: bool
    rows: pl.DataFrame
    problems: pl.DataFrame
    cells: pl.DataFrame
    headings: Mapping[str, tuple[str, ...]]
    unsure: pl.DataFrame
    warnings: pl.DataFrame
    excluded: Mapping[str, int]  # rows left out, per kedudukan hukum
    notes: tuple[str, ...]


@dataclass
class _Reading:
    """What has been gathered from the sheets so far."""

    found: Problems = field(default_factory=lambda: Problems(limit=sys.maxsize))
    warnings: Problems = field(default_factory=lambda: Problems(limit=sys.maxsize))
    parts: list[pl.DataFrame] = field(default_factory=list)
    written: list[pl.DataFrame] = field(default_factory=list)
    headings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    header_rows: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)


def read_people(
    path: Path,
    problems: Problems,
    *,
    units: Sequence[Unit] = (),
    limits: Limits | None = None,
    progress: Progress = lambda _share: None,
) -> People | None:
    """Return everybody in ``path``; None when the file as a whole must be mended, see ``problems``.

    ``units`` is the tree to match with; without it the tree is made from the roster.
    """
    reading = _Reading()
    tables, notes = open_tables(path, reading.found, limits or Limits())
    headed = with_headings(tables, reading.found, notes, path) if tables else []
    for done, table in enumerate(headed, start=1):
        _read_sheet(table, reading, notes)
        progress(done / (len(headed) + 1))
    people = pl.concat(reading.parts) if reading.parts else pl.DataFrame()
    if reading.parts:
        people = without_shared(people, reading.warnings, path.name)
    if people.is_empty() and not reading.found:
        _report_nobody(reading.found, path)
    if _of_file(reading, problems):
        return None
    report_duplicates(people, reading.found, path.name)
    tree, people = assign_units(people, units, reading.found, notes, path.name)
    if not units:
        tree, people = _fitting(tree, people)
    _report_unknown_employment(people, reading.found, path)
    _report_names(people, reading.found, path)
    _report_namesakes(people, reading.found, path)
    if _of_file(reading, problems):
        return None
    progress(1)
    return _sorted_out(reading, tree, people, made_tree=not units, notes=notes)


def _read_sheet(table: Table, reading: _Reading, notes: list[str]) -> None:
    reading.header_rows[table.sheet] = table.header_row
    found = guess_columns(table, _FIELDS, reading.found)
    if not can_read(table, found, reading.found):
        return
    contacts = contact_columns(table, found, notes)
    frame = _cells(table, found, contacts, reading)
    in_order = sorted([*found, *contacts], key=lambda guess: guess.position)
    reading.headings[table.sheet] = tuple(guess.heading for guess in in_order)
    reading.written.append(_as_written(table, in_order, frame))
    people = active_rows(table, found, frame, reading.found, notes=notes, excluded=reading.excluded)
    if POSITION_TYPE.id not in people.columns:
        people = people.with_columns(pl.lit(None, pl.String).alias(POSITION_TYPE.id))
    people = with_contacts(table, contacts, people, reading.warnings)
    wanted = [*_ROW, *PERSON, *CONTACTS, "kode_unit", "induk"]
    reading.parts.append(people.select(wanted))


def _cells(
    table: Table, found: Sequence[Guess], contacts: Sequence[Guess], reading: _Reading
) -> pl.DataFrame:
    """Return the cells of the columns that are read; faults in contacts are mere warnings."""
    faults = Problems(limit=sys.maxsize)
    columns = {guess.field: guess.position for guess in (*found, *contacts)}
    frame = read_columns(table, columns, faults)
    spared = {guess.heading for guess in contacts}
    for problem in faults.listed:
        kept = reading.warnings if problem.column in spared else reading.found
        kept.listed.append(problem)
        kept.counts[problem.what] += 1
    frame = frame.filter(pl.any_horizontal(pl.col(g.field).is_not_null() for g in found))
    return frame.with_columns(pl.col(pl.String).str.replace_all("\0", "", literal=True))


def _as_written(table: Table, guesses: Sequence[Guess], frame: pl.DataFrame) -> pl.DataFrame:
    """Return sheet, row and the cells; a rounded number stays one that nobody takes for a NIP."""
    rounded = {
        (row, column) for (row, column), fault in (table.faults or {}).items()
        if fault is CellFault.LONG_NUMBER
    }  # fmt: skip
    columns = []
    for guess in guesses:
        rows = [row for row, column in rounded if column == table.first_column + guess.position]
        text = pl.col(guess.field)
        if rows:
            scientific = text.cast(pl.Float64, strict=False).map_elements(
                lambda number: f"{number:.14E}", return_dtype=pl.String
            )
            text = pl.when(pl.col("row").is_in(rows)).then(scientific).otherwise(text)
        columns.append(text.fill_null(""))
    return frame.select(pl.lit(table.sheet).alias("sheet"), "row", cells=pl.concat_list(columns))


def _fitting(tree: tuple[Unit, ...], people: pl.DataFrame) -> tuple[tuple[Unit, ...], pl.DataFrame]:
    """Shorten codes and names that were made too long to be kept."""
    short = {unit.id: _short(unit.id) for unit in tree}
    fitted = tuple(
        Unit(short[u.id], u.name[:LONGEST_UNIT_NAME], short[u.parent] if u.parent else None)
        for u in tree
    )
    unit = pl.col("unit").replace_strict(short, default=None, return_dtype=pl.String)
    return fitted, people.with_columns(unit)


def _short(code: str) -> str:
    if len(code) <= LONGEST_UNIT_CODE:
        return code
    return f"{code[: LONGEST_UNIT_CODE - 9]}-{sha256(code.encode()).hexdigest()[:8]}"


# ------------------------------------------------------------------ problems


def _of_file(reading: _Reading, problems: Problems) -> bool:
    """Hand on the problems that are not of one row, and tell whether there are any."""
    several = [p for p in reading.found.listed if not _is_of_row(p, reading.header_rows)]
    for problem in several:
        fitting = replace(problem, remedy=_remedy(problem))
        problems.counts[_("berkas")] += 1
        problems.listed.append(fitting)
    return bool(several)


def _is_of_row(problem: Problem, header_rows: Mapping[str, int]) -> bool:
    return problem.row is not None and problem.row > header_rows.get(problem.sheet, 0)


def _remedy(problem: Problem) -> str:
    """Return a remedy for people without the command line: the file itself is mended."""
    if "--mapping" in problem.remedy:
        return _("Beri kolom yang benar judul seperti di templat, lalu unggah lagi.")
    if "--units" in problem.remedy:
        return _("Buat dahulu struktur unit instansi ini, lalu unggah lagi.")
    return problem.remedy


def _report_nobody(problems: Problems, path: Path) -> None:
    problems.add(
        _("berkas kosong"),
        _("Tidak ada pegawai aktif dalam berkas."),
        _("Ekspor ulang daftar pegawai dari SIASN."),
        file=path.name,
    )


def _report_unknown_employment(people: pl.DataFrame, problems: Problems, path: Path) -> None:
    """Every row of a sheet without a type is one problem of the sheet, otherwise of the rows."""
    known = {(p.sheet, p.row) for p in problems.listed if p.column == EMPLOYMENT.id}
    choices = ", ".join(EMPLOYMENT_TYPES)
    unknown = people.filter(pl.col("jenis_pegawai").is_null())
    for sheet, rows in unknown.group_by("sheet", maintain_order=True).agg("row").rows():
        if len(rows) == people.filter(pl.col("sheet") == sheet).height and len(rows) > 1:
            problems.add(
                _("jenis pegawai tidak diketahui"),
                _("Jenis pegawai tidak diketahui di lembar ini."),
                _("Tambahkan kolom Jenis Pegawai ({labels}), atau beri nama lembarnya demikian.")
                .format(labels=choices),
                file=path.name, sheet=sheet,
            )  # fmt: skip
            continue
        problems.add_rows(
            _("jenis pegawai tidak diketahui"),
            ((row, _("Jenis pegawai kosong.")) for row in rows if (sheet, row) not in known),
            _("Isi dengan salah satu dari: {labels}.").format(labels=choices),
            file=path.name, sheet=sheet, column=EMPLOYMENT.title,
        )  # fmt: skip


def _report_names(people: pl.DataFrame, problems: Problems, path: Path) -> None:
    length = pl.col("nama").str.len_chars().fill_null(0)
    for sheet, row, n in (
        people.select(*_ROW, length.alias("n"))
        .filter((pl.col("n") == 0) | (pl.col("n") > LONGEST_NAME))
        .rows()
    ):
        problems.add(
            _("nama tidak sah"),
            _("Nama lebih dari {n} huruf.").format(n=LONGEST_NAME) if n else _("Nama kosong."),
            _("Isi nama pegawai tanpa keterangan lain."),
            file=path.name, sheet=sheet, row=row, column=NAME.title,
        )  # fmt: skip


def _report_namesakes(people: pl.DataFrame, problems: Problems, path: Path) -> None:
    """People without a number are told apart by name and unit only."""
    seen: set[tuple[str, str]] = set()
    unnumbered = people.filter(
        pl.col("nip").is_null()
        & (pl.col("jenis_pegawai") == "Non-ASN")
        & pl.col("nama").is_not_null()
        & pl.col("unit").is_not_null()
    )
    for sheet, row, name, unit in unnumbered.select(*_ROW, "nama", "unit").rows():
        if (fold(name), unit) in seen:
            problems.add(
                _("nama ganda"),
                _("Ada dua pegawai tanpa NIP bernama sama di unit yang sama."),
                _("Hapus baris yang ganda, atau bedakan namanya (misalnya dengan nama lengkap)."),
                file=path.name, sheet=sheet, row=row, column=NAME.title,
            )  # fmt: skip
        seen.add((fold(name), unit))


# ------------------------------------------------------------------ sorting out


def _sorted_out(
    reading: _Reading,
    tree: tuple[Unit, ...],
    people: pl.DataFrame,
    *,
    made_tree: bool,
    notes: Sequence[str],
) -> People:
    active = people.select(_ROW)
    problems = _table(reading.found).join(active, on=_ROW, how="semi", maintain_order="left")
    warnings = _table(reading.warnings).join(active, on=_ROW, how="semi", maintain_order="left")
    bad = problems.select(_ROW).unique(maintain_order=True)
    people = people.with_columns(pl.col("jenis_jabatan").str.slice(0, LONGEST_POSITION_TYPE))
    cells = pl.concat(reading.written).join(bad, on=_ROW, how="semi", maintain_order="left")
    return People(
        units=tree,
        made_tree=made_tree,
        rows=people.join(bad, on=_ROW, how="anti", maintain_order="left").select(
            *_ROW, *PERSON, *CONTACTS
        ),
        problems=problems,
        cells=cells,
        headings=reading.headings,
        unsure=people.join(bad, on=_ROW, how="semi").select("nip", "nama"),
        warnings=warnings,
        excluded=reading.excluded,
        notes=tuple(notes),
    )


def _table(problems: Problems) -> pl.DataFrame:
    return pl.DataFrame(
        [(p.sheet, p.row, _TITLES.get(p.column, p.column), p.what, p.remedy)
         for p in problems.listed],
        schema={"sheet": pl.String, "row": pl.Int64, "column": pl.String, "what": pl.String,
                "remedy": pl.String},
        orient="row",
    ).sort("sheet", "row", maintain_order=True)  # fmt: skip
