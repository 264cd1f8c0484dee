"""Pages of the roster: who sees what, what stands in no address, and how many queries they take."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.roster_people import add_employee, edit_employee
from cermin.web.organisations.actions.units_ending import close_unit
from cermin.web.organisations.models import Employee, RosterUpload, Unit, UploadState
from cermin.web.organisations.queries.roster import masked_nip
from cermin.web.organisations.tasks.roster import apply_upload, read_upload
from roster_factory import accept, counts, nip, person, upload, uploaded, workbook
from site_factory import NOW, as_member, make_agency

AGENCY = "rawa-bening"


def page(name: str, *rest: object, agency: str = AGENCY) -> str:
    return reverse(name, args=[agency, *rest])


def book() -> bytes:
    return workbook(
        PNS=[person(1), person(2, "Puskesmas Rawa Timur", sex=2), person(3, "Bagian Umum")],
        PPPK=[person(11, "Dinas Pendidikan")],
    )


@pytest.fixture
def settled(house):
    accept(upload(house.agency, house.owner, book()), house.owner)
    return house


def bytes_of_sheets(content: bytes) -> dict[str, list[tuple]]:
    found = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in found}


# ------------------------------------------------------------------ who sees what


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("contact", 200), ("evaluator", 403), ("head", 403), ("analyst", 403),
     ("outsider", 404), (None, 302)],
)  # fmt: skip
def test_list_is_for_owners_and_contacts(house, browser, who, status: int) -> None:
    client = browser(getattr(house, who) if who else None)
    assert client.get(page("roster_list")).status_code == status
    assert client.post(page("roster_find"), {"text": "a"}).status_code == status


def test_everything_else_is_for_owners(settled, browser) -> None:
    row = upload(settled.agency, settled.owner, book())
    one = Employee.objects.first()
    gets = [page(name) for name in ("roster_upload", "roster_template", "employee_add",
                                    "roster_upload_newest")]  # fmt: skip
    gets += [page(name, row.pk) for name in ("roster_upload_detail", "roster_upload_progress",
                                             "roster_bad_rows")]  # fmt: skip
    gets += [page(name, one.pk) for name in ("employee_edit", "employee_remove")]
    posts = [page("roster_export"), *gets, page("roster_upload_accept", row.pk),
             page("roster_upload_discard", row.pk)]  # fmt: skip
    for who in (settled.contact, settled.evaluator, settled.head, settled.analyst):
        client = browser(who)
        assert {client.get(url).status_code for url in gets} == {403}
        assert {client.post(url).status_code for url in posts} == {403}
    assert Employee.objects.count() == 4


def test_other_agencies_find_nothing(settled, browser) -> None:
    row = upload(settled.agency, settled.owner, book())
    one = Employee.objects.first()
    client = browser(settled.outsider)
    for name, pk in [
        ("roster_upload_detail", row.pk), ("roster_upload_progress", row.pk),
        ("roster_bad_rows", row.pk), ("employee_edit", one.pk), ("employee_remove", one.pk),
    ]:  # fmt: skip
        assert client.get(page(name, pk, agency="tanjung-asri")).status_code == 404
        assert client.get(page(name, pk)).status_code == 404
    for name in ("roster_upload_accept", "roster_upload_discard"):
        assert client.post(page(name, row.pk, agency="tanjung-asri")).status_code == 404
    found = client.post(page("roster_find", agency="tanjung-asri"), {"text": nip(1)})
    assert b"Pegawai 1" not in found.content


def test_contacts_see_their_unit_and_those_below(settled, browser) -> None:
    client = browser(settled.contact)  # of dinkes
    shown = client.get(page("roster_list"))
    assert [row.name for row in shown.context["rows"]] == ["Pegawai 1", "Pegawai 2"]
    assert shown.context["n_all"] == 2
    assert [c for c, _name in shown.context["filter"].fields["unit"].choices] == [
        "", "dinkes", "pkm-timur",
    ]  # fmt: skip
    beyond = client.get(page("roster_list"), {"unit": "setda-umum"})
    assert beyond.context["rows"] == []
    assert client.post(page("roster_find"), {"text": nip(3)}).context["rows"] == []
    found = client.post(page("roster_find"), {"text": nip(2, 2)})
    assert [row.name for row in found.context["rows"]] == ["Pegawai 2"]
    assert page("employee_edit", found.context["rows"][0].pk) not in found.content.decode()


# ------------------------------------------------------------------ list, search, files


def test_list_is_filtered_and_paged_in_few_queries(
    settled, browser, django_assert_max_num_queries
) -> None:
    rows = [person(n, "Bagian Umum") for n in range(100, 220)]
    accept(upload(settled.agency, settled.owner, workbook(PNS=rows), is_complete=False),
           settled.owner)  # fmt: skip
    client = browser(settled.owner)
    with django_assert_max_num_queries(12):
        shown = client.get(page("roster_list"), {"unit": "setda", "employment": "PNS"})
    assert shown.context["page"].paginator.count == 121
    assert shown.context["totals"]["PNS"] == 123
    assert "unit=setda&amp;employment=PNS&amp;halaman=2" in shown.content.decode()
    assert client.get(page("roster_list"), {"employment": "Menteri"}).context["page"]
    assert client.get(page("roster_list"), {"unit": "tidak-ada"}).context["rows"] == []


def test_numbers_are_found_whole_and_shown_masked(settled, browser) -> None:
    client = browser(settled.owner)
    spaced = f"{nip(1)[:8]} {nip(1)[8:14]} {nip(1)[14]} {nip(1)[15:]}"
    for text, names in [(nip(1), ["Pegawai 1"]), (spaced, ["Pegawai 1"]), (nip(1)[:17], []),
                        ("pegawai 1", ["Pegawai 1", "Pegawai 11"]), ("", [])]:  # fmt: skip
        answer = client.post(page("roster_find"), {"text": text})
        assert [row.name for row in answer.context["rows"]] == names
        assert nip(1) not in answer.content.decode()
    assert client.get(page("roster_find")).status_code == 405
    assert "no-store" in answer["Cache-Control"]


def test_search_shows_the_first_ones_only(settled, browser) -> None:
    rows = [person(n, "Bagian Umum") for n in range(100, 160)]
    accept(upload(settled.agency, settled.owner, workbook(PNS=rows), is_complete=False),
           settled.owner)  # fmt: skip
    answer = browser(settled.owner).post(page("roster_find"), {"text": "Pegawai"})
    assert len(answer.context["rows"]) == 50
    assert "persempit" in answer.content.decode()


def test_export_is_masked_and_told(settled, browser) -> None:
    answer = browser(settled.owner).post(page("roster_export"))
    (rows,) = bytes_of_sheets(answer.content).values()
    assert rows[1][:4] == ("•" * 15 + "001", "Pegawai 1", "Dinas Kesehatan", "PNS")
    assert len(rows) == 5
    assert AuditEvent.objects.get(action="roster_exported").details == {"n_people": 4}


def test_template_is_read_back(house, browser) -> None:
    content = browser(house.owner).get(page("roster_template")).content
    made = openpyxl.load_workbook(io.BytesIO(content))
    made.worksheets[0].append(
        [nip(1), "Ayu Bayu", "dinkes", "", "PPPK Paruh Waktu", "", "", "Jabatan Pelaksana"]
    )
    stream = io.BytesIO()
    made.save(stream)
    row = upload(house.agency, house.owner, stream.getvalue())
    assert counts(row) == {"added": 1}
    accept(row, house.owner)
    one = Employee.objects.get()
    assert (one.name, one.employment, one.position_type) == (
        "Ayu Bayu", "PPPK Paruh Waktu", "Jabatan Pelaksana",
    )  # fmt: skip


def test_empty_list_teaches_the_export(house, browser) -> None:
    text = browser(house.owner).get(page("roster_list")).content.decode()
    assert "SIASN" in text
    assert "UNOR INDUK NAMA" in text
    assert page("roster_template") in text
    assert "Hubungi pengelola" in browser(house.contact).get(page("roster_list")).content.decode()


# ------------------------------------------------------------------ upload


def test_upload_leads_through_progress_and_preview_to_the_list(
    house, browser, django_capture_on_commit_callbacks, django_assert_max_num_queries
) -> None:
    from django_tasks_db.models import DBTaskResult

    client = browser(house.owner)
    assert client.get(page("roster_upload_newest")).url == page("roster_upload")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            page("roster_upload"), {"file": uploaded(book()), "kind": "lengkap"}, follow=True
        )
    row = RosterUpload.objects.get()
    detail = page("roster_upload_detail", row.pk)
    assert answer.redirect_chain[-1][0] == detail
    text = answer.content.decode()
    assert "<progress" in text
    assert 'http-equiv="refresh"' in text
    assert "hx-get" in text
    progress = client.get(page("roster_upload_progress", row.pk))
    assert "HX-Refresh" not in progress
    queued = DBTaskResult.objects.get()
    assert queued.args_kwargs == {"args": [str(row.pk)], "kwargs": {}}
    read_upload.call(str(row.pk))
    assert client.get(page("roster_upload_progress", row.pk))["HX-Refresh"] == "true"
    with django_assert_max_num_queries(12):
        shown = client.get(detail)
    first = shown.context["preview"].tabs[0]
    assert (first.word, first.n) == ("added", 4)
    assert nip(1) not in shown.content.decode()
    assert "•" * 15 + "001" in shown.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page("roster_upload_accept", row.pk))
    assert "<progress" in client.get(detail).content.decode()
    apply_upload.call(str(row.pk))
    assert "Diterapkan pada" in client.get(detail).content.decode()
    assert client.get(page("roster_upload_newest")).url == detail
    assert "siasn.xlsx" in client.get(page("roster_upload")).content.decode()


def test_every_part_of_the_preview(settled, browser, django_assert_max_num_queries) -> None:
    rows = [person(n, "Bagian Umum") for n in range(100, 180)]
    row = upload(settled.agency, settled.owner, workbook(
        PNS=[person(1, "Bagian Umum"), person(2, "Puskesmas Rawa Timur", sex=2, NAMA="Dewi Nilam"),
             person(7, "Dinas Kesehatn"), person(8, KEDUDUKAN_HUKUM_NAMA="Pensiun"), *rows],
    ))  # fmt: skip
    assert counts(row) == {"added": 80, "moved": 1, "changed": 1, "left": 2, "bad": 1}
    client = browser(settled.owner)
    url = page("roster_upload_detail", row.pk)
    expected = {
        "added": "Pegawai 100", "moved": "Unit: Dinas Kesehatan → Bagian Umum",
        "changed": "Nama: Pegawai 2 → Dewi Nilam", "left": "•" * 15 + "011",
        "bad": "Mungkin maksudnya “Dinas Kesehatan”",
    }  # fmt: skip
    for part, words in expected.items():
        with django_assert_max_num_queries(12):
            text = client.get(url, {"bagian": part}).content.decode()
        assert words in text
    assert "Mungkin maksudnya" in client.get(url).content.decode()  # what is wrong comes first
    assert "Pegawai 179" in client.get(url, {"bagian": "added", "halaman": 2}).content.decode()
    assert "2 dari 4 pegawai akan keluar" in client.get(url).content.decode()
    assert "“Pensiun”" in client.get(url).content.decode()
    answer = client.post(page("roster_upload_accept", row.pk), follow=True)
    assert "Centang dahulu" in answer.content.decode()
    client.post(page("roster_upload_accept", row.pk), {"confirmed": "on"})
    apply_upload.call(str(row.pk))
    assert Employee.objects.count() == 82


def test_bad_rows_come_back_mended(house, browser) -> None:
    row = upload(house.agency, house.owner, workbook(
        PNS=[person(1), person(2, "Dinas Kesehatn", NAMA="@SUM(1)"),
             person(3, NIP_BARU=198501012010011003), person(4, NIP_BARU="", UNOR_NAMA="")],
        PPPK__Paruh__Waktu=[person(21, "Dinas", sex=2)],
    ))  # fmt: skip
    assert counts(row) == {"added": 1, "bad": 4}
    client = browser(house.owner)
    content = client.get(page("roster_bad_rows", row.pk)).content
    sheets = bytes_of_sheets(content)
    assert {name: len(rows) for name, rows in sheets.items()} == {"PNS": 4, "PPPK Paruh Waktu": 2}
    head = list(sheets["PNS"][0])
    assert head[-2:] == ["Masalah", "Cara memperbaiki"]
    assert {"TANGGAL LAHIR", "AGAMA NAMA", "TEMPAT LAHIR"}.isdisjoint(head)
    assert "tidak boleh disimpan" not in str(sheets)
    lines = [dict(zip(head, line, strict=True)) for line in sheets["PNS"][1:]]
    assert lines[0]["NAMA"] == "@SUM(1)"
    assert "E+17" in lines[1]["NIP BARU"]  # not mistaken for a number when it comes back
    assert "NIP kosong. Unit kerja kosong." in lines[2]["Masalah"]
    accept(row, house.owner)
    unmended = upload(house.agency, house.owner, content, is_complete=False)
    assert counts(unmended) == {"bad": 4}
    mended = openpyxl.load_workbook(io.BytesIO(content))
    columns = {name: head.index(name) + 1 for name in ("NIP BARU", "UNOR NAMA")}
    for n, serial in enumerate((2, 3, 4), start=2):
        mended["PNS"].cell(n, columns["NIP BARU"]).value = nip(serial)
        mended["PNS"].cell(n, columns["UNOR NAMA"]).value = "Dinas Kesehatan"
    mended["PPPK Paruh Waktu"].cell(2, columns["UNOR NAMA"]).value = "Dinas Pendidikan"
    stream = io.BytesIO()
    mended.save(stream)
    again = upload(house.agency, house.owner, stream.getvalue(), is_complete=False)
    assert counts(again) == {"added": 4}
    accept(again, house.owner)
    assert Employee.objects.filter(agency=house.agency).count() == 5
    assert Employee.objects.get(name="Pegawai 21").employment == "PPPK Paruh Waktu"
    assert client.get(page("roster_bad_rows", again.pk)).status_code == 404


def test_bad_rows_of_a_csv(house, browser) -> None:
    text = f"NIP;Nama;Nama Unit;Jenis Pegawai\n{nip(1)};A;Dinas X;PNS\n{nip(2)};B;Dinkes;PPPK\n"
    row = upload(house.agency, house.owner, text.encode(), name="a.csv")
    content = browser(house.owner).get(page("roster_bad_rows", row.pk)).content
    assert list(bytes_of_sheets(content)) == ["Pegawai"]


def test_made_tree_is_shown_before(house, browser) -> None:
    house.structure.units.filter(parent__isnull=False).delete()
    house.structure.units.all().delete()
    row = upload(house.agency, house.owner, workbook(
        PNS=[person(1, "Seksi B", parent="Dinas A"), person(2, "Dinas A")],
    ))  # fmt: skip
    text = browser(house.owner).get(page("roster_upload_detail", row.pk)).content.decode()
    assert "Pohon unit akan dibuat" in text
    assert "(Dinas A)" in text
    assert browser(house.owner).get(page("employee_add")).status_code == 200


def test_frozen_structure_says_for_the_next_cycle(settled, browser) -> None:
    settled.structure.frozen_at = NOW
    settled.structure.save()
    row = upload(settled.agency, settled.owner, workbook(PNS=[person(9)]), is_complete=False)
    text = browser(settled.owner).get(page("roster_upload_detail", row.pk)).content.decode()
    assert "berlaku untuk periode berikutnya" in text
    assert accept(row, settled.owner).state == UploadState.ACCEPTED


def test_nothing_to_apply_and_discarding(settled, browser) -> None:
    row = upload(settled.agency, settled.owner, book())
    client = browser(settled.owner)
    text = client.get(page("roster_upload_detail", row.pk)).content.decode()
    assert "Tidak ada perubahan" in text
    assert "Unggahan siasn.xlsx" in client.get(page("roster_list")).content.decode()
    assert "menggantikannya" in client.get(page("roster_upload")).content.decode()
    answer = client.post(page("roster_upload_discard", row.pk), follow=True)
    assert "Unggahan dibatalkan" in answer.content.decode()
    assert "dibatalkan" in client.get(page("roster_upload_detail", row.pk)).content.decode()


def test_refused_files_are_errors_of_the_form(house, browser, settings) -> None:
    client = browser(house.owner)
    answer = client.post(page("roster_upload"), {"file": uploaded(b"<html>"), "kind": "lengkap"})
    assert "HTML" in answer.content.decode()
    settings.UPLOAD_LIMIT_MB = 0
    answer = client.post(page("roster_upload"), {"file": uploaded(book()), "kind": "tambahan"})
    assert "lebih besar dari" in answer.content.decode()
    assert not RosterUpload.objects.exists()


def test_failed_upload_says_why(house, browser) -> None:
    row = upload(house.agency, house.owner, b"Buah;Warna\nMangga;Hijau\n")
    text = browser(house.owner).get(page("roster_upload_detail", row.pk)).content.decode()
    assert "baris judul" in text
    assert "Unggah lagi" in text


# ------------------------------------------------------------------ one person


def test_people_are_added_corrected_and_removed_by_hand(settled, browser) -> None:
    client = browser(settled.owner)
    form = {"nip": nip(30, 2), "name": "Gita Embun", "unit": "disdik", "employment": "PPPK",
            "sex": ""}  # fmt: skip
    assert client.post(page("employee_add"), form).url == page("roster_list")
    one = Employee.objects.get(name="Gita Embun")
    assert (one.sex, one.unit.code, masked_nip(one)) == ("Perempuan", "disdik", "•" * 15 + "030")
    again = client.post(page("employee_add"), form)
    assert "sudah ada" in again.content.decode()
    url = page("employee_edit", one.pk)
    assert "•" * 15 + "030" in client.get(url).content.decode()
    client.post(url, {"name": "Gita Embun Pagi", "unit": "dinkes", "employment": "PNS"})
    one.refresh_from_db()
    assert (one.name, one.unit.code, one.employment) == ("Gita Embun Pagi", "dinkes", "PNS")
    event = AuditEvent.objects.get(action="employee_changed")
    assert event.details == {
        "changed": ["name", "unit", "employment"], "from_unit": "disdik", "to_unit": "dinkes",
    }  # fmt: skip
    assert "Gita" in client.get(page("employee_remove", one.pk)).content.decode()
    client.post(page("employee_remove", one.pk))
    assert not Employee.objects.filter(pk=one.pk).exists()
    told = str(list(AuditEvent.objects.values_list("details", "page", "object_id")))
    assert "Gita" not in told
    assert nip(30, 2) not in told


def test_people_without_number_by_hand(house) -> None:
    by = as_member(house.owner, house.agency)
    dinkes, disdik = (house.structure.units.get(code=code) for code in ("dinkes", "disdik"))
    fields = {"agency": house.agency, "nip": "", "sex": "Perempuan", "by": by, "now": NOW}
    one = add_employee(name="Sari Seruni", unit=dinkes, employment="Non-ASN", **fields)
    other = add_employee(name="Sari Seruni", unit=disdik, employment="Non-ASN", **fields)
    with pytest.raises(UserError, match="sudah ada"):
        add_employee(name="sari  seruni", unit=dinkes, employment="Non-ASN", **fields)
    with pytest.raises(UserError, match="hanya pegawai Non-ASN"):
        add_employee(name="Lain", unit=dinkes, employment="PNS", **fields)
    with pytest.raises(UserError, match="NIP tidak sah"):
        add_employee(name="Lain", unit=dinkes, employment="PNS", **fields | {"nip": "123"})
    with pytest.raises(UserError, match="sudah ada"):
        edit_employee(employee=other, name="Sari Seruni", unit=dinkes, employment="Non-ASN",
                      by=by, now=NOW)  # fmt: skip
    with pytest.raises(UserError, match="hanya dapat Non-ASN"):
        edit_employee(employee=one, name="Sari", unit=dinkes, employment="PNS", by=by, now=NOW)
    edit_employee(employee=one, name="Sari Tanjung", unit=dinkes, employment="Non-ASN", by=by,
                  now=NOW)  # fmt: skip
    text = "NIP;Nama;Nama Unit;Jenis Pegawai\n;Sari Tanjung;Dinas Kesehatan;Non-ASN\n"
    row = upload(house.agency, house.owner, text.encode(), is_complete=False, name="a.csv")
    assert counts(row) == {"unchanged": 1}


def test_forms_by_hand_refuse_other_agencies_units(settled, browser) -> None:
    other = make_agency("lain-sekali")
    client = browser(settled.owner)
    answer = client.post(page("employee_add"), {
        "nip": nip(40), "name": "A", "unit": "tidak-ada", "employment": "PNS", "sex": "",
    })  # fmt: skip
    assert answer.status_code == 200
    assert not Employee.objects.filter(agency=other).exists()


def test_a_unit_that_has_just_ended_takes_nobody(settled, house) -> None:
    ended = Unit.objects.get(structure=house.structure, code="setda-organisasi")
    by = as_member(house.owner, house.agency)
    close_unit(unit=Unit.objects.get(pk=ended.pk), by=by, now=NOW)
    with pytest.raises(UserError, match="baru saja digabung atau ditutup"):
        add_employee(
            agency=house.agency, nip="", name="Baru", unit=ended, employment="Non-ASN",
            sex="", by=by, now=NOW,
        )  # fmt: skip
