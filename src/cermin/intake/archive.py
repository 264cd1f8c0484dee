"""XLSX files are ZIP archives: unpack them once, counting, before any reader trusts them.

The reader of workbooks gives text and no cell types. The same pass therefore finds the cells
whose text would mislead: long numbers that a spreadsheet has rounded, formulas without a stored
result, and errors.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from html import unescape
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cermin.intake.formats import Limits, Refused
from cermin.language import N_, _

_CHUNK = 1 << 20
_EXACT_BELOW = 1e15  # spreadsheets keep 15 significant digits
_LOCAL_HEADER = struct.Struct("<26xHH")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAG = 1
_ROOM = 32_000_000  # cells that a reader may make room for: about 1 GB
_ROOM_PER_CELL = 20
_SMALL_PART = 8 << 20  # workbook.xml and its relations are a few kilobytes


class CellFault(StrEnum):
    """Why the text of a cell is not what was meant."""

    LONG_NUMBER = "long_number"
    NO_RESULT = "no_result"
    ERROR = "error"


Faults = dict[tuple[int, int], CellFault]  # (row as Excel shows it, column from 0)


@dataclass(frozen=True)
class Archive:
    """What the pass found: the misleading cells of each sheet."""

    faults: dict[str, Faults] = field(default_factory=dict)


def inspect(path: Path, limits: Limits) -> Archive:
    """Unpack every part within ``limits`` and return the misleading cells; raise Refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _damaged() from error
    _check_kind({part.filename for part in parts})
    _check_declared(parts, path.stat().st_size, limits)
    with path.open("rb") as stream:
        return _unpack(stream, parts, limits)


def _check_kind(names: set[str]) -> None:
    if "xl/vbaProject.bin" in names or any("/macrosheets/" in n for n in names):
        raise Refused(
            _("berkas bermakro"),
            N_("Berkas berisi makro dan tidak dibuka."),
            _("Simpan ulang sebagai Excel Workbook (.xlsx) tanpa makro."),
        )
    if "xl/workbook.xml" in names:
        return
    if "content.xml" in names and "mimetype" in names:
        raise Refused(
            _("format OpenDocument"),
            N_("Berkas OpenDocument (.ods) tidak dibaca."),
            _("Simpan ulang sebagai Excel Workbook (.xlsx)."),
        )
    raise Refused(
        _("bukan tabel"),
        N_("Arsip ini bukan berkas Excel (.xlsx)."),
        _("Jika berkas ZIP, keluarkan dulu isinya; selain itu simpan ulang sebagai .xlsx."),
    )


def _check_declared(parts: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise Refused(
            _("berkas berkata sandi"),
            N_("Berkas dilindungi kata sandi."),
            _("Simpan ulang tanpa kata sandi."),
        )
    if len({part.filename for part in parts}) != len(parts):
        raise _damaged()
    if sum(part.compress_size for part in parts) > size:
        raise _bomb()  # parts overlap
    if len(parts) > limits.entries:
        raise _bomb()
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise _bomb()
    for part in parts:
        packed = max(part.compress_size, 1)
        if part.file_size > limits.ratio_floor and part.file_size > limits.ratio * packed:
            raise _bomb()


def _unpack(stream: BinaryIO, parts: list[zipfile.ZipInfo], limits: Limits) -> Archive:
    left = limits.unpacked_bytes
    by_name = {part.filename: part for part in parts}
    sheets = _sheet_parts(stream, by_name)
    archive = Archive()
    for part in parts:
        sheet = sheets.get(part.filename)
        faults: Faults = {}
        chunks = _inflated(stream, part, left)
        actual = _scan_sheet(chunks, faults) if sheet else sum(len(chunk) for chunk in chunks)
        if actual != part.file_size:
            raise _damaged()
        left -= actual
        if sheet:
            archive.faults[sheet] = faults
    return archive


def _inflated(stream: BinaryIO, part: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """Yield the part as it really unpacks; a lying directory is no shield for a bomb."""
    stream.seek(part.header_offset)
    header = stream.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or part.compress_type not in (_STORED, _DEFLATED):
        raise _damaged()
    stream.seek(sum(_LOCAL_HEADER.unpack(header)), 1)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    left, total = part.compress_size, 0
    try:
        while left > 0 and (packed := stream.read(min(_CHUNK, left))):
            left -= len(packed)
            while packed:
                if part.compress_type == _STORED:
                    plain, packed = packed, b""
                else:
                    plain = inflater.decompress(packed, 16 * _CHUNK)
                    packed = inflater.unconsumed_tail
                total += len(plain)
                # More than declared is a lie; it is not unpacked any further.
                if total > min(limit, part.file_size):
                    raise _bomb()
                yield plain
        yield inflater.flush()
    except zlib.error as error:
        raise _damaged() from error


def _sheet_parts(stream: BinaryIO, parts: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Return the name of the sheet that each part holds."""
    relations = parts.get("xl/_rels/workbook.xml.rels")
    if relations is None:
        raise _damaged()
    targets = {
        tag["Id"]: _inside(tag["Target"])
        for tag in _tags(_small_part(stream, relations), "Relationship")
        if "Id" in tag and "Target" in tag
    }
    book = _small_part(stream, parts["xl/workbook.xml"])
    return {
        targets[reference]: tag["name"]
        for tag in _tags(book, "sheet")
        for key, reference in tag.items()
        if key.endswith(":id") and reference in targets and "name" in tag
    }


def _small_part(stream: BinaryIO, part: zipfile.ZipInfo) -> str:
    return b"".join(_inflated(stream, part, _SMALL_PART)).decode(errors="replace")


def _tags(xml: str, name: str) -> Iterator[dict[str, str]]:
    # Two kinds of tags with flat attributes: no need to hand hostile XML to a parser.
    for tag in re.finditer(rf"<(?:\w+:)?{name}\s([^>]*)>", xml):
        yield {
            key: unescape(value or other)
            for key, value, other in re.findall(
                r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag[1]
            )
        }


def _inside(target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    return str(PurePosixPath("xl") / target)


# ------------------------------------------------------------------ misleading cells


@dataclass(frozen=True)
class _Patterns:
    """Searches in sheet XML; some writers put a namespace prefix before every tag."""

    cell: bytes
    row_end: bytes
    number: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    error: re.Pattern[bytes]
    cell_end: bytes
    result: re.Pattern[bytes]
    far: re.Pattern[bytes]


@dataclass
class _Extent:
    """The rectangle that a reader will make room for, and how many cells are really there."""

    cells: int = 0
    last_row: int = 99_999  # only farther cells are looked at
    last_column: int = 25

    def grow(self, rows: bytes, patterns: _Patterns) -> None:
        """Count the cells of ``rows``; raise Refused for two cells far apart in an empty sheet."""
        self.cells += rows.count(patterns.cell)
        for letters, row in patterns.far.findall(rows):
            self.last_row = max(self.last_row, int(row))
            self.last_column = max(self.last_column, column_number(letters.decode()))
        area = (self.last_row + 1) * (self.last_column + 1)
        if area > max(_ROOM, _ROOM_PER_CELL * self.cells):
            raise Refused(
                _("lembar terlalu renggang"),
                N_("Ada isian yang sangat jauh dari tabelnya (misalnya di baris terakhir Excel)."),
                _("Salin tabelnya saja ke lembar baru, lalu simpan."),
            )


def _patterns(start: bytes) -> _Patterns:
    found = re.search(rb"<(\w+:)?worksheet", start)
    p = (found[1] or b"") if found else b""
    return _Patterns(
        cell=b"<" + p + b"c ",
        row_end=b"</" + p + b"row>",
        number=re.compile(rb"<" + p + rb"v>(-?\d[\d.]{15,}|-?\d[\d.]*[Ee]\+?\d+)</"),
        formula=re.compile(rb"<" + p + rb"f[ />]"),
        error=re.compile(rb' t="e"'),
        cell_end=b"</" + p + b"c>",
        result=re.compile(rb"<" + p + rb"v>[^<]"),
        far=re.compile(rb' r="(?=[A-Z]{2}|[A-Z]\d{6})([A-Z]{1,3})(\d{1,7})"'),
    )


def _scan_sheet(chunks: Iterator[bytes], faults: Faults) -> int:
    """Fill ``faults`` and return the unpacked size; rows are scanned whole."""
    size, rest, extent = 0, b"", _Extent()
    patterns: _Patterns | None = None
    for chunk in chunks:
        size += len(chunk)
        buffer = rest + chunk
        patterns = patterns or _patterns(buffer)
        cut = buffer.rfind(patterns.row_end)
        if cut < 0:
            if len(buffer) > 64 * _CHUNK:
                raise _bomb()  # no sheet has a row of 64 MB
            rest = buffer
            continue
        extent.grow(buffer[:cut], patterns)
        _scan_rows(buffer[:cut], patterns, faults)
        rest = buffer[cut:]
    return size


def _scan_rows(rows: bytes, patterns: _Patterns, faults: Faults) -> None:
    for match in patterns.number.finditer(rows):
        tag = _tag_before(rows, match.start(), patterns)
        if b't="s' not in tag and b't="inlineStr' not in tag and _is_long(match[1]):
            _note(faults, tag, CellFault.LONG_NUMBER)
    for match in patterns.formula.finditer(rows):
        end = rows.find(patterns.cell_end, match.start())
        tag = _tag_before(rows, match.start(), patterns)
        # t="str" says that the stored result is a text, be it an empty one.
        if b't="str"' not in tag and not patterns.result.search(rows, match.start(), end):
            _note(faults, tag, CellFault.NO_RESULT)
    for match in patterns.error.finditer(rows):
        tag = _tag_before(rows, match.start(), patterns)
        if tag.endswith(b' t="e"') or b' t="e" ' in tag:
            _note(faults, tag, CellFault.ERROR)


def _is_long(number: bytes) -> bool:
    try:
        return abs(float(number)) >= _EXACT_BELOW
    except ValueError:
        return False


def _tag_before(rows: bytes, position: int, patterns: _Patterns) -> bytes:
    start = rows.rfind(patterns.cell, 0, position)
    end = rows.find(b">", start)
    return rows[start:end] if start >= 0 else b""


def _note(faults: Faults, tag: bytes, fault: CellFault) -> None:
    reference = re.search(rb'\br="([A-Z]{1,3})(\d{1,7})"', tag)
    if reference:
        faults[int(reference[2]), column_number(reference[1].decode())] = fault


def column_number(letters: str) -> int:
    """Return 0 for "A", 26 for "AA"."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """Return "A" for 0, "AA" for 26."""
    letters = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def _damaged() -> Refused:
    return Refused(
        _("berkas rusak"),
        N_("Berkas Excel rusak dan tidak dapat dibuka."),
        _("Buka di Excel, simpan dengan nama baru, lalu coba lagi."),
    )


def _bomb() -> Refused:
    return Refused(
        _("berkas mencurigakan"),
        N_("Isi berkas mengembang jauh melebihi batas (bom ZIP) dan tidak dibuka."),
        _("Salin tabelnya ke berkas Excel baru dan simpan sebagai .xlsx."),
    )
