"""Rosters from upload to preview to the list: what is added, moved, left, and what is not taken."""

from __future__ import annotations

import pytest

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.roster import accept_upload, discard_upload
from cermin.web.organisations.actions.roster_people import edit_employee
from cermin.web.organisations.models import Employee, RosterUpload, Structure, Unit, UploadState
from cermin.web.organisations.queries import roster_files
from cermin.web.organisations.queries.roster import (
    employees,
    found,
    masked_nip,
)
from cermin.web.organisations.tasks.roster import apply_upload, read_upload
from roster_factory import accept, counts, nip, person, upload, workbook
from site_factory import NOW, as_member, give_role, make_agency, make_user


def first_book() -> bytes:
    return workbook(
        PNS=[person(1), person(2, "Puskesmas Rawa Timur", sex=2),
             person(3, "Bagian Umum", KEDUDUKAN_HUKUM_NAMA="CPNS"),
             person(4, KEDUDUKAN_HUKUM_NAMA="Pensiun")],
        PPPK=[person(11, "Dinas Pendidikan")],
        PPPK__Paruh__Waktu=[person(21, "Dinas Pendidikan", sex=2)],
    )  # fmt: skip


@pytest.fixture
def settled(house):
    """A house with five people on its roster."""
    accept(upload(house.agency, house.owner, first_book()), house.owner)
    return house


def roster(agency) -> set[tuple[str, str, str]]:
    return {(e.name, e.unit.code, e.employment) for e in employees(agency)}


def test_three_sheets_are_read_previewed_and_applied(house) -> None:
    row = upload(house.agency, house.owner, first_book())
    assert (row.state, row.percent, row.failure) == (UploadState.READY, 100, "")
    assert (counts(row), row.n_rows) == ({"added": 5}, 5)
    assert not Employee.objects.exists()
    row = accept(row, house.owner)
    assert (row.state, row.sealed_file) == (UploadState.ACCEPTED, "")
    assert not roster_files.folder_of(row).exists()
    assert roster(house.agency) == {
        ("Pegawai 1", "dinkes", "PNS"), ("Pegawai 2", "pkm-timur", "PNS"),
        ("Pegawai 3", "setda-umum", "CPNS"), ("Pegawai 11", "disdik", "PPPK"),
        ("Pegawai 21", "disdik", "PPPK Paruh Waktu"),
    }  # fmt: skip
    one = Employee.objects.get(name="Pegawai 2")
    assert (one.sex, one.position_type) == ("Perempuan", "Jabatan Pelaksana")
    assert masked_nip(one) == "•" * 15 + "002"
    assert list(found(employees(house.agency), house.agency, f" {nip(2, 2)} ")) == [one]
    assert list(found(employees(house.other), house.other, nip(2, 2))) == []


def test_second_upload_adds_moves_changes_and_lets_leave(settled) -> None:
    before = dict(Employee.objects.values_list("name", "pk"))
    row = upload(settled.agency, settled.owner, workbook(
        PNS=[person(1, "Bagian Organisasi"), person(2, "Puskesmas Rawa Timur", sex=2),
             person(3, "Bagian Umum"), person(5)],
        PPPK=[person(11, "Dinas Pendidikan", NAMA="Pegawai Sebelas")],
    ))  # fmt: skip
    assert counts(row) == {"added": 1, "moved": 1, "changed": 2, "unchanged": 1, "left": 1}
    row = accept(row, settled.owner)
    assert row.state == UploadState.ACCEPTED
    assert roster(settled.agency) == {
        ("Pegawai 1", "setda-organisasi", "PNS"), ("Pegawai 2", "pkm-timur", "PNS"),
        ("Pegawai 3", "setda-umum", "PNS"), ("Pegawai Sebelas", "disdik", "PPPK"),
        ("Pegawai 5", "dinkes", "PNS"),
    }  # fmt: skip
    moved = Employee.objects.get(name="Pegawai 1")
    assert (moved.pk, masked_nip(moved)) == (before["Pegawai 1"], "•" * 15 + "001")


def test_addition_lets_nobody_leave(settled) -> None:
    row = upload(settled.agency, settled.owner, workbook(PNS=[person(5)]), is_complete=False)
    assert counts(row) == {"added": 1}
    assert Employee.objects.filter(agency=settled.agency).count() == 5
    accept(row, settled.owner)
    assert Employee.objects.filter(agency=settled.agency).count() == 6


def test_nothing_unknown_wipes_what_is_known(settled) -> None:
    text = f"NIP;Nama;Nama Unit;Jenis Pegawai\n{nip(1)};Pegawai 1;Dinas Kesehatan;PNS\n".encode()
    row = upload(settled.agency, settled.owner, text, is_complete=False, name="satu.csv")
    assert counts(row) == {"unchanged": 1}
    with pytest.raises(UserError, match="Tidak ada perubahan"):
        accept(row, settled.owner)


def test_people_in_bad_rows_have_not_left(settled) -> None:
    """An unknown unit keeps its person by number, a broken number by name."""
    row = upload(settled.agency, settled.owner, workbook(
        PNS=[person(1, "Dinas Kesehatn"), person(2, "Puskesmas Rawa Timur", NIP_BARU="1,98E+17"),
             person(3, "Bagian Umum", KEDUDUKAN_HUKUM_NAMA="CPNS")],
    ))  # fmt: skip
    assert counts(row) == {"unchanged": 1, "left": 2, "bad": 2}
    assert roster_files.read_facts(row)["n_spared"] == 2
    accept(row, settled.owner)
    assert {name for name, *_ in roster(settled.agency)} == {"Pegawai 1", "Pegawai 2", "Pegawai 3"}


def test_people_without_number_are_told_apart_by_name_and_unit(house) -> None:
    head = "NIP;Nama;Nama Unit;Jenis Pegawai\n"
    rows = [";Bunga Melur;Dinas Kesehatan;Non-ASN", ";Bunga Melur;Dinas Pendidikan;Non-ASN",
            ";BUNGA  MELUR;Dinas Kesehatan;Honorer", ";Cahyo Intan;Dinas Kesehatan;PNS",
            ";;Dinas Kesehatan;Non-ASN"]  # fmt: skip
    row = upload(house.agency, house.owner, (head + "\n".join(rows)).encode(), name="n.csv")
    assert counts(row) == {"added": 2, "bad": 3}
    problems = roster_files.read_frame(row, "problems")
    assert problems["row"].to_list() == [4, 5, 6]
    assert problems["what"].to_list() == [
        "Ada dua pegawai tanpa NIP bernama sama di unit yang sama.", "NIP kosong.", "Nama kosong.",
    ]  # fmt: skip
    accept(row, house.owner)
    again = upload(house.agency, house.owner, (head + "\n".join(rows)).encode(), name="n.csv")
    assert counts(again) == {"unchanged": 2, "bad": 3}
    assert {masked_nip(e) for e in Employee.objects.all()} == {""}


def test_tree_is_made_from_the_roster_when_there_is_none(db, house) -> None:
    agency = make_agency("lembah-hijau")
    owner = make_user("pengelola@lembahhijau.example")
    give_role(owner, agency, "owner")
    long = "Unit Pelaksana Teknis Daerah " + "Panjang Sekali " * 4
    row = upload(agency, owner, workbook(PNS=[
        person(1, "Seksi B", parent="Dinas A"), person(2, "Dinas A"),
        person(3, long, parent="Dinas A"), person(4, "Sekretariat"),
    ]))  # fmt: skip
    assert counts(row) == {"added": 4}
    assert not Unit.objects.filter(structure__agency=agency).exists()
    assert accept(row, owner).state == UploadState.ACCEPTED
    structure = Structure.objects.get(agency=agency)
    assert structure.year == 2026
    units = {u.name: u for u in Unit.objects.filter(structure=structure).select_related("parent")}
    assert units["Seksi B"].parent == units["Dinas A"]
    assert units["Sekretariat"].parent is None
    assert len(units[long.strip()].code) <= 60
    assert units["Dinas A"].position < units["Sekretariat"].position
    assert Employee.objects.get(name="Pegawai 3").unit == units[long.strip()]
    same = upload(agency, owner, workbook(PNS=[person(1, "Seksi B", parent="Dinas A")]),
                  is_complete=False)  # fmt: skip
    assert counts(same) == {"unchanged": 1}


BAD = [
    ({"NIP_BARU": 198501012010011001}, "NIP BARU", "tersimpan sebagai angka"),
    ({"NIP_BARU": "1,98501E+17"}, "NIP BARU", "tersimpan sebagai angka"),
    ({"NIP_BARU": "198501012010011000"}, "NIP BARU", "terpotong"),
    ({"NIP_BARU": "=A1&B1"}, "NIP BARU", "rumus"),
    ({"UNOR_NAMA": "Dinas Kesehatn"}, "Unit kerja", "tidak dikenal"),
    ({"UNOR_NAMA": ""}, "Unit kerja", "Unit kerja kosong"),
    ({"NAMA": ""}, "Nama", "Nama kosong"),
    ({"NAMA": "x" * 151}, "Nama", "lebih dari 150"),
    ({"JENIS_KELAMIN": "X"}, "Jenis kelamin", "tidak dikenal"),
    ({"NIP_BARU": "198501012010011001"}, "NIP", "sudah ada di baris 2"),
]


@pytest.mark.parametrize(("cells", "column", "what"), BAD, ids=[b[2] for b in BAD])
def test_bad_rows_are_named_and_the_others_taken(house, cells, column: str, what: str) -> None:
    row = upload(house.agency, house.owner, workbook(PNS=[person(1), person(2, **cells)]))
    assert counts(row) == {"added": 1, "bad": 1}
    (problem, *_more) = roster_files.read_frame(row, "problems").rows(named=True)
    assert (problem["sheet"], problem["row"], problem["column"]) == ("PNS", 3, column)
    assert what in problem["what"]
    assert problem["remedy"]
    assert "Pegawai 2" not in {e.name for e in accept(row, house.owner).agency.employees.all()}


def test_more_problems_than_a_list_shows_are_all_kept(house) -> None:
    rows = [person(0, NIP_BARU=f"12345{n}") for n in range(1_500)]
    row = upload(house.agency, house.owner, workbook(PNS=[person(1), *rows]))
    assert counts(row) == {"added": 1, "bad": 1_500}
    assert roster_files.read_frame(row, "cells").height == 1_500


WRONG = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", ".xls"),
    (b"<!doctype html><table></table>", "a.xlsx", "HTML"),
    (b"%PDF-1.7", "a.pdf", "bukan CSV"),
    (b"\x89PNG\0\0\0", "a.xlsx", "bukan CSV"),
    (b"", "a.csv", "kosong"),
]


@pytest.mark.parametrize(("content", "name", "words"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_types_are_refused_at_once(house, content, name: str, words: str, settings) -> None:
    before = set(roster_files.folder_of(RosterUpload()).parent.glob("*"))
    with pytest.raises(UserError, match=words):
        upload(house.agency, house.owner, content, name=name)
    assert set(roster_files.folder_of(RosterUpload()).parent.glob("*")) == before
    assert not RosterUpload.objects.exists()


def bomb() -> bytes:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    return stream.getvalue()


FILES = [
    (bomb, "bom ZIP"),
    (lambda: workbook()[:2000], "rusak"),
    (lambda: b"Buah;Warna\nMangga;Hijau\n", "baris judul"),
    (lambda: b"NIP;Nama;Unit Kerja\n" + f"{nip(1)};A;Dinas Kesehatan\n{nip(2)};B;Dinas Kesehatan\n"
     .encode(), "Jenis pegawai tidak diketahui"),
    (workbook, "Tidak ada pegawai aktif"),
    (lambda: b"NIP;Nama\n1;A\n", "Beri kolom yang benar judul"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), FILES, ids=[f[1] for f in FILES])
def test_files_that_nothing_can_be_read_from_fail_with_words(house, make, words: str) -> None:
    row = upload(house.agency, house.owner, make())
    assert (row.state, row.sealed_file) == (UploadState.FAILED, "")
    assert words in row.failure
    assert "--" not in row.failure
    assert not roster_files.folder_of(row).exists()
    with pytest.raises(UserError, match="tidak lagi dapat diterapkan"):
        accept(row, house.owner)


def test_later_upload_puts_earlier_ones_aside(house) -> None:
    first = upload(house.agency, house.owner, first_book())
    second = upload(house.agency, house.owner, first_book())
    first.refresh_from_db()
    assert first.state == UploadState.DISCARDED
    with pytest.raises(UserError, match="tidak lagi dapat diterapkan"):
        accept(first, house.owner)
    accept(second, house.owner)
    with pytest.raises(UserError, match="tidak lagi dapat dibatalkan"):
        discard_upload(upload=second, by=as_member(house.owner, house.agency), now=NOW)


def test_nothing_is_uploaded_while_another_is_applied(house) -> None:
    row = accept(upload(house.agency, house.owner, first_book()), house.owner, apply=False)
    with pytest.raises(UserError, match="sedang diterapkan"):
        upload(house.agency, house.owner, first_book())
    assert row.state == UploadState.ACCEPTING
    apply_upload.call(str(row.pk))
    apply_upload.call(str(row.pk))  # asked twice, done once
    assert Employee.objects.count() == 5
    assert AuditEvent.objects.filter(action="roster_upload_applied").count() == 1


def test_big_changes_need_a_tick(settled) -> None:
    row = upload(settled.agency, settled.owner, workbook(PNS=[person(1)]))
    assert row.n_left == 4
    with pytest.raises(UserError, match="Centang"):
        accept(row, settled.owner, confirmed=False)
    assert accept(row, settled.owner).state == UploadState.ACCEPTED


def test_roster_changed_since_the_preview_is_shown_again(settled) -> None:
    row = upload(settled.agency, settled.owner, workbook(PNS=[person(1, "Bagian Umum")]),
                 is_complete=False)  # fmt: skip
    assert counts(row) == {"moved": 1}
    edit_employee(
        employee=Employee.objects.get(name="Pegawai 1"), name="Pegawai 1", employment="PNS",
        unit=settled.structure.units.get(code="setda-umum"),
        by=as_member(settled.owner, settled.agency), now=NOW,
    )  # fmt: skip
    row = accept(row, settled.owner)
    assert (row.state, counts(row)) == (UploadState.READY, {"unchanged": 1})
    assert "berubah setelah pratinjau" in row.failure


def test_seen_lines_are_rewritten_after_a_change(
    settled, django_capture_on_commit_callbacks
) -> None:
    book = workbook(PNS=[person(1, "Bagian Umum"), person(6)])
    row = upload(settled.agency, settled.owner, book, is_complete=False)
    Employee.objects.filter(name="Pegawai 1").delete()
    with django_capture_on_commit_callbacks(execute=True):
        row = accept(row, settled.owner, apply=False)
        apply_upload.call(str(row.pk))
    row.refresh_from_db()
    assert (row.state, counts(row)) == (UploadState.READY, {"added": 2})
    assert accept(row, settled.owner).state == UploadState.ACCEPTED


def test_tree_changed_since_the_preview_is_matched_anew(settled) -> None:
    row = upload(settled.agency, settled.owner, workbook(PNS=[person(9, "Bagian Umum")]),
                 is_complete=False)  # fmt: skip
    settled.structure.units.filter(code="setda-umum").update(name="Bagian Rumah Tangga")
    row = accept(row, settled.owner)
    assert (row.state, "Struktur unit berubah" in row.failure) == (UploadState.QUEUED, True)
    read_upload.call(str(row.pk))
    row.refresh_from_db()
    assert (row.state, counts(row)) == (UploadState.READY, {"bad": 1})


def test_discarded_while_read_leaves_nothing(house, monkeypatch) -> None:
    row = upload(house.agency, house.owner, first_book(), read=False)
    discard_upload(upload=row, by=as_member(house.owner, house.agency), now=NOW)
    read_upload.call(str(row.pk))
    row.refresh_from_db()
    assert row.state == UploadState.DISCARDED


def test_only_owners_of_the_agency_write(house) -> None:
    row = upload(house.agency, house.owner, first_book())
    for who, agency in ((house.contact, house.agency), (house.outsider, house.other)):
        by = as_member(who, agency)
        with pytest.raises(UserError, match="Peran"):
            accept_upload(upload=row, confirmed=True, by=by, now=NOW)
        with pytest.raises(UserError, match="Peran"):
            discard_upload(upload=row, by=by, now=NOW)
    with pytest.raises(UserError, match="Peran"):
        upload(house.agency, house.contact, first_book())


def test_events_tell_counts_and_nobody(settled) -> None:
    events = AuditEvent.objects.filter(agency="rawa-bening").order_by("sequence")
    assert [event.action for event in events] == [
        "roster_uploaded", "roster_upload_read", "roster_upload_accepted", "roster_upload_applied",
    ]  # fmt: skip
    assert events[3].details == {
        "n_added": 5, "n_moved": 0, "n_changed": 0, "n_left": 0, "n_unchanged": 0,
    }  # fmt: skip
