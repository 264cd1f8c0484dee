"""Every list as an Excel file; whatever people typed is written as text, never as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_SHEET_NAME = 31


def xlsx_response(
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
) -> HttpResponse:
    """Return a download ``name``.xlsx with one sheet; dates stand in the active time zone."""
    return download(xlsx_bytes(headings, rows, title=title or name), f"{slugify(name)}.xlsx", XLSX)


def xlsx_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> bytes:
    """Return the file."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        widths = [len(heading) for heading in headings]
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                _write(sheet, row, column, cell, moment=moment, day=day)
                widths[column] = max(widths[column], min(len(str(cell)), 60))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width + 2)
        sheet.freeze_panes(1, 0)
    return stream.getvalue()


def download(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return ``content`` as a file to save; browsers must not guess its type."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: object, *,
    moment: object, day: object,
) -> None:  # fmt: skip
    if isinstance(cell, bool) or cell is None:
        sheet.write_string(row, column, "" if cell is None else ("Ya" if cell else "Tidak"))
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        local = timezone.localtime(cell).replace(tzinfo=None) if timezone.is_aware(cell) else cell
        sheet.write_datetime(row, column, local, moment)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    else:
        sheet.write_string(row, column, str(cell))


def _sheet_name(title: str) -> str:
    kept = "".join(c for c in title if c not in r"[]:*?/\'")
    return kept[:_LONGEST_SHEET_NAME] or "Data"
