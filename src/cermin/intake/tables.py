"""Tables as people keep them: CSV, XLSX or Parquet, read as text with Excel's row numbers.

Only the first rows of a table are read to find its headings; afterwards only the columns that
somebody asked for. Whatever else the file holds (religion, birth place, time stamps) is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cermin.core.errors import UserError
from cermin.intake.archive import CellFault, Faults, column_letters, inspect
from cermin.intake.delimited import Delimited, read_delimited
from cermin.intake.formats import Format, Limits, Refused, recognise
from cermin.intake.problems import Problems
from cermin.language import N_, _, in_words

TOP_ROWS = 40  # headings stand within these
Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Table:
    """One sheet of a file. ``header`` is the position of the headings in ``top``, from 0."""

    file: str
    sheet: str  # "" for CSV and Parquet
    top: tuple[Cells, ...]
    load: Callable[[Sequence[int], int], pl.DataFrame]
    first_column: int = 0
    header: int = 0
    faults: Mapping[tuple[int, int], CellFault] | None = None

    @property
    def headings(self) -> Cells:
        """The headings, None where a column has none."""
        return self.top[self.header]

    @property
    def header_row(self) -> int:
        """Row of the headings as Excel shows it."""
        return self.header + 1

    def letter(self, position: int) -> str:
        """Return the letter of a column."""
        return column_letters(self.first_column + position)

    def with_header(self, header: int) -> Table:
        """Return the same table with other headings."""
        return replace(self, header=header)


def open_tables(path: Path, problems: Problems, limits: Limits) -> tuple[list[Table], list[str]]:
    """Return the tables of ``path`` and notes on what was left out.

    What cannot be opened becomes a problem, and no tables are returned.
    """
    try:
        kind = recognise(path, limits)
        if kind is Format.XLSX:
            return _workbook(path, problems, limits)
        table = _delimited(path) if kind is Format.CSV else _parquet(path)
    except Refused as refusal:
        problems.add(refusal.kind, in_words(refusal), refusal.remedy, file=path.name)
        return [], []
    if _is_blank(table.top):
        _add_empty(problems, path)
        return [], []
    return [table], []


def read_columns(table: Table, columns: Mapping[str, int], problems: Problems) -> pl.DataFrame:
    """Return ``row`` and the wanted columns as trimmed text, without blank rows.

    ``columns`` maps names to positions. Cells whose text misleads become problems.
    """
    try:
        frame = table.load(sorted(set(columns.values())), table.header)
    except Refused as refusal:
        problems.add(refusal.kind, in_words(refusal), refusal.remedy, file=table.file)
        return pl.DataFrame(schema={"row": pl.Int64} | dict.fromkeys(columns, pl.String))
    _report_overflow(table, frame, problems)
    text = [
        pl.col(str(position)).str.strip_chars().replace({"": None}).alias(name)
        for name, position in columns.items()
    ]
    frame = frame.select(pl.col("row").cast(pl.Int64), *text)
    if table.faults:
        _report_faults(table, columns, problems)
    return frame.filter(pl.any_horizontal(pl.col(list(columns)).is_not_null()))


# ------------------------------------------------------------------ each format


def _workbook(path: Path, problems: Problems, limits: Limits) -> tuple[list[Table], list[str]]:
    archive = inspect(path, limits)
    try:
        reader = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise _unreadable() from error
    tables, notes = [], []
    for name in reader.sheet_names:
        sheet = _sheet(reader, name, n_rows=TOP_ROWS)
        if sheet.visible != "visible":
            notes.append(
                _("{file}: lembar tersembunyi {sheet} tidak dibaca.").format(
                    file=path.name, sheet=name
                )
            )
        elif sheet.total_height and sheet.width:
            tables.append(_sheet_table(path, reader, sheet, archive.faults.get(name, {})))
    tables = [table for table in tables if not _is_blank(table.top)]
    if not tables:
        _add_empty(problems, path)
    return tables, notes


def _sheet_table(
    path: Path, reader: fastexcel.ExcelReader, sheet: fastexcel.ExcelSheet, faults: Faults
) -> Table:
    first = sheet.selected_columns[0].absolute_index
    top = tuple(tuple(_trimmed(cell) for cell in row) for row in sheet.to_polars().rows())
    name = sheet.name

    def load(positions: Sequence[int], header: int) -> pl.DataFrame:
        loaded = _sheet(reader, name, use_columns=[first + p for p in positions]).to_polars()
        loaded = loaded.rename(dict(zip(loaded.columns, map(str, positions), strict=True)))
        return loaded.with_row_index("row", offset=1).slice(header + 1)

    return Table(path.name, name, top, load, first_column=first, faults=faults)


def _sheet(
    reader: fastexcel.ExcelReader,
    name: str,
    *,
    n_rows: int | None = None,
    use_columns: list[int] | None = None,
) -> fastexcel.ExcelSheet:
    try:
        # skip_rows=0 keeps blank rows above the headings, so that row numbers stay Excel's.
        return reader.load_sheet(
            name,
            header_row=None,
            skip_rows=0,
            dtypes="string",
            n_rows=n_rows,
            use_columns=use_columns,
        )
    except fastexcel.FastExcelError as error:
        raise _unreadable() from error


def _delimited(path: Path) -> Table:
    content: Delimited = read_delimited(path, top_rows=TOP_ROWS)
    return Table(path.name, "", content.top, content.read)


def _parquet(path: Path) -> Table:
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowException) as error:
        raise _unreadable() from error

    def load(positions: Sequence[int], _header: int) -> pl.DataFrame:
        try:
            frame = pl.read_parquet(path, columns=[names[p] for p in positions])
            frame = frame.select(pl.all().cast(pl.String))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable() from error
        frame = frame.rename(dict(zip(frame.columns, map(str, positions), strict=True)))
        return frame.with_row_index("row", offset=2)  # as if the headings were row 1

    return Table(path.name, "", (tuple(names),), load)


# ------------------------------------------------------------------ problems


def _report_overflow(table: Table, frame: pl.DataFrame, problems: Problems) -> None:
    if "overflow" not in frame.columns:
        return
    wide = frame.filter(pl.col("overflow").str.strip_chars().fill_null("") != "")
    problems.add_rows(
        _("kolom berlebih"),
        ((row, _("Baris ini punya lebih banyak kolom daripada judulnya.")) for row in wide["row"]),
        _("Beri tanda kutip pada teks yang memuat tanda pemisah, atau simpan sebagai XLSX."),
        file=table.file,
        sheet=table.sheet,
        column="",
    )


def _report_faults(table: Table, columns: Mapping[str, int], problems: Problems) -> None:
    """Name formulas without a result and error values; long numbers are judged by who reads."""
    wanted = {table.first_column + p: table.headings[p] or "" for p in columns.values()}
    texts = {
        CellFault.NO_RESULT: (
            _("rumus tanpa hasil"),
            _("Sel berisi rumus yang hasilnya tidak tersimpan."),
            _("Buka di Excel, salin kolom itu, tempel sebagai nilai (Paste Values), lalu simpan."),
        ),
        CellFault.ERROR: (
            _("sel galat"),
            _("Sel berisi galat rumus (misalnya #N/A atau #REF!)."),
            _("Perbaiki rumusnya atau ganti dengan nilai yang benar."),
        ),
    }
    for (row, column), fault in sorted((table.faults or {}).items()):
        if column in wanted and row > table.header_row and fault in texts:
            kind, what, remedy = texts[fault]
            problems.add(
                kind, what, remedy,
                file=table.file, sheet=table.sheet, row=row, column=wanted[column],
            )  # fmt: skip


def _add_empty(problems: Problems, path: Path) -> None:
    problems.add(
        _("berkas kosong"),
        _("Berkas tidak berisi tabel."),
        _("Ekspor ulang berkas dari sumbernya."),
        file=path.name,
    )


def _unreadable() -> UserError:
    return Refused(
        _("berkas rusak"),
        N_("Berkas rusak dan tidak dapat dibuka."),
        _("Buka di Excel, simpan dengan nama baru, lalu coba lagi."),
    )


def _trimmed(cell: str | None) -> str | None:
    return (cell or "").strip() or None


def _is_blank(top: Sequence[Cells]) -> bool:
    return not any(cell for row in top for cell in row)
