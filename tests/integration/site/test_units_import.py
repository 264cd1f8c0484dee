"""Importing a tree: preview, choices, all or nothing; hostile files; the round trip."""

from __future__ import annotations

import io
import os
import re
import zipfile
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cermin.core.errors import UserError
from cermin.intake import units as units_module
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.actions.units import rename_unit
from cermin.web.organisations.actions.units_drafts import read_unit_file
from cermin.web.organisations.actions.units_import import import_units
from cermin.web.organisations.models import Employee, Structure, Succession, Unit
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.queries.structures import lineage
from cermin.web.organisations.queries.units_drafts import compared, drafts_folder, find_draft
from cermin.web.organisations.rules.units_import import fingerprint
from cermin.web.pages.export import xlsx_bytes
from site_factory import NOW, TREE, as_member

HEADINGS = ["Kode", "Nama", "Kode Induk"]
SAME = [[code, name, parent or ""] for code, name, parent in TREE]


def xlsx(rows: list[list[object]], headings: list[str] = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    for row in [headings, *rows]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def client(house, browser):
    return browser(house.owner)


@pytest.fixture
def by(house):
    return as_member(house.owner, house.agency)


@pytest.fixture
def upload(client, django_capture_on_commit_callbacks):
    """Upload a file and return the address of its preview."""

    def send(content: bytes, name: str = "unit baru.xlsx") -> str:
        file = SimpleUploadedFile(name, content)
        return client.post("/i/rawa-bening/unit/impor/", {"file": file}).url

    return send


def rows_of(structure: Structure) -> list[tuple]:
    return list(Unit.objects.filter(structure=structure).order_by("pk").values_list())


def tree_of(structure: Structure) -> dict[str, tuple[str, str | None]]:
    return {u.id: (u.name, u.parent) for u in frame_units(structure)}


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def problems_of(client, url: str) -> str:
    page = client.get(url)
    assert page.context["draft"].problems
    return page.content.decode()


# ------------------------------------------------------------------ the usual way


def test_an_export_imports_unchanged(house, client, upload) -> None:
    Unit.objects.filter(structure=house.structure, code="dinkes").update(name='=Dinas, "A" – é')
    Unit.objects.filter(structure=house.structure, code="setda").update(code="00.12/A")
    before = rows_of(house.structure)
    url = upload(client.get("/i/rawa-bening/unit/2026/unduh/").content)
    page = client.get(url)
    assert page.context["changes"].is_empty
    assert page.context["changes"].n_same == 6
    done = client.post(url, {"seen": seen_in(page.content.decode())})
    assert done.url == "/i/rawa-bening/unit/"
    assert rows_of(house.structure) == before


def test_the_template_is_read(house, client, upload) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client.get("/i/rawa-bening/unit/templat/").content))
    for cells in SAME:
        book.worksheets[0].append(cells)
    stream = io.BytesIO()
    book.save(stream)
    assert client.get(upload(stream.getvalue())).context["changes"].is_empty


def test_preview_then_choices_then_everything_at_once(
    house, client, by, upload, django_capture_on_commit_callbacks
) -> None:
    structure = start_year(agency=house.agency, year=2027, by=by, now=NOW)
    person = Employee.objects.create(
        agency=house.agency, unit=Unit.objects.get(structure=structure, code="dinkes"),
        person_index=b"1" * 32, name="Budi", employment="PNS", added_at=NOW,
    )  # fmt: skip
    before, last_year = rows_of(structure), rows_of(house.structure)
    url = upload(
        xlsx([
            ["bpkad", "Badan Keuangan", ""],
            ["disdik", "Dinas Pendidikan dan Olahraga", ""],
            ["setda", "Sekretariat Daerah", "bpkad"],
        ])
    )  # fmt: skip
    page = client.get(url)
    html = page.content.decode()
    missing = [unit.id for unit in page.context["form"].missing]
    assert missing == ["setda-organisasi", "setda-umum", "dinkes", "pkm-timur"]
    assert "Badan Keuangan" in html
    assert "Dinas Pendidikan dan Olahraga" in html
    assert rows_of(structure) == before
    form = {
        "seen": seen_in(html),
        "fate_0": "keep", "into_0": "", "fate_1": "close", "into_1": "ignored",
        "fate_2": "merge", "into_2": "badan keuangan", "fate_3": "keep", "into_3": "",
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, form).status_code == 302
    assert tree_of(structure) == {
        "bpkad": ("Badan Keuangan", None),
        "disdik": ("Dinas Pendidikan dan Olahraga", None),
        "setda": ("Sekretariat Daerah", "bpkad"),
        "setda-organisasi": ("Bagian Organisasi", "setda"),
        "pkm-timur": ("Puskesmas Rawa Timur", "bpkad"),
    }
    person.refresh_from_db()
    assert person.unit.code == "bpkad"
    assert rows_of(house.structure) == last_year
    became = lineage(house.agency, 2026, 2027)
    assert (became["dinkes"], became["setda-umum"], became["setda"]) == ("bpkad", None, "setda")
    event = AuditEvent.objects.get(action="units_imported")
    assert event.details["merged"] == {"dinkes": "bpkad"}
    assert event.details["closed"] == ["setda-umum"]
    assert client.get(url).status_code == 404  # used up


def test_whole_branches_end_at_once(house, client, by, upload) -> None:
    structure = start_year(agency=house.agency, year=2027, by=by, now=NOW)
    url = upload(xlsx([["disdik", "Dinas Pendidikan", ""]]))
    form = {"seen": seen_in(client.get(url).content.decode())}
    # setda with its two units and dinkes with its one: parents close, children merge.
    fates = ["close", "merge", "close", "close", "merge"]
    for number, fate in enumerate(fates):
        form |= {f"fate_{number}": fate, f"into_{number}": "disdik" if fate == "merge" else ""}
    assert client.post(url, form).status_code == 302
    assert list(tree_of(structure)) == ["disdik"]
    assert dict(Succession.objects.values_list("from_code", "to_code")) == {
        "setda": "", "setda-organisasi": "disdik", "setda-umum": "", "dinkes": "",
        "pkm-timur": "disdik",
    }  # fmt: skip


def test_order_follows_the_file_and_a_returning_code_opens_a_unit(
    house, client, by, upload
) -> None:
    structure = start_year(agency=house.agency, year=2027, by=by, now=NOW)
    url = upload(xlsx([row for row in SAME if row[0] != "disdik"]))
    form = {"seen": seen_in(client.get(url).content.decode()), "fate_0": "close", "into_0": ""}
    client.post(url, form)
    assert Succession.objects.get().from_code == "disdik"
    url = upload(xlsx([SAME[-1], *SAME[:-1]]), "unit.XLSX")
    client.post(url, {"seen": seen_in(client.get(url).content.decode())})
    assert not Succession.objects.exists()
    assert next(iter(tree_of(structure))) == "disdik"


def test_a_file_without_codes_finds_units_by_name(house, client, upload) -> None:
    rows = [[name, {c: n for c, n, _p in TREE}.get(parent, "")] for _c, name, parent in TREE]
    url = upload(xlsx([*rows, ["Dinas Sosial", ""]], ["Nama", "Unit induk"]))
    page = client.get(url)
    assert [u.id for u in page.context["changes"].added] == ["dinas-sosial"]
    assert page.context["changes"].n_same == 6


# ------------------------------------------------------------------ confirmation


def test_wrong_choices_come_back_with_their_fields(house, client, upload) -> None:
    before = rows_of(house.structure)
    url = upload(xlsx([row for row in SAME if row[0] != "disdik"]))
    seen = seen_in(client.get(url).content.decode())
    for fate, into in [("merge", ""), ("merge", "tidak ada"), ("merge", "disdik"), ("x", "")]:
        response = client.post(url, {"seen": seen, "fate_0": fate, "into_0": into})
        assert response.status_code == 200
        assert response.context["form"].errors
    assert client.post(url, {"seen": seen}).context["form"].errors
    unit = Unit.objects.get(structure=house.structure, code="disdik")
    Employee.objects.create(
        agency=house.agency, unit=unit, person_index=b"1" * 32, name="Budi", employment="PNS",
        added_at=NOW,
    )  # fmt: skip
    refused = client.post(url, {"seen": seen, "fate_0": "close", "into_0": ""})
    assert "masih mempunyai 1 pegawai" in refused.content.decode()
    assert rows_of(house.structure) == before


def test_a_tree_that_changed_since_the_preview_is_shown_again(house, client, by, upload) -> None:
    url = upload(xlsx(SAME))
    seen = seen_in(client.get(url).content.decode())
    rename_unit(
        unit=Unit.objects.get(structure=house.structure, code="dinkes"), name="Lain", by=by, now=NOW
    )
    again = client.post(url, {"seen": seen})
    assert "berubah sejak pratinjau" in again.content.decode()
    assert [new.id for _old, new in again.context["changes"].renamed] == ["dinkes"]


def test_a_draft_is_of_one_agency_and_one_year(house, client, browser, by, upload) -> None:
    url = upload(xlsx(SAME))
    draft_id = url.rstrip("/").split("/")[-1]
    stranger = browser(house.outsider)
    for ending in ["", "masalah/"]:
        assert stranger.get(url + ending).status_code == 404
        assert stranger.get(url.replace("rawa-bening", "tanjung-asri") + ending).status_code == 404
    discard = f"/i/tanjung-asri/unit/impor/{draft_id}/buang/"
    assert stranger.post(discard).status_code == 404
    assert browser(house.head).get(url).status_code == 403
    assert client.get(f"/i/rawa-bening/unit/impor/{uuid4()}/").status_code == 404
    [sealed] = [path for path in drafts_folder(house.agency).iterdir() if path.name == draft_id]
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert b"Dinas" not in sealed.read_bytes()
    # Even the file itself, carried to another agency's folder, stays the first one's.
    drafts_folder(house.other).mkdir(parents=True, exist_ok=True)
    (drafts_folder(house.other) / draft_id).write_bytes(sealed.read_bytes())
    assert stranger.get(url.replace("rawa-bening", "tanjung-asri")).status_code == 404
    start_year(agency=house.agency, year=2027, by=by, now=NOW)
    seen = seen_in(client.get(url).content.decode())
    assert "tidak dapat diterapkan" in client.post(url, {"seen": seen}).content.decode()


def test_a_draft_is_thrown_away_by_hand_or_by_age(house, client, upload) -> None:
    first = upload(xlsx(SAME))
    assert client.get(first + "buang/").status_code == 405
    assert client.post(first + "buang/").url == "/i/rawa-bening/unit/"
    assert client.get(first).status_code == 404
    old = upload(xlsx(SAME))
    path = drafts_folder(house.agency) / old.rstrip("/").split("/")[-1]
    os.utime(path, (1, 1))
    upload(xlsx(SAME))
    assert client.get(old).status_code == 404


def test_the_actions_check_for_themselves(house, by) -> None:
    def read() -> object:
        return read_unit_file(
            structure=house.structure, chunks=[xlsx([])], file_name="a/../b.xlsx", by=by, now=NOW
        )

    draft = find_draft(house.agency, read())
    assert draft.file_name == "b.xlsx"
    assert draft.problems
    seen = fingerprint(compared(draft, house.structure).current)
    with pytest.raises(UserError, match="tidak dapat diterapkan"):
        import_units(structure=house.structure, draft=draft, choices={}, seen=seen, by=by, now=NOW)
    Structure.objects.update(frozen_at=NOW)
    house.structure.refresh_from_db()
    with pytest.raises(UserError, match="dibekukan"):
        read()


# ------------------------------------------------------------------ bad and hostile files


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["a", "A", "b"], ["b", "B", "a"]], ["“A” termasuk", "“B” termasuk"]),
        ([["a", "A", "tidak ada"]], ["tidak dikenal"]),
        ([["a", "A", ""], ["A", "B", ""]], ["sudah dipakai di baris 2"]),
        ([["a", "", ""]], ["Nama unit kosong"]),
        ([], ["tidak berisi unit"]),
        ([["x" * 61, "A", ""]], ["Ganti kodenya"]),
        ([["---", "A", ""]], ["Ganti kodenya"]),
        ([["a", "x" * 201, ""]], ["Singkat namanya"]),
        ([["a", "=SUM(1,2)", ""]], ["rumus yang hasilnya tidak tersimpan"]),
    ],
)
def test_problems_are_listed_with_their_remedy(
    house, client, upload, rows: list[list[object]], words: list[str]
) -> None:
    before = rows_of(house.structure)
    url = upload(xlsx(rows))
    page = problems_of(client, url)
    for word in words:
        assert word in page
    # Confirming in spite of it changes nothing.
    assert client.post(url, {"seen": "x"}).status_code == 200
    assert rows_of(house.structure) == before
    book = openpyxl.load_workbook(io.BytesIO(client.get(url + "masalah/").content))
    assert book.active.max_row > 1
    assert [cell.value for cell in book.active[1]][3:] == ["Masalah", "Cara memperbaiki"]


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (bomb(), "bom.xlsx"),
        (b"PK\x03\x04" + b"x" * 50, "rusak.xlsx"),
        (b"<html><table></table>", "halaman.xlsx"),
        (b"PAR1" + b"\0" * 50 + b"PAR1", "unit.xlsx"),
        (b"\x89PNG\r\n\0\0", "gambar.xlsx"),
        (b"Warna;Ukuran\nmerah;1\n", "lain.csv"),
        (xlsx([["a", "A", ""]], ["Warna", "Ukuran", "Jumlah"]), "lain.xlsx"),
    ],
    ids=["bomb", "damaged", "page", "parquet", "picture", "csv", "headings"],
)
def test_what_is_no_table_of_units_is_refused(
    house, client, upload, content: bytes, name: str
) -> None:
    before = rows_of(house.structure)
    problems_of(client, upload(content, name))
    assert rows_of(house.structure) == before


def test_a_tree_too_deep_or_a_file_too_large_is_refused(house, client, upload, settings) -> None:
    deep = [[f"d{n}", f"D {n}", f"d{n - 1}" if n else ""] for n in range(61)]
    url = upload(xlsx([*SAME, *deep]))
    seen = seen_in(client.get(url).content.decode())
    assert "paling dalam 60 tingkat" in client.post(url, {"seen": seen}).content.decode()
    settings.UPLOAD_LIMIT_MB = 0
    file = SimpleUploadedFile("unit.xlsx", xlsx(SAME))
    response = client.post("/i/rawa-bening/unit/impor/", {"file": file})
    assert "lebih besar dari 0 MB" in response.content.decode()
    assert client.post("/i/rawa-bening/unit/impor/", {}).context["form"].errors


def test_near_names_are_looked_for_in_the_first_mistakes_only(client, upload, monkeypatch) -> None:
    """With thousands of mistakes it would take minutes."""
    asked: list[str] = []

    def near(text: str, names: list[str], **options: object) -> list[str]:
        asked.extend([text] if names else [])
        return []

    monkeypatch.setattr(units_module, "get_close_matches", near)
    rows = [[f"k{n}", f"Sekolah Dasar Negeri {n}", f"induk salah {n}"] for n in range(2000)]
    url = upload(xlsx_bytes(HEADINGS, rows, title="Unit"))
    assert "Ada 2.000 masalah" in problems_of(client, url)
    assert 0 < len(asked) <= 2 * units_module._SUGGESTED  # the preview reads the file again


def test_many_units(house, client, upload, django_assert_max_num_queries) -> None:
    many = [[f"s{n}", f"Sekolah {n}", "disdik"] for n in range(3000)]
    url = upload(xlsx_bytes(HEADINGS, [*SAME, *many], title="Unit"))
    with django_assert_max_num_queries(11):
        page = client.get(url).content.decode()
    assert "dan 2.800 unit lain" in page
    assert client.post(url, {"seen": seen_in(page)}).status_code == 302
    assert len(tree_of(house.structure)) == 3006
    back = upload(xlsx(SAME))
    page = client.get(back).content.decode()
    assert "3.000 unit tidak ada di berkas" in page
    assert "Terapkan" not in page
    too_many = [[f"t{n}", f"T {n}", ""] for n in range(10_001)]
    assert "batasnya 10000" in problems_of(
        client, upload(xlsx_bytes(HEADINGS, too_many, title="Unit"))
    )
