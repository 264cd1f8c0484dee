"""Tables as CSV that spreadsheets open as they are meant: as text, in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_FORMULA = tuple("=+-@\t\r\n")


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table of which no cell is run as a formula; None is an empty cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(headings)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")  # Excel needs the mark to see UTF-8


def _inert(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
