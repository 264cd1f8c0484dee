"""The report as a workbook: one sheet per table, figures as numbers, people's text as text."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from cermin.language import _
from cermin.reports.blocks import Bullets, Cell, Document, Heading, Paragraph, Table
from cermin.reports.palette import ACCENT, MUTED, TINT_INKS, TINTS

# A workbook carries a creation date; a fixed one makes the same report the same bytes.
_CREATED = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_HEAD_ROW = 2  # caption, empty line, then the head of the table
_N_LETTERS = 31  # of a sheet name, says the format


def render_xlsx(document: Document) -> bytes:
    """Return the report's tables as a workbook."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    book.set_properties(
        {
            "title": f"{document.title} – {document.agency} {document.year}",
            "author": document.agency,
            "created": _CREATED,
        }
    )
    formats = _Formats(book, document.language)
    names = _sheet_names(document)
    _first_sheet(book, formats, document, names)
    for table in document.tables():
        _sheet(book.add_worksheet(names[table.id]), formats, table)
    book.close()
    return buffer.getvalue()


class _Formats:
    """Cell formats of one workbook, made when first asked for."""

    def __init__(self, book: Any, language: str) -> None:
        self._book = book
        # LibreOffice takes the separators from the language in brackets, Excel from the machine.
        self._language = "[$-421]" if language == "id" else "[$-409]"
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def get(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": "Calibri", **properties})
        return self._made[key]

    def number(self, decimals: int) -> str:
        places = "." + "0" * decimals if decimals else ""
        return f"{self._language}#,##0{places}"

    def cell(self, cell: Cell, kind: str) -> Any:
        properties: dict[str, object] = {"bold": kind == "total", "italic": kind == "pool"}
        if cell.number is not None:
            letter = cell.text.rsplit("\N{NO-BREAK SPACE}", 1)[-1] if cell.shade else ""
            tail = f' "{letter}"' if letter.isalpha() else ""
            properties["num_format"] = self.number(cell.decimals) + tail
        if cell.shade == "hidden":
            properties |= {"pattern": 14, "fg_color": MUTED, "align": "center"}
        elif cell.shade:
            step = int(cell.shade) - 1
            properties |= {"bg_color": TINTS[step], "font_color": TINT_INKS[step]}
        if cell.level:
            properties["indent"] = cell.level
        return self.get(**properties)


def _sheet_names(document: Document) -> dict[str, str]:
    """Return a short unique sheet name per table id."""
    names: dict[str, str] = {}
    for number, table in enumerate(document.tables(), start=1):
        # Ids are short Indonesian words; in English the caption has to do. Cut after a word.
        source = table.caption if document.language == "en" else table.id.removeprefix("tabel-")
        words = "".join(c if c.isalnum() else " " for c in source).split()
        while len(f"{number} {' '.join(words)}") > _N_LETTERS:
            words.pop()
        names[table.id] = f"{number} {' '.join(words)}"
    return names


def _first_sheet(book: Any, formats: _Formats, document: Document, names: dict[str, str]) -> None:
    sheet = book.add_worksheet(_("Ringkasan"))
    sheet.set_column(0, 0, 34, formats.get())
    sheet.set_column(1, 1, 90, formats.get(text_wrap=True, valign="top"))
    sheet.hide_gridlines(2)
    title = formats.get(bold=True, font_size=16, font_color=ACCENT)
    sheet.write_string(0, 0, f"{document.agency} · {document.year}", title)
    sheet.write_string(1, 0, document.title)
    lines = [*document.cover.pairs]
    if document.notice:
        lines.append((_("Perhatian"), document.notice))
    lines += [(_("Ringkasan"), words) for words in _summary_lines(document)]
    lines += [(names[table.id], table.caption) for table in document.tables()]
    for row, (term, words) in enumerate(lines, start=3):
        sheet.write_string(row, 0, term, formats.get(font_color=MUTED, valign="top"))
        sheet.write_string(row, 1, words, formats.get(text_wrap=True, valign="top"))


def _summary_lines(document: Document) -> list[str]:
    """Return the sentences of the first section."""
    lines: list[str] = []
    n_sections = 0
    for block in document.blocks:
        n_sections += isinstance(block, Heading) and block.level == 1
        if n_sections > 1:
            break
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, Bullets):
            lines += block.items
    return lines


def _sheet(sheet: Any, formats: _Formats, table: Table) -> None:
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, table.caption, formats.get(bold=True, font_color=ACCENT))
    for column, head in enumerate(table.columns):
        align = "right" if head.figures else "left"
        style = formats.get(
            bold=True, bottom=1, top=2, align=align, text_wrap=True, valign="bottom"
        )
        sheet.set_column(column, column, 14 if head.figures else 44)
        sheet.write_string(_HEAD_ROW, column, head.header, style)
    for number, row in enumerate(table.rows, start=_HEAD_ROW + 1):
        for column, cell in enumerate(row.cells):
            style = formats.cell(cell, row.kind)
            if cell.number is None:
                sheet.write_string(number, column, cell.text, style)
            else:
                sheet.write_number(number, column, cell.number, style)
    if table.note:
        row_of_note = _HEAD_ROW + 2 + len(table.rows)
        sheet.write_string(row_of_note, 0, table.note, formats.get(font_color=MUTED))
    sheet.freeze_panes(_HEAD_ROW + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)
