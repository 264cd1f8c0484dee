"""Regulations: everybody reads, owners write; files are PDF and harmless."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.rules import Forbidden
from cermin.web.register.actions.regulations import (
    add_national_regulations,
    add_regulation,
    edit_regulation,
    remove_regulation,
)
from cermin.web.register.models import Regulation
from cermin.web.register.queries.regulations import (
    RegulationFilter,
    missing_national,
    national_regulations,
    regulations,
)
from cermin.web.register.rules import LARGEST_FILE, RegulationFacts, check_link
from site_factory import NOW, as_member

RUJUKAN = "/i/rawa-bening/rujukan/"
DAFTAR = RUJUKAN + "peraturan/"
FACTS = RegulationFacts(
    "perbup", "Rawa Bening", "62", 2019, "Budaya kerja", "https://jdih.example/62"
)
FORM = {"kind": "perbup", "issuer": "Rawa Bening", "number": "62", "year": "2019",
        "subject": "Budaya kerja", "link": "https://jdih.example/62", "note": ""}  # fmt: skip
EDITS = ("tambah/", "{pk}/ubah/", "{pk}/hapus/", "nasional/")
READS = ("", "?q=budaya", "unduh/", "{pk}/", "{pk}/berkas/")


def pdf(content: bytes = b"%PDF-1.7 isi", name: str = "perbup 62.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def stored(regulation: Regulation) -> Path:
    return settings.SITE_FOLDER / "files" / regulation.file


@pytest.fixture
def owner(house):
    return as_member(house.owner, house.agency, "/i/rawa-bening/rujukan/peraturan/")


@pytest.fixture
def regulation(house, owner):
    return add_regulation(agency=house.agency, facts=FACTS, pdf=pdf(), by=owner, now=NOW)


def last_event() -> AuditEvent:
    return AuditEvent.objects.last()


# ------------------------------------------------------------------ who may what


@pytest.mark.parametrize("who", [None, "analyst", "outsider", "owner"])
@pytest.mark.parametrize("address", READS)
def test_everybody_reads(house, regulation, browser, who, address: str) -> None:
    client = browser(getattr(house, who) if who else None)
    response = client.get(DAFTAR + address.format(pk=regulation.pk))
    assert response.status_code == 200
    response.close()
    assert response.streaming or b"tambah/" not in response.content or who == "owner"


@pytest.mark.parametrize("address", EDITS)
@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst", "outsider", None])
def test_only_owners_write(house, regulation, browser, address, who) -> None:
    status = {"outsider": 404, None: 302}.get(who, 403)
    client = browser(getattr(house, who) if who else None)
    before = AuditEvent.objects.count()
    assert client.post(DAFTAR + address.format(pk=regulation.pk), FORM).status_code == status
    assert (Regulation.objects.count(), AuditEvent.objects.count()) == (1, before)


@pytest.mark.parametrize("who", ["head", "contact", "analyst", "evaluator"])
def test_actions_check_the_role_themselves(house, regulation, who: str) -> None:
    member = as_member(getattr(house, who), house.agency)
    stranger = as_member(house.outsider, house.other)
    for by in (member, stranger):
        with pytest.raises(Forbidden):
            add_regulation(agency=house.agency, facts=FACTS, by=by, now=NOW)
        with pytest.raises(Forbidden):
            edit_regulation(regulation=regulation, facts=FACTS, by=by, now=NOW)
        with pytest.raises(Forbidden):
            remove_regulation(regulation=regulation, by=by, now=NOW)
        with pytest.raises(Forbidden):
            add_national_regulations(agency=house.agency, by=by, now=NOW)


@pytest.mark.parametrize("address", ["{pk}/", "{pk}/berkas/", "{pk}/ubah/", "{pk}/hapus/"])
def test_regulations_of_another_agency_are_not_found(house, regulation, browser, address) -> None:
    there = "/i/tanjung-asri/rujukan/peraturan/" + address.format(pk=regulation.pk)
    assert browser(house.outsider).get(there).status_code == 404
    assert "Rawa Bening" not in browser(None).get(
        "/i/tanjung-asri/rujukan/peraturan/").content.decode()  # fmt: skip
    assert browser(None).get("/i/tidak-ada/rujukan/peraturan/").status_code == 404


# ------------------------------------------------------------------ adding, editing, removing


def test_adding_through_the_page(house, browser) -> None:
    client = browser(house.owner)
    response = client.post(
        DAFTAR + "tambah/", {**FORM, "number": " 062 ", "pdf": pdf()}, follow=True
    )
    assert "Peraturan Bupati Rawa Bening Nomor 62 Tahun 2019" in response.content.decode()
    made = Regulation.objects.get()
    assert stored(made).read_bytes() == b"%PDF-1.7 isi"
    assert made.file_name == "perbup 62.pdf"
    event = last_event()
    assert (event.action, event.page) == ("regulation_added", DAFTAR + "tambah/")
    assert event.details["name"] == made.title


def test_editing_tells_old_and_new(house, owner, regulation, browser) -> None:
    address = f"{DAFTAR}{regulation.pk}/ubah/"
    client = browser(house.owner)
    assert "Budaya kerja" in client.get(address).content.decode()
    client.post(address, {**FORM, "subject": "Budaya kerja KREATIF"})
    regulation.refresh_from_db()
    assert regulation.subject == "Budaya kerja KREATIF"
    assert regulation.file
    details = last_event().details
    assert (details["old"], details["new"]) == (
        {"subject": "Budaya kerja"}, {"subject": "Budaya kerja KREATIF"})  # fmt: skip
    n = AuditEvent.objects.count()
    client.post(address, {**FORM, "subject": "Budaya kerja KREATIF"})
    assert AuditEvent.objects.count() == n  # nothing changed, nothing told


@pytest.mark.django_db(transaction=True)
def test_files_go_with_their_last_regulation(house, owner, regulation) -> None:
    old = stored(regulation)
    twin = add_regulation(
        agency=house.agency, facts=RegulationFacts("se", "Bupati", "1", 2020, "Lain"), pdf=pdf(),
        by=owner, now=NOW,
    )  # fmt: skip
    assert twin.file == regulation.file
    edit_regulation(regulation=regulation, facts=FACTS, pdf=pdf(b"%PDF-2"), by=owner, now=NOW)
    regulation.refresh_from_db()
    assert (old.exists(), stored(regulation).read_bytes()) == (True, b"%PDF-2")
    remove_regulation(regulation=twin, by=owner, now=NOW)
    assert not old.exists()
    new = stored(regulation)
    edit_regulation(regulation=regulation, facts=FACTS, drop_file=True, by=owner, now=NOW)
    regulation.refresh_from_db()
    assert (new.exists(), regulation.file, regulation.file_bytes) == (False, "", 0)


def test_removing_asks_first(house, regulation, browser) -> None:
    client, address = browser(house.owner), f"{DAFTAR}{regulation.pk}/hapus/"
    assert "Hapus Peraturan Bupati" in client.get(address).content.decode()
    assert Regulation.objects.count() == 1
    client.post(address)
    assert Regulation.objects.count() == 0
    assert last_event().action == "regulation_removed"


# ------------------------------------------------------------------ twins


def test_a_twin_is_refused_with_a_link_to_it(house, regulation, browser) -> None:
    response = browser(house.owner).post(DAFTAR + "tambah/", {**FORM, "issuer": "rawa  bening"})
    text = response.content.decode()
    assert "sudah ada dalam daftar" in text
    assert f'href="{DAFTAR}{regulation.pk}/"' in text
    assert Regulation.objects.count() == 1


def test_the_same_number_of_another_issuer_needs_a_tick(house, regulation, browser) -> None:
    client, form = browser(house.owner), {**FORM, "issuer": "Sungai Tenang"}
    assert "Penerbitnya berbeda" in client.post(DAFTAR + "tambah/", form).content.decode()
    assert Regulation.objects.count() == 1
    client.post(DAFTAR + "tambah/", {**form, "other_issuer": "on"})
    assert Regulation.objects.count() == 2
    client.post(DAFTAR + "tambah/", {**form, "other_issuer": "on"})  # now a true twin
    assert Regulation.objects.count() == 2


def test_an_edit_cannot_make_a_twin_but_may_keep_itself(house, owner, regulation) -> None:
    other = RegulationFacts("perbup", "Rawa Bening", "63", 2019, "Lain")
    second = add_regulation(agency=house.agency, facts=other, by=owner, now=NOW)
    with pytest.raises(UserError, match="sudah ada"):
        edit_regulation(regulation=second, facts=FACTS, by=owner, now=NOW)
    edit_regulation(regulation=regulation, facts=FACTS, by=owner, now=NOW)


def test_two_people_adding_the_same_at_once(house, owner, regulation, monkeypatch) -> None:
    from cermin.web.register.actions import regulations as actions

    seen = []

    def twin_seen_too_late(*args, **kwargs):
        seen.append(1)
        return None if len(seen) == 1 else regulation

    monkeypatch.setattr(actions, "twin_of", twin_seen_too_late)
    with pytest.raises(UserError, match="sudah ada"):
        add_regulation(agency=house.agency, facts=FACTS, by=owner, now=NOW)
    assert Regulation.objects.count() == 1
    monkeypatch.setattr(actions, "twin_of", lambda *_, **__: None)
    with pytest.raises(UserError, match="Coba sekali lagi"):
        add_regulation(agency=house.agency, facts=FACTS, by=owner, now=NOW)


def test_agencies_have_registers_of_their_own(house, regulation) -> None:
    outsider = as_member(house.outsider, house.other)
    add_regulation(agency=house.other, facts=FACTS, by=outsider, now=NOW)
    assert Regulation.objects.count() == 2


# ------------------------------------------------------------------ files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script>", "bukan PDF"),
        (b"MZ\x90\x00", "bukan PDF"),
        (b" %PDF-1.7", "bukan PDF"),
        (b"%PDF-1.7" + b"x" * LARGEST_FILE, "20 MB"),
    ],
)
def test_only_pdf_of_some_size_is_taken(house, browser, content, words) -> None:
    response = browser(house.owner).post(DAFTAR + "tambah/", {**FORM, "pdf": pdf(content)})
    assert words in response.content.decode()
    assert Regulation.objects.count() == 0


@pytest.mark.parametrize("name", ["../../site.key", "x" * 300 + ".pdf", "a\nb.exe", "berkas.PDF"])
def test_names_of_files_are_only_shown(house, owner, browser, name: str) -> None:
    file = pdf(name="a.pdf")
    file._name = name
    made = add_regulation(agency=house.agency, facts=FACTS, pdf=file, by=owner, now=NOW)
    assert made.file == f"register/{house.agency.pk}/{made.file_sha256}.pdf"
    assert made.file_name.lower().endswith(".pdf")
    assert len(made.file_name) <= 150
    assert not {"/", "\n"} & set(made.file_name)
    response = browser(None).get(f"{DAFTAR}{made.pk}/berkas/")
    response.close()
    assert response["Content-Disposition"].startswith("attachment;")


def test_the_file_is_sent_so_that_nothing_in_it_runs_here(house, regulation, browser) -> None:
    response = browser(None).get(f"{DAFTAR}{regulation.pk}/berkas/")
    assert b"".join(response.streaming_content) == b"%PDF-1.7 isi"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="perbup 62.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_file_that_is_gone_is_not_found(house, owner, regulation, browser) -> None:
    bare = add_regulation(
        agency=house.agency, facts=RegulationFacts("se", "", "9", 2020, "Tanpa berkas"), by=owner,
        now=NOW,
    )  # fmt: skip
    client = browser(None)
    assert client.get(f"{DAFTAR}{bare.pk}/berkas/").status_code == 404
    assert "Naskahnya belum ditautkan" in client.get(f"{DAFTAR}{bare.pk}/").content.decode()
    stored(regulation).unlink()
    assert client.get(f"{DAFTAR}{regulation.pk}/berkas/").status_code == 404


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": ""}, "wajib diisi|Bidang ini|required"),
        ({"number": "<b>"}, "Nomor “&lt;b&gt;” tidak benar"),
        ({"number": " "}, "wajib|Bidang"),
        ({"year": "1944"}, "Tahun 1944 tidak mungkin"),
        ({"year": "2101"}, "tidak mungkin"),
        ({"year": "dua"}, "angka|bilangan"),
        ({"subject": " "}, "wajib|Bidang"),
        ({"link": "http://jdih.example/"}, "berawalan https"),
        ({"link": "javascript:alert(1)"}, "berawalan https"),
        ({"link": "https://a:b@jdih.example/"}, "sandi"),
    ],
)
def test_nonsense_is_refused(house, browser, change, words: str) -> None:
    import re

    response = browser(house.owner).post(DAFTAR + "tambah/", {**FORM, **change})
    assert re.search(words, response.content.decode())
    assert Regulation.objects.count() == 0


@pytest.mark.parametrize(
    "facts",
    [
        RegulationFacts("xx", "", "1", 2020, "a"),
        RegulationFacts("se", "", "1", 2020, ""),
        RegulationFacts("se", "", "1" * 41, 2020, "a"),
    ],
)
def test_actions_refuse_nonsense_themselves(house, owner, facts) -> None:
    with pytest.raises(UserError):
        add_regulation(agency=house.agency, facts=facts, by=owner, now=NOW)


@pytest.mark.parametrize(
    "bad",
    [
        {"year": 1900},
        {"link": "http://x.example"},
        {"file": "a.pdf"},
        {"file_name": "a.pdf"},
        {"file_bytes": 3},
        {"file": "a", "file_name": "a", "file_sha256": "a", "file_bytes": 0},
    ],
)
def test_the_database_refuses_what_makes_no_sense(house, bad) -> None:
    row = {"kind": "se", "number": "1", "year": 2020, "subject": "a", "added_at": NOW,
           "changed_at": NOW, **bad}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Regulation.objects.create(agency=house.agency, **row)


# ------------------------------------------------------------------ the list


def test_filters(house, owner, regulation) -> None:
    add_national_regulations(agency=house.agency, by=owner, now=NOW)

    def found(text: str = "", kind: str = "") -> set[str]:
        rows = regulations(house.agency, RegulationFilter(text, kind))
        return {f"{row.kind} {row.number}/{row.year}" for row in rows}

    assert found("budaya kerja") == {"perbup 62/2019", "permen 39/2012"}
    assert found("panrb 2023") == {"permen 3/2023", "kepmen 739/2023"}
    assert found(kind="se") == {"se 20/2021"}
    assert found("20 2021") == {"se 20/2021"}
    assert found("tidak ada") == set()


def test_the_sheet_holds_what_the_list_shows(house, owner, regulation, browser) -> None:
    add_national_regulations(agency=house.agency, by=owner, now=NOW)
    response = browser(None).get(DAFTAR + "unduh/", {"jenis": "perbup"})
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[0][:4] == ("Jenis", "Penerbit", "Nomor", "Tahun")
    assert rows[1] == ("Peraturan Bupati", "Rawa Bening", "62", 2019, "Budaya kerja",
                       "https://jdih.example/62", "perbup 62.pdf", "")  # fmt: skip
    assert len(rows) == 2


def test_the_empty_list_teaches(house, browser) -> None:
    assert "Mulai dengan peraturan nasional" in browser(house.owner).get(DAFTAR).content.decode()
    text = browser(None).get(DAFTAR).content.decode()
    assert "belum mengisi" in text
    assert "Tidak ada peraturan yang cocok" in browser(None).get(
        DAFTAR, {"q": "x"}).content.decode()  # fmt: skip


def test_a_long_list_takes_as_few_queries(house, browser, django_assert_max_num_queries) -> None:
    Regulation.objects.bulk_create(
        Regulation(agency=house.agency, kind="se", number=str(n), year=2020, subject="a",
                   added_at=NOW, changed_at=NOW)
        for n in range(120)
    )  # fmt: skip
    client = browser(house.owner)
    with django_assert_max_num_queries(11):
        text = client.get(DAFTAR, {"halaman": 2}).content.decode()
    assert "Halaman 2 dari 3" in text


# ------------------------------------------------------------------ national regulations


def test_national_regulations_all_name_their_source() -> None:
    found = national_regulations()
    assert len(found) >= 9
    assert len({(one.kind, one.number, one.year) for one in found}) == len(found)
    for one in found:
        check_link(one.link)
        assert one == one.cleaned()
        assert one.subject


def test_national_regulations_come_with_one_button(house, owner, browser) -> None:
    n = len(national_regulations())
    add_regulation(
        agency=house.agency, by=owner, now=NOW,
        facts=RegulationFacts("se", "Menteri PANRB", "20", 2021, "Sudah ada"),
    )  # fmt: skip
    client = browser(house.owner)
    assert f"Tambahkan {n - 1} peraturan nasional" in client.get(DAFTAR).content.decode()
    client.post(DAFTAR + "nasional/")
    assert Regulation.objects.filter(agency=house.agency).count() == n
    assert missing_national(house.agency) == []
    assert last_event().details["n_added"] == n - 1
    before = AuditEvent.objects.count()
    text = client.post(DAFTAR + "nasional/", follow=True).content.decode()
    assert "peraturan nasional</button>" not in text
    assert AuditEvent.objects.count() == before
    assert "Undang-Undang Nomor 20 Tahun 2023" in text
