"""Correcting the roster by hand, one person at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cermin.core.contacts import Contacts
from cermin.core.errors import UserError
from cermin.core.nip import parse_nip
from cermin.intake.categories import SEXES
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.organisations.models import (
    Agency,
    Employee,
    Employment,
    Structure,
    Unit,
)
from cermin.web.organisations.queries.contacts import (
    contacts_of,
    email_index,
    sealed_contact,
)
from cermin.web.organisations.queries.roster import person_index, unnumbered_index
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.organisations.tasks.roster_applying import sealed_nip

_SEX = {"male": SEXES[0], "female": SEXES[1]}


def add_employee(
    *, agency: Agency, nip: str, name: str, unit: Unit, employment: str, sex: str, by: Member,
    now: datetime, contacts: Contacts | None = None,
) -> Employee:  # fmt: skip
    """Add one person; only people outside the service have no number."""
    check_owner(by, agency)
    read = parse_nip(nip)
    if not nip.strip() and employment != Employment.NON_ASN:
        raise UserError(N_("Isi NIP; hanya pegawai Non-ASN yang tidak memilikinya."))
    if nip.strip() and not read.valid:
        raise UserError(N_("NIP tidak sah. Periksa 18 digitnya, lalu isi lagi."))
    digits = read.digits if nip.strip() else ""
    with transaction.atomic():
        _lock(agency, unit)
        index = (
            person_index(agency.pk, digits) if digits
            else unnumbered_index(agency.pk, name, unit.code)
        )  # fmt: skip
        _check_once(agency, index)
        employee = Employee.objects.create(
            agency=agency, unit=unit, person_index=index, name=name, employment=employment,
            nip_sealed=sealed_nip(digits) if digits else None,
            sex=(_SEX[read.sex] if digits and read.sex else sex), added_at=now,
            **_sealed(agency, contacts or Contacts()),
        )  # fmt: skip
        _record("employee_added", employee, by=by, now=now, unit=unit.code)
    return employee


def edit_employee(
    *, employee: Employee, name: str, unit: Unit, employment: str, by: Member, now: datetime,
    contacts: Contacts | None = None,
) -> None:  # fmt: skip
    """Correct what is known of a person, but for the number; without ``contacts`` they stay."""
    agency = employee.agency
    check_owner(by, agency)
    with transaction.atomic():
        _lock(agency, unit)
        employee = Employee.objects.select_related("unit", "agency").get(
            pk=employee.pk, agency=agency
        )
        if employee.nip_sealed is None:
            if employment != Employment.NON_ASN:
                raise UserError(N_("Tanpa NIP, jenis pegawai hanya dapat Non-ASN."))
            index = unnumbered_index(agency.pk, name, unit.code)
            if index != bytes(employee.person_index):
                _check_once(agency, index)
                employee.person_index = index
        known = contacts_of(employee)
        contacts = contacts or known
        # What was changed is told, who it is and what it was is not.
        changed = [
            field
            for field, old, new in (
                ("name", employee.name, name),
                ("unit", employee.unit_id, unit.pk),
                ("employment", employee.employment, employment),
                ("email", known.email, contacts.email),
                ("phone", known.phone, contacts.phone),
            )
            if old != new
        ]
        sealed = _sealed(agency, contacts) if contacts != known else {}
        for field, value in sealed.items():
            setattr(employee, field, value)
        before = employee.unit.code
        employee.name, employee.unit, employee.employment = name, unit, employment
        employee.save(update_fields=["name", "unit", "employment", "person_index", *sealed])
        units = {"from_unit": before, "to_unit": unit.code} if "unit" in changed else {}
        _record("employee_changed", employee, by=by, now=now, changed=changed, **units)


def remove_employee(*, employee: Employee, by: Member, now: datetime) -> None:
    """Take a person off the roster."""
    agency = employee.agency
    check_owner(by, agency)
    with transaction.atomic():
        _lock(agency)
        found = Employee.objects.select_related("unit", "agency").filter(
            pk=employee.pk, agency=agency
        )
        for one in found:
            _record("employee_removed", one, by=by, now=now, unit=one.unit.code)
            one.delete()


def _sealed(agency: Agency, contacts: Contacts) -> dict[str, bytes | None]:
    return {
        "email_sealed": sealed_contact(contacts.email),
        "email_index": email_index(agency.slug, contacts.email),
        "phone_sealed": sealed_contact(contacts.phone),
    }


def _lock(agency: Agency, unit: Unit | None = None) -> None:
    """Queue with all who write the roster or its units; ``unit`` must still be there."""
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    list(Structure.objects.select_for_update().filter(agency=agency))
    if unit and not Unit.objects.filter(pk=unit.pk, structure__agency=agency).exists():
        raise UserError(N_("Unit ini baru saja digabung atau ditutup. Muat ulang halaman."))


def _check_once(agency: Agency, index: bytes) -> None:
    if Employee.objects.filter(agency=agency, person_index=index).exists():
        raise UserError(N_("Pegawai ini sudah ada di daftar."))


def _record(
    action: str, employee: Employee, *, by: Member, now: datetime, **details: object
) -> None:
    record(
        action, by=by, now=now, agency=employee.agency.slug, object_type="employee",
        object_id=employee.pk, **details,
    )  # fmt: skip
