"""E-mail addresses and phone numbers of the roster: sealed, masked, never in the trail."""

from __future__ import annotations

import pytest

from cermin.core.contacts import Contacts
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.roster_people import add_employee, edit_employee
from cermin.web.organisations.models import Employee, RosterUpload
from cermin.web.organisations.presenters.roster_preview import preview
from cermin.web.organisations.queries.contacts import contacts_of, email_index
from roster_factory import accept, counts, nip, person, upload, workbook
from site_factory import NOW, as_member

OLD = Contacts("satu@rawabening.example", "6281234567890")


def row(serial: int, *, phone: str = "", email: str = "", office: str = "", **cells: object):
    found = person(serial, "Dinas Kesehatan", **cells)
    return found | {"NOMOR HP": phone, "EMAIL": email, "EMAIL GOV": office}


def without_contact_columns(*serials: int) -> bytes:
    lines = [f"{nip(n)};Pegawai {n};Dinas Kesehatan;PNS" for n in serials]
    return "\n".join(["NIP;Nama;Unit Kerja;Jenis Pegawai", *lines]).encode()


def bring(house, *rows, **options) -> RosterUpload:
    return upload(house.agency, house.owner, workbook(PNS=list(rows)), **options)


@pytest.fixture
def stored(house) -> Employee:
    """One person who came with both contacts, in a file with another who has none."""
    accept(bring(house, row(1, phone="0812 3456 7890", office=OLD.email), row(2)), house.owner)
    return Employee.objects.get(name="Pegawai 1")


def test_contacts_are_sealed_and_indexed(house, stored) -> None:
    assert contacts_of(stored) == OLD
    assert OLD.email.encode() not in bytes(stored.email_sealed)
    assert bytes(stored.email_index) == email_index("rawa-bening", "SATU@rawabening.example")
    assert bytes(stored.email_index) != email_index("tanjung-asri", OLD.email)
    other = Employee.objects.get(name="Pegawai 2")
    assert (other.email_sealed, other.email_index, other.phone_sealed) == (None, None, None)


def test_a_file_without_contacts_leaves_them(house, stored) -> None:
    assert counts(bring(house, row(1), row(2))) == {"unchanged": 2}  # columns that are empty
    same = upload(house.agency, house.owner, without_contact_columns(1, 2), name="a.csv")
    assert counts(same) == {"unchanged": 2}
    moved = bring(house, row(1, JENIS_JABATAN_NAMA="Jabatan Fungsional"), row(2))
    assert counts(moved) == {"changed": 1, "unchanged": 1}
    accept(moved, house.owner)
    assert contacts_of(Employee.objects.get(pk=stored.pk)) == OLD


def test_only_different_contacts_are_changes(house, stored) -> None:
    same = bring(
        house, row(1, phone="+62 812-3456-7890", email="Satu@Rawabening.example"), row(2)
    )  # fmt: skip
    assert counts(same) == {"unchanged": 2}
    new = bring(house, row(1, phone="081234567891"), row(2, email="dua@rawabening.example"))
    assert counts(new) == {"changed": 2}
    shown = preview(new, n_employees=2, part="changed", number=None)
    told = str(shown.rows)
    assert "62•••891" in told
    assert "d•••@rawabening.example" in told
    assert "81234567891" not in told
    assert "dua@" not in told
    accept(new, house.owner)
    assert contacts_of(Employee.objects.get(pk=stored.pk)) == Contacts(OLD.email, "6281234567891")
    assert contacts_of(Employee.objects.get(name="Pegawai 2")).email == "dua@rawabening.example"


def test_bad_contacts_are_shown_and_stop_nobody(house, stored, browser) -> None:
    bad = bring(house, row(1, email="salah"), row(2, phone="12"))
    assert counts(bad) == {"unchanged": 2}
    address = f"/i/rawa-bening/pegawai/unggah/{bad.pk}/?bagian=contacts"
    page = browser(house.owner).get(address).content.decode()
    assert "Kontak dikosongkan (2)" in page
    assert "Alamat surel tidak sah" in page
    assert "<td>EMAIL</td>" in page
    assert contacts_of(Employee.objects.get(pk=stored.pk)) == OLD


def test_lists_and_exports_mask_contacts(house, stored, browser) -> None:
    for user in (house.owner, house.contact):
        page = browser(user).get("/i/rawa-bening/pegawai/").content.decode()
        assert "s•••@rawabening.example" in page
        assert "62•••890" in page
        assert OLD.email not in page
        assert OLD.phone not in page
    assert (
        OLD.email.encode() not in browser(house.owner).post("/i/rawa-bening/pegawai/unduh/").content
    )


def test_owner_adds_and_corrects_contacts(house, browser) -> None:
    client = browser(house.owner)
    fields = {"nip": nip(5), "name": "Pegawai 5", "unit": "dinkes", "employment": "PNS", "sex": ""}
    refused = client.post("/i/rawa-bening/pegawai/tambah/", fields | {"email": "x@", "phone": "1"})
    assert "Alamat surel tidak sah" in refused.content.decode()
    assert "Nomor tidak terbaca" in refused.content.decode()
    good = {"email": "Lima@RAWABENING.example", "phone": "081234567895"}
    assert client.post("/i/rawa-bening/pegawai/tambah/", fields | good).status_code == 302
    one = Employee.objects.get(name="Pegawai 5")
    assert contacts_of(one) == Contacts("Lima@rawabening.example", "6281234567895")
    address = f"/i/rawa-bening/pegawai/{one.pk}/"
    assert "Lima@rawabening.example" in client.get(address).content.decode()
    sent = {"name": "Pegawai 5", "unit": "dinkes", "employment": "PNS", "email": "", "phone": ""}
    client.post(address, sent)
    assert contacts_of(Employee.objects.get(pk=one.pk)) == Contacts()
    assert Employee.objects.get(pk=one.pk).email_index is None


def test_the_trail_knows_that_a_contact_changed_and_not_which(house) -> None:
    member = as_member(house.owner, house.agency)
    unit = house.structure.units.get(code="dinkes")
    one = add_employee(
        agency=house.agency, nip=nip(6), name="Pegawai 6", unit=unit, employment="PNS", sex="",
        contacts=OLD, by=member, now=NOW,
    )  # fmt: skip
    common = {"employee": one, "name": one.name, "unit": unit, "employment": "PNS", "by": member}
    edit_employee(**common, now=NOW)  # contacts are not told, so they stay
    assert contacts_of(Employee.objects.get(pk=one.pk)) == OLD
    edit_employee(**common, contacts=Contacts("baru@rawabening.example", OLD.phone), now=NOW)
    told = [str(vars(event)) for event in AuditEvent.objects.all()]
    assert "email" in told[-1]
    assert not any("rawabening.example" in words or OLD.phone in words for words in told)
