"""What is wrong with the files people bring: every problem of every file, in one table."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

import xlsxwriter

from cermin.core.errors import UserError
from cermin.intake.csv_table import csv_bytes
from cermin.language import N_, _

LISTED = 1_000


@dataclass(frozen=True)
class Problem:
    """One thing to mend; ``row`` is the row number that Excel shows."""

    file: str
    sheet: str
    row: int | None
    column: str
    what: str
    remedy: str


@dataclass(frozen=True)
class ProblemReport:
    """All problems: the first ones listed, all counted by kind."""

    listed: tuple[Problem, ...]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All problems, listed or not."""
        return sum(self.counts.values())

    def write(self, path: Path) -> None:
        """Write the list as XLSX, CSV or plain text, as the name of ``path`` ends."""
        writers = {".xlsx": self._xlsx, ".csv": self._csv}
        path.write_bytes(writers.get(path.suffix.lower(), self._text)())

    def text(self) -> str:
        """Return the list as plain lines."""
        lines = [_line(problem) for problem in self.listed]
        if self.total > len(self.listed):
            hidden = self.total - len(self.listed)
            lines.append(_("... dan {n} masalah lain.").format(n=hidden))
        return "\n".join([*lines, *self._summary()]) + "\n"

    def _summary(self) -> list[str]:
        return [
            _("Jumlah {kind}: {n}").format(kind=kind, n=n)
            for kind, n in sorted(self.counts.items())
        ]

    def _text(self) -> bytes:
        return self.text().encode()

    def _csv(self) -> bytes:
        return csv_bytes(_titles(), map(astuple, self.listed))

    def _xlsx(self) -> bytes:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet(_("Masalah"))
            bold = book.add_format({"bold": True})
            wrap = book.add_format({"text_wrap": True, "valign": "top"})
            for row, cells in enumerate([_titles(), *(astuple(p) for p in self.listed)]):
                for column, cell in enumerate(cells):
                    sheet.write_string(
                        row, column, "" if cell is None else str(cell), wrap if row else bold
                    )
            for column, width in enumerate((28, 18, 8, 22, 60, 60)):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(1, 0)
            counts = book.add_worksheet(_("Jumlah"))
            for row, (kind, n) in enumerate(sorted(self.counts.items())):
                counts.write_string(row, 0, kind)
                counts.write_number(row, 1, n)
            counts.set_column(0, 0, 40)
        return stream.getvalue()


class BadInput(UserError):  # noqa: N818 - a name people read in the API
    """Something in the files must be mended first; nothing was taken in."""

    def __init__(self, report: ProblemReport) -> None:
        super().__init__(
            N_(
                "Ada {n} masalah dalam berkas masukan. Tidak ada yang diolah; perbaiki lalu ulangi."
            ),
            n=report.total,
        )
        self.report = report


@dataclass
class Problems:
    """Collects problems while files are read; lists the first ones and counts them all."""

    limit: int = LISTED
    listed: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        kind: str,
        what: str,
        remedy: str,
        *,
        file: str,
        sheet: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        """Note one problem; ``kind`` is the heading it is counted under."""
        self.counts[kind] += 1
        if len(self.listed) < self.limit:
            self.listed.append(Problem(file, sheet, row, column, what, remedy))

    def add_rows(
        self,
        kind: str,
        rows: Iterable[tuple[int, str]],
        remedy: str,
        *,
        file: str,
        sheet: str,
        column: str,
    ) -> None:
        """Note one problem for each (row, what)."""
        for row, what in rows:
            self.add(kind, what, remedy, file=file, sheet=sheet, row=row, column=column)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.counts)

    def report(self) -> ProblemReport:
        """Return what was collected."""
        return ProblemReport(tuple(self.listed), dict(self.counts))

    def stop_if_any(self) -> None:
        """Raise BadInput with everything collected."""
        if self:
            raise BadInput(self.report())


def _titles() -> tuple[str, ...]:
    return (_("Berkas"), _("Lembar"), _("Baris"), _("Kolom"), _("Masalah"), _("Cara memperbaiki"))


def _line(problem: Problem) -> str:
    place = [problem.file, problem.sheet]
    if problem.row is not None:
        place.append(_("baris {row}").format(row=problem.row))
    if problem.column:
        place.append(_("kolom {column}").format(column=problem.column))
    return ", ".join(p for p in place if p) + f": {problem.what} {problem.remedy}"
