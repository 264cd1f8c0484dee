"""The roster as its pages and files show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cermin.web.organisations.models import Employee
from cermin.web.organisations.queries.contacts import masked_contacts
from cermin.web.organisations.queries.roster import masked_nip

# What SIASN calls the columns that are read; the others are left alone.
SIASN_COLUMNS = (
    "NIP BARU", "NAMA", "JENIS KELAMIN", "JENIS JABATAN NAMA", "UNOR INDUK NAMA", "UNOR NAMA",
    "KEDUDUKAN HUKUM NAMA", "NOMOR HP", "EMAIL", "EMAIL GOV",
)  # fmt: skip


@dataclass(frozen=True)
class PersonRow:
    """One line of the list."""

    pk: int
    name: str
    nip: str
    unit: str
    employment: str
    sex: str
    position_type: str
    email: str
    phone: str

    def cells(self) -> tuple[str, ...]:
        """Return the line of the Excel file."""
        return (
            self.nip, self.name, self.unit, self.employment, self.sex, self.position_type,
            self.email, self.phone,
        )  # fmt: skip


def person_rows(people: Iterable[Employee]) -> list[PersonRow]:
    """Return the lines; numbers and contacts are masked."""
    return [_person_row(one) for one in people]


def _person_row(one: Employee) -> PersonRow:
    contacts = masked_contacts(one)
    return PersonRow(
        pk=one.pk, name=one.name, nip=masked_nip(one), unit=one.unit.name,
        employment=one.get_employment_display(), sex=one.sex, position_type=one.position_type,
        email=contacts.email, phone=contacts.phone,
    )  # fmt: skip


def export_headings() -> tuple[str, ...]:
    """Return the headings of the Excel file."""
    return (
        _("NIP (disamarkan)"), _("Nama"), _("Unit"), _("Jenis pegawai"), _("Jenis kelamin"),
        _("Jenis jabatan"), _("Surel (disamarkan)"), _("Nomor HP (disamarkan)"),
    )  # fmt: skip
