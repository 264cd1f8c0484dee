"""What a file really is, told by its content and not by its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cermin.core.errors import UserError
from cermin.language import N_, _

_MIB = 1 << 20
_HEAD = 8_192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Limits:
    """How much is read at most. A ratio is only judged in parts bigger than ``ratio_floor``."""

    file_bytes: int = 1_024 * _MIB
    unpacked_bytes: int = 2_048 * _MIB
    ratio: int = 200
    ratio_floor: int = 16 * _MIB
    entries: int = 10_000


class Format(StrEnum):
    """Formats that are read."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Refused(UserError):  # noqa: N818 - says what happens to the file
    """A file that is not opened; the remedy says what to do instead."""

    def __init__(self, kind: str, template: str, remedy: str, **gaps: object) -> None:
        super().__init__(template, **gaps)
        self.kind = kind
        self.remedy = remedy


def recognise(path: Path, limits: Limits) -> Format:
    """Return the format of ``path``; raise Refused for anything that is not read."""
    if not path.is_file():
        raise Refused(
            _("berkas tidak ada"),
            N_("Berkas tidak ditemukan."),
            _("Periksa nama dan folder berkas."),
        )
    size = path.stat().st_size
    if size == 0:
        raise Refused(
            _("berkas kosong"), N_("Berkas kosong."), _("Ekspor ulang berkas dari sumbernya.")
        )
    if size > limits.file_bytes:
        raise Refused(
            _("berkas terlalu besar"),
            N_("Berkas berukuran {size} MB; batasnya {limit} MB."),
            _("Hapus kolom yang tidak perlu atau pecah berkas menjadi beberapa bagian."),
            size=size // _MIB,
            limit=limits.file_bytes // _MIB,
        )
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return _by_content(path, head)


def _by_content(path: Path, head: bytes) -> Format:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.XLSX
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(_OLE):
        raise _refused_ole(path)
    if _looks_like_page(head):
        raise Refused(
            _("bukan tabel"),
            N_("Isinya halaman web (HTML), bukan CSV atau XLSX."),
            _("Buka berkas di Excel lalu simpan sebagai Excel Workbook (.xlsx)."),
        )
    # UTF-16 text is full of zero bytes; any other text has none.
    if b"\x00" in head and not head.startswith(_UTF16_MARKS):
        raise Refused(
            _("format tidak dikenal"),
            N_("Isinya bukan CSV, XLSX, atau Parquet."),
            _("Simpan ulang sebagai XLSX atau CSV UTF-8."),
        )
    return Format.CSV


def _refused_ole(path: Path) -> Refused:
    if _ENCRYPTED_STREAM in path.read_bytes():
        return Refused(
            _("berkas berkata sandi"),
            N_("Berkas dilindungi kata sandi."),
            _("Buka di Excel, hapus kata sandinya (File, Info, Protect Workbook), lalu simpan."),
        )
    return Refused(
        _("format lama"),
        N_("Berkas Excel lama (.xls) tidak dibaca."),
        _("Buka di Excel lalu simpan sebagai Excel Workbook (.xlsx)."),
    )


def _looks_like_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"%pdf"))
