"""CSV as people save it: any of four encodings and separators, titles above the headings."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cermin.intake.formats import Refused
from cermin.language import N_, _

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 1 << 18
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_HINT = b"sep="  # Excel's own first line that names the separator


@dataclass(frozen=True)
class Delimited:
    """A CSV file as UTF-8 bytes."""

    content: bytes
    encoding: str
    separator: str
    top: tuple[tuple[str | None, ...], ...]  # first records
    lines: tuple[int, ...]  # physical line (from 0) on which each of them starts

    def read(self, positions: Sequence[int], header: int) -> pl.DataFrame:
        """Return the columns at ``positions`` below record ``header`` (from 0).

        Columns are named by position; "row" is the row number as Excel shows it, "overflow"
        what stands right of the last heading.
        """
        width = len(self.top[header])
        start = _offset_of_line(self.content, self.lines[header])
        # A made-up first line fixes the width at one more column than there are headings, so
        # that a separator inside an unquoted name shows instead of shifting answers unseen.
        ruler = (self.separator * width).encode() + b"\n"
        frame = self._parse(ruler + self.content[start:], [*positions, width], header)
        names = {f"column_{p}": str(p) for p in positions} | {f"column_{width}": "overflow"}
        return frame.rename(names).slice(2)

    def _parse(self, content: bytes, positions: Sequence[int], header: int) -> pl.DataFrame:
        try:
            return pl.read_csv(
                content,
                has_header=False,
                infer_schema=False,
                separator=self.separator,
                columns=sorted(positions),
                truncate_ragged_lines=True,
                row_index_name="row",
                row_index_offset=header,
            )
        except pl.exceptions.ComputeError as error:
            raise Refused(
                _("tanda kutip rusak"),
                N_('Ada tanda kutip (") yang tidak ditutup, sehingga batas baris tidak pasti.'),
                _("Buka di Excel lalu simpan ulang sebagai CSV UTF-8 atau XLSX."),
            ) from error


def read_delimited(path: Path, *, top_rows: int) -> Delimited:
    """Read ``path`` and find its encoding, separator and first records."""
    raw = path.read_bytes()
    content, encoding = _as_utf8(raw)
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    sample = content[:_SAMPLE].decode(errors="ignore")
    separator = _separator(sample)
    top, lines = _first_records(sample, separator, top_rows)
    return Delimited(content, encoding, separator, top, lines)


def _as_utf8(raw: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            return _transcoded(raw[len(mark) :], encoding), encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _transcoded(raw, "cp1252"), "cp1252"
    return raw, "utf-8"


def _transcoded(raw: bytes, encoding: str) -> bytes:
    try:
        return raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise Refused(
            _("pengodean tidak dikenal"),
            N_(
                "Huruf dalam berkas tidak dapat dibaca "
                "(pengodean bukan UTF-8, UTF-16, atau cp1252)."
            ),
            _("Simpan ulang sebagai CSV UTF-8 atau XLSX."),
        ) from error


def _separator(sample: str) -> str:
    """Return the separator that gives most records the same number of cells."""
    if sample[: len(_HINT)].lower().encode() == _HINT and len(sample) > len(_HINT):
        return sample[len(_HINT)]
    scores = {}
    for separator in SEPARATORS:
        widths = Counter(len(record) for record in _records(sample, separator) if record)
        wide = {width: n for width, n in widths.items() if width > 1}
        width, agreeing = max(wide.items(), key=lambda pair: pair[1], default=(0, 0))
        scores[separator] = (agreeing, width)
    return max(SEPARATORS, key=lambda separator: scores[separator])


def _records(sample: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        return [record for record, _n in zip(reader, range(200), strict=False)]
    except csv.Error:  # a cell longer than any table has
        return []


def _first_records(
    sample: str, separator: str, count: int
) -> tuple[tuple[tuple[str | None, ...], ...], tuple[int, ...]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    top: list[tuple[str | None, ...]] = []
    lines: list[int] = []
    line = 0
    try:
        for record in reader:
            top.append(tuple(cell.strip() or None for cell in record))
            lines.append(line)
            line = reader.line_num
            if len(top) == count:
                break
    except csv.Error as error:
        raise Refused(
            _("tanda kutip rusak"),
            N_("Isi berkas tidak tersusun sebagai CSV."),
            _("Buka di Excel lalu simpan ulang sebagai CSV UTF-8 atau XLSX."),
        ) from error
    return tuple(top), tuple(lines)


def _offset_of_line(content: bytes, line: int) -> int:
    offset = 0
    for _n in range(line):
        offset = content.index(b"\n", offset) + 1
    return offset
