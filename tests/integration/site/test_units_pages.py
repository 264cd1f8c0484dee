"""The pages of the tree: who sees what, forms, history, files, and how many queries."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.actions.units_ending import close_unit, merge_units
from cermin.web.organisations.models import Employee, Role, Structure, Unit
from site_factory import NOW, as_member, give_role, make_agency, make_structure, make_user

READING = [
    ("unit_list", ()), ("unit_list_of_year", (2026,)), ("unit_export", (2026,)),
    ("unit_template", ()), ("structure_changes", (2026,)), ("structure_changes_export", (2026,)),
    ("unit_detail", ("dinkes",)),
]  # fmt: skip
CHANGING = [
    ("structure_start", ()), ("unit_add", ()), ("unit_import", ()), ("unit_rename", ("dinkes",)),
    ("unit_move", ("dinkes",)), ("unit_merge", ("dinkes",)), ("unit_close", ("dinkes",)),
]  # fmt: skip


def address(name: str, agency, *args: object) -> str:
    """Return an address; a code stands for the unit of 2026 with it."""
    ids = [
        Unit.objects.get(structure__agency=agency, structure__year=2026, code=a).pk
        if isinstance(a, str) else a
        for a in args
    ]  # fmt: skip
    return reverse(name, args=[agency.slug, *ids])


@pytest.fixture
def client(house, browser):
    return browser(house.owner)


@pytest.fixture
def by(house):
    return as_member(house.owner, house.agency)


def unit(house, code: str, year: int = 2026) -> Unit:
    return Unit.objects.get(structure__agency=house.agency, structure__year=year, code=code)


@pytest.mark.parametrize(("name", "args"), READING + CHANGING)
@pytest.mark.parametrize(
    "who", ["owner", "contact", "evaluator", "head", "analyst", "outsider", None]
)
def test_who_sees_what(house, browser, name: str, args: tuple, who: str | None) -> None:
    client = browser(getattr(house, who) if who else None)
    status = client.get(address(name, house.agency, *args)).status_code
    reads = (name, args) in READING or who == "owner"
    expected = {None: 302, "outsider": 404}.get(who, 200 if reads else 403)
    assert status == expected


@pytest.mark.parametrize(("name", "args"), [*CHANGING, ("unit_reorder", ("dinkes",))])
@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst", "outsider"])
def test_who_may_post(house, browser, name: str, args: tuple, who: str) -> None:
    before = list(Unit.objects.order_by("pk").values_list())
    response = browser(getattr(house, who)).post(address(name, house.agency, *args), {"name": "X"})
    assert response.status_code == (404 if who == "outsider" else 403)
    assert list(Unit.objects.order_by("pk").values_list()) == before


def test_units_of_another_agency_are_not_there(house, client) -> None:
    foreign = Unit.objects.get(structure__agency=house.other, code="dinkes").pk
    for name in ["detail", "rename", "move", "merge", "close"]:
        assert client.get(reverse(f"unit_{name}", args=["rawa-bening", foreign])).status_code == 404
    assert client.post(reverse("unit_reorder", args=["rawa-bening", foreign])).status_code == 404
    add, move = address("unit_add", house.agency), address("unit_move", house.agency, "dinkes")
    merge = address("unit_merge", house.agency, "dinkes")
    for url, form in [
        (add, {"name": "X", "parent": foreign}),
        (move, {"parent": foreign}),
        (merge, {"target": foreign, "setuju": "1"}),
        (merge, {"target": unit(house, "disdik").pk, "others": [foreign], "setuju": "1"}),
    ]:
        response = client.post(url, form)
        assert response.status_code == 200
        assert response.context["form"].errors


def test_a_site_without_units_teaches(db, browser) -> None:
    agency, owner, head = make_agency("baru"), make_user("a@b.example"), make_user("h@b.example")
    give_role(owner, agency, Role.OWNER)
    give_role(head, agency, Role.HEAD)
    page = browser(owner).get(address("unit_list", agency))
    assert "Mulai struktur tahun pertama" in page.content.decode()
    assert "Mulai struktur" not in browser(head).get(address("unit_list", agency)).content.decode()
    assert browser(owner).get(address("unit_add", agency)).status_code == 404
    assert browser(owner).get(address("unit_list_of_year", agency, 2026)).status_code == 404
    start = browser(owner).post(address("structure_start", agency), {"year": "2026"}, follow=True)
    assert "Belum ada unit" in start.content.decode()


def test_a_year_is_begun_and_the_year_before_becomes_history(house, client) -> None:
    url = address("structure_start", house.agency)
    assert "sudah ada" in client.post(url, {"year": "2026"}).content.decode()
    page = client.post(url, {"year": "2027"}, follow=True).content.decode()
    assert "Unit tahun 2027" in page
    past = client.get(address("unit_list_of_year", house.agency, 2026)).content.decode()
    assert "Riwayat" in past
    assert "Tambah unit" not in past
    detail = client.get(address("unit_detail", house.agency, "dinkes")).content.decode()
    assert "tidak dapat diubah" in detail
    refused = client.get(address("unit_rename", house.agency, "dinkes"))
    assert refused.status_code == 400
    assert "sudah menjadi riwayat" in refused.content.decode()


def test_a_frozen_tree_offers_no_change(house, client) -> None:
    Structure.objects.filter(pk=house.structure.pk).update(frozen_at=NOW)
    page = client.get(address("unit_list", house.agency)).content.decode()
    assert "Dibekukan" in page
    assert address("unit_add", house.agency) not in page
    for name, args in [*CHANGING[1:], ("unit_reorder", ("dinkes",))]:
        response = client.post(address(name, house.agency, *args), {})
        assert response.status_code == 400
        assert "dibekukan" in response.content.decode()


def test_adding_suggests_a_code(house, client) -> None:
    url = address("unit_add", house.agency)
    parent = unit(house, "dinkes").pk
    page = client.get(url, {"induk": parent}).content.decode()
    assert f'<option value="{parent}" selected>' in page
    client.post(url, {"name": "Puskesmas Timur", "parent": parent})
    client.post(url, {"name": "Puskesmas  Timur", "parent": ""})
    assert unit(house, "puskesmas-timur").parent.code == "dinkes"
    assert unit(house, "puskesmas-timur-2").name == "Puskesmas Timur"
    for form in [
        {"name": "A", "code": "dinkes"}, {"name": "A", "code": "<b>"}, {"name": "", "code": "a"},
        {"name": "A", "parent": "x"},
    ]:  # fmt: skip
        response = client.post(url, form)
        assert response.status_code == 200
        assert response.context["form"].errors


def test_renaming_moving_and_ordering(house, client) -> None:
    client.post(address("unit_rename", house.agency, "dinkes"), {"name": "Dinas Sehat"})
    assert unit(house, "dinkes").name == "Dinas Sehat"
    blank = client.post(address("unit_rename", house.agency, "dinkes"), {"name": " "})
    assert blank.context["form"].errors
    page = client.get(address("unit_move", house.agency, "dinkes")).content.decode()
    assert "1 unit di bawahnya" in page
    assert "pkm-timur" not in page
    url = address("unit_move", house.agency, "dinkes")
    client.post(url, {"parent": unit(house, "setda").pk, "position": "1"})
    assert unit(house, "dinkes").parent.code == "setda"
    below = client.post(url, {"parent": unit(house, "pkm-timur").pk})
    assert below.context["form"].errors
    up = client.post(
        address("unit_reorder", house.agency, "setda-umum"), {"arah": "naik"}, follow=True
    )
    assert "2 dari 3 unit setingkat" in up.content.decode()
    client.post(address("unit_reorder", house.agency, "setda-umum"), {"arah": "turun"})
    assert unit(house, "setda-umum").position == 2
    assert client.get(address("unit_reorder", house.agency, "dinkes")).status_code == 405


def test_a_merge_is_shown_before_it_happens(house, client) -> None:
    person = Employee.objects.create(
        agency=house.agency, unit=unit(house, "dinkes"), person_index=b"1" * 32, name="Budi",
        employment="PNS", added_at=NOW,
    )  # fmt: skip
    url = address("unit_merge", house.agency, "dinkes")
    assert client.post(url, {}).context["form"].errors
    form = {"target": unit(house, "setda").pk, "others": [unit(house, "disdik").pk]}
    page = client.post(url, form).content.decode()
    assert "1 pegawai pindah" in page
    assert "1 unit di bawahnya" in page
    assert "1 penugasan penghubung" in page
    assert unit(house, "dinkes")
    self_merge = {**form, "others": [unit(house, "setda").pk], "setuju": "1"}
    refused = client.post(url, self_merge)
    assert "dirinya sendiri" in refused.content.decode()
    client.post(url, {**form, "setuju": "1"})
    person.refresh_from_db()
    assert person.unit.code == "setda"
    assert not Unit.objects.filter(structure=house.structure, code__in=["dinkes", "disdik"])


def test_closing_says_what_stands_in_the_way(house, client, by) -> None:
    page = client.get(address("unit_close", house.agency, "dinkes")).content.decode()
    assert "1 unit di bawahnya" in page
    assert "Tutup unit</button>" not in page
    refused = client.post(address("unit_close", house.agency, "dinkes"))
    assert refused.context["form"].errors
    start_year(agency=house.agency, year=2027, by=by, now=NOW)
    pkm = unit(house, "pkm-timur", 2027)
    url = reverse("unit_close", args=["rawa-bening", pkm.pk])
    assert "Hasil tahun sebelumnya tetap" in client.get(url).content.decode()
    assert "ditutup" in client.post(url, follow=True).content.decode()
    assert not Unit.objects.filter(pk=pkm.pk).exists()


def test_changes_between_years_on_a_page_and_in_excel(house, client, by) -> None:
    empty = client.get(address("structure_changes", house.agency, 2026)).content.decode()
    assert "Belum ada pembanding" in empty
    start_year(agency=house.agency, year=2027, by=by, now=NOW)
    merge_units(
        sources=[unit(house, "dinkes", 2027)], target=unit(house, "disdik", 2027), by=by, now=NOW
    )
    close_unit(unit=unit(house, "setda-umum", 2027), by=by, now=NOW)
    url = address("structure_changes", house.agency, 2027)
    page = client.get(url).content.decode()
    assert "menjadi bagian dari Dinas Pendidikan" in page
    assert page.count("<tr>") == 1 + 6
    only = client.get(url, {"jenis": "closed"}).content.decode()
    assert only.count("<tr>") == 1 + 1
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(url + "unduh/").content)).active
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["dinkes"][1] == "Digabung"
    assert rows["dinkes"][6] == "Dinas Pendidikan"
    assert rows["pkm-timur"][1] == "Pindah induk"
    detail = client.get(
        reverse("unit_detail", args=["rawa-bening", unit(house, "disdik", 2027).pk])
    ).content.decode()
    assert "Dinas Kesehatan" in detail  # absorbed in 2027


def test_search_shows_where_a_unit_stands(house, client) -> None:
    page = client.get(address("unit_list", house.agency), {"q": "PUSKESMAS"}).content.decode()
    assert "Puskesmas Rawa Timur" in page
    assert "Dinas Kesehatan" in page  # as the path above
    assert "Dinas Pendidikan" not in page
    nothing = client.get(address("unit_list", house.agency), {"q": "\0<x>"}).content.decode()
    assert "0 unit cocok" in nothing


def test_names_are_text_and_nothing_else(house, client) -> None:
    Unit.objects.filter(structure=house.structure, code="dinkes").update(
        name="=1+1<script>x</script>"
    )
    page = client.get(address("unit_list", house.agency)).content.decode()
    assert "<script>x" not in page
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(address("unit_export", house.agency, 2026)).content)
    )
    cell = next(row[1] for row in book.active.iter_rows() if row[0].value == "dinkes")
    assert (cell.data_type, cell.value) == ("s", "=1+1<script>x</script>")


def test_deep_and_wide_trees_need_few_queries(house, client, django_assert_max_num_queries) -> None:
    deep = [(f"d{n}", f"Tingkat {n}", f"d{n - 1}" if n else None) for n in range(50)]
    wide = [(f"w{n}", f"Sekolah {n}", "d0") for n in range(2950)]
    structure = Structure.objects.create(agency=house.agency, year=2027, created_at=NOW)
    made = Unit.objects.bulk_create(
        Unit(structure=structure, code=code, name=name, position=n)
        for n, (code, name, _above) in enumerate([*deep, *wide])
    )
    by_code = {u.code: u for u in made}
    for code, _name, above in [*deep, *wide]:
        by_code[code].parent = by_code[above] if above else None
    Unit.objects.bulk_update(made, ["parent"], batch_size=500)
    url = address("unit_list", house.agency)
    for query in [{}, {"halaman": "15"}, {"q": "tingkat"}]:
        with django_assert_max_num_queries(11):
            page = client.get(url, query).content.decode()
    assert "Tingkat 49" in page
    assert "tingkat 50" in client.get(url).content.decode()
    last = client.get(url, {"halaman": "15"}).content.decode()
    assert "Sekolah 2949" in last
    assert "Lanjutan di bawah: Tingkat 0" in last
    bottom = by_code["d49"].pk
    for name in ["unit_detail", "unit_move", "unit_merge", "unit_rename", "unit_close"]:
        with django_assert_max_num_queries(11):
            assert client.get(reverse(name, args=["rawa-bening", bottom])).status_code == 200
    for name in ["unit_export", "structure_changes"]:
        with django_assert_max_num_queries(11):
            assert client.get(address(name, house.agency, 2027)).status_code == 200


def test_pages_speak_english_too(house, client) -> None:
    client.cookies["bahasa"] = "en"
    for name, args in READING + CHANGING:
        assert client.get(address(name, house.agency, *args)).status_code == 200
    make_structure(house.agency, 2025)
    assert client.get(address("structure_changes", house.agency, 2026)).status_code == 200
