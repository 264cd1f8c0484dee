"""Regulations as rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cermin.language import N_
from cermin.web.register.models import Regulation

HEADINGS = (
    N_("Jenis"), N_("Penerbit"), N_("Nomor"), N_("Tahun"), N_("Tentang"), N_("Tautan"),
    N_("Berkas"), N_("Catatan"),
)  # fmt: skip


def regulation_rows(regulations: Iterable[Regulation]) -> Iterator[tuple[object, ...]]:
    """Return regulations below HEADINGS."""
    for one in regulations:
        yield (one.get_kind_display(), one.issuer, one.number, one.year, one.subject, one.link,
               one.file_name, one.note)  # fmt: skip
