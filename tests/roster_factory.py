"""Roster files and uploads for the tests of the site."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from cermin.intake.samples import SIASN_HEADINGS
from cermin.web.organisations.actions.roster import accept_upload, store_upload
from cermin.web.organisations.models import Agency, RosterUpload
from cermin.web.organisations.tasks.roster import apply_upload, read_upload
from site_factory import NOW, as_member

SHEETS = ("PNS", "PPPK", "PPPK Paruh Waktu")
SECRET = "tidak boleh disimpan"  # stands in every column that nobody needs
_moments = iter(range(1, 1_000_000))


def nip(serial: int, sex: int = 1) -> str:
    return f"19850101201001{sex}{serial:03d}"


def person(serial: int, unit: str = "Dinas Kesehatan", *, parent: str = "", sex: int = 1,
           **cells: object) -> dict[str, object]:  # fmt: skip
    """Return one row; cells are named by their SIASN heading, _ for a space."""
    row: dict[str, object] = dict.fromkeys(SIASN_HEADINGS, SECRET)
    row |= {
        "NIP BARU": nip(serial, sex), "NAMA": f"Pegawai {serial}",
        "JENIS KELAMIN": "F" if sex == 2 else "M", "JENIS JABATAN NAMA": "Jabatan Pelaksana",
        "SATUAN KERJA INDUK NAMA": "", "SATUAN KERJA KERJA NAMA": "", "UNOR INDUK NAMA": parent,
        "UNOR NAMA": unit, "KEDUDUKAN HUKUM NAMA": "Aktif",
        "NOMOR HP": "", "EMAIL": "", "EMAIL GOV": "",
    }  # fmt: skip
    return row | {name.replace("_", " "): cell for name, cell in cells.items()}


def workbook(**sheets: list[dict[str, object]]) -> bytes:
    """Return an XLSX with the sheets of SIASN; __ in a name stands for a space."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    named = {name.replace("__", " "): rows for name, rows in sheets.items()}
    for name in dict.fromkeys([*SHEETS, *named]):
        sheet = book.create_sheet(name)
        sheet.append(list(SIASN_HEADINGS))
        for row in named.get(name, []):
            sheet.append([row[heading] for heading in SIASN_HEADINGS])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def uploaded(content: bytes, name: str = "siasn.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def upload(agency: Agency, owner, content: bytes, *, is_complete: bool = True,
           name: str = "siasn.xlsx", read: bool = True) -> RosterUpload:  # fmt: skip
    """Store a file as its owner does, each a little later than the one before, and read it."""
    row = store_upload(
        agency=agency, file=uploaded(content, name), is_complete=is_complete,
        by=as_member(owner, agency), now=NOW + timedelta(seconds=next(_moments)),
    )  # fmt: skip
    if read:
        read_upload.call(str(row.pk))
    return RosterUpload.objects.get(pk=row.pk)


def accept(row: RosterUpload, owner, *, confirmed: bool = True, apply: bool = True) -> RosterUpload:
    """Accept a preview and let the worker apply it."""
    accept_upload(upload=row, confirmed=confirmed, by=as_member(owner, row.agency), now=NOW)
    if apply:
        apply_upload.call(str(row.pk))
    return RosterUpload.objects.get(pk=row.pk)


def counts(row: RosterUpload) -> dict[str, int]:
    """Return the counts that are not zero."""
    names = ("added", "moved", "changed", "unchanged", "left", "bad")
    found = {name: getattr(row, f"n_{name}") for name in names}
    return {name: n for name, n in found.items() if n}
