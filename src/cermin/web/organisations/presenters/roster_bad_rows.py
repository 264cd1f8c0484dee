"""The rows with a problem as a workbook: mended there, it can be uploaded again."""

from __future__ import annotations

import io

import polars as pl
import xlsxwriter
from django.utils.translation import gettext as _

from cermin.web.organisations.models import RosterUpload
from cermin.web.organisations.queries import roster_files


def bad_rows_workbook(upload: RosterUpload) -> bytes:
    """Return the sheets as they came, the rows with a problem only, and what is wrong with each.

    The columns are those that were read; nothing else of the file was kept.
    """
    headings = roster_files.read_facts(upload)["headings"]
    rows = _with_problems(upload)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        # Numbers of 18 digits stay as they are typed only in cells formatted as text.
        text = book.add_format({"num_format": "@"})
        for name, part in rows.group_by("sheet", maintain_order=True):
            sheet = book.add_worksheet(_sheet_name(str(name[0])))
            titles = [*headings[str(name[0])], _("Masalah"), _("Cara memperbaiki")]
            sheet.set_column(0, len(titles) - 3, 22, text)
            sheet.set_column(len(titles) - 2, len(titles) - 1, 60)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(titles):
                sheet.write_string(0, column, title, bold)
            for row, line in enumerate(part.rows(named=True), start=1):
                for column, cell in enumerate([*line["cells"], line["what"], line["remedy"]]):
                    sheet.write_string(row, column, cell, text)
    return stream.getvalue()


def _sheet_name(name: str) -> str:
    """Return the name as it came: it tells the type of employment. A CSV file has none."""
    return "".join(c for c in name if c not in "[]:*?/\\'")[:31] or "Pegawai"


def _with_problems(upload: RosterUpload) -> pl.DataFrame:
    problems = roster_files.read_frame(upload, roster_files.PROBLEMS)
    told = problems.group_by("sheet", "row", maintain_order=True).agg(
        pl.col("what").unique(maintain_order=True).str.join(" "),
        pl.col("remedy").unique(maintain_order=True).str.join(" "),
    )
    cells = roster_files.read_frame(upload, roster_files.CELLS)
    return cells.join(told, on=["sheet", "row"], how="left", maintain_order="left").with_columns(
        pl.col("what", "remedy").fill_null("")
    )
