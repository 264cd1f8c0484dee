"""Local value sets, the behaviour guide, and the front page of the register."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from cermin.core.errors import UserError
from cermin.instruments.check import check_file
from cermin.instruments.load import load_value_set
from cermin.instruments.references import DATA
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.rules import Forbidden
from cermin.web.register.actions.regulations import add_regulation, remove_regulation
from cermin.web.register.actions.value_sets import (
    add_value_set,
    edit_value_set,
    import_value_set,
    remove_value_set,
)
from cermin.web.register.models import ValueSet
from cermin.web.register.queries.instrument_files import (
    draft_from,
    read_value_set,
    write_value_set,
)
from cermin.web.register.queries.value_sets import draft_of, national_names, shipped_sets
from cermin.web.register.rules import (
    BehaviourDraft,
    RegulationFacts,
    ValueDraft,
    ValueSetDraft,
    check_value_set,
    one_line,
    set_code,
    with_codes,
)
from site_factory import NOW, as_member

RUJUKAN = "/i/rawa-bening/rujukan/"
NILAI = RUJUKAN + "nilai/"
ALL = list(national_names())
BASIS = RegulationFacts("perbup", "Rawa Bening", "62", 2019, "Budaya kerja")
DRAFT = ValueSetDraft(
    title="Nilai BENING",
    note="Ditetapkan bersama.",
    values=(
        ValueDraft("Bersih", "Bekerja tanpa pamrih.", tuple(ALL), name_en="Clean",
                   behaviours=(BehaviourDraft("Menolak gratifikasi", "Refuses gifts"),)),
        ValueDraft("Guyub", "Saling membantu.", ("harmonis", "kolaboratif")),
    ),
)  # fmt: skip
KREATIF = (DATA / "nilai-kreatif-kudus-2019.yaml").read_bytes()


@pytest.fixture
def owner(house):
    return as_member(house.owner, house.agency, NILAI)


@pytest.fixture
def basis(house, owner):
    return add_regulation(agency=house.agency, facts=BASIS, by=owner, now=NOW)


@pytest.fixture
def bening(house, owner, basis) -> ValueSet:
    return add_value_set(agency=house.agency, draft=DRAFT, regulation=basis, by=owner, now=NOW)


def form(basis, *rows: dict[str, object], initial: int = 0, **more: object) -> dict[str, object]:
    head = {"title": "Nilai BENING", "title_en": "", "regulation": basis.pk, "note": "",
            "note_en": ""}  # fmt: skip
    data = {"nilai-TOTAL_FORMS": len(rows), "nilai-INITIAL_FORMS": initial, **head, **more}
    for number, row in enumerate(rows):
        data |= {f"nilai-{number}-{name}": value for name, value in row.items()}
    return data


def checked(content: bytes, code: str, folder: Path) -> list[object]:
    file = folder / f"{code}.yaml"
    file.write_bytes(content)
    return check_file(file)


# ------------------------------------------------------------------ reading


@pytest.mark.parametrize("who", [None, "analyst", "outsider", "owner"])
@pytest.mark.parametrize(
    "address", ["", "panduan-perilaku/", "nilai/", "nilai/{pk}/", "nilai/{pk}/yaml/",
                "nilai/contoh/nilai-kreatif-kudus-2019/"],
)  # fmt: skip
def test_everybody_reads(house, bening, browser, who, address: str) -> None:
    client = browser(getattr(house, who) if who else None)
    assert client.get(RUJUKAN + address.format(pk=bening.pk)).status_code == 200


@pytest.mark.parametrize("address", ["tambah/", "impor/", "{pk}/ubah/", "{pk}/hapus/"])
@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst", "outsider", None])
def test_only_owners_write(house, bening, browser, address, who) -> None:
    status = {"outsider": 404, None: 302}.get(who, 403)
    client = browser(getattr(house, who) if who else None)
    before = AuditEvent.objects.count()
    assert client.post(NILAI + address.format(pk=bening.pk), {}).status_code == status
    assert (ValueSet.objects.count(), AuditEvent.objects.count()) == (1, before)


@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst"])
def test_actions_check_the_role_themselves(house, bening, basis, who) -> None:
    for by in (
        as_member(getattr(house, who), house.agency),
        as_member(house.outsider, house.other),
    ):
        facts = {"draft": DRAFT, "regulation": basis, "by": by, "now": NOW}
        with pytest.raises(Forbidden):
            add_value_set(agency=house.agency, **facts)
        with pytest.raises(Forbidden):
            edit_value_set(value_set=bening, **facts)
        with pytest.raises(Forbidden):
            import_value_set(agency=house.agency, code="a", file="a", **facts)
        with pytest.raises(Forbidden):
            remove_value_set(value_set=bening, by=by, now=NOW)


def test_another_agency_does_not_have_them(house, bening, browser) -> None:
    client, there = browser(house.outsider), "/i/tanjung-asri/rujukan/nilai/"
    for address in ("", "yaml/", "ubah/", "hapus/"):
        assert client.get(f"{there}{bening.pk}/{address}").status_code == 404
    assert "BENING" not in client.get(there).content.decode()
    assert "BENING" not in client.get("/i/tanjung-asri/rujukan/").content.decode()
    assert client.get(NILAI + "contoh/tidak-ada/").status_code == 404
    assert client.get(NILAI + "contoh/nilai-berakhlak-2021/").status_code == 404


def test_the_guide_has_all_values_and_behaviours_in_both_languages(house, browser) -> None:
    text = browser(None).get(RUJUKAN + "panduan-perilaku/").content.decode()
    guide = load_value_set("nilai-berakhlak-2021")
    behaviours = [one for value in guide.values for one in value.behaviours]
    assert (len(guide.values), len(behaviours)) == (7, 21)
    for words in [value.name for value in guide.values] + [one.text for one in behaviours]:
        assert words.id in text
        assert f'lang="en">{words.en}</small>' in text or words.id == words.en
    assert "SE Menteri PANRB 20/2021" in text
    assert 'href="https://github.com/firmanh3200/berakhlak32"' in text
    english = browser(None)
    english.cookies["bahasa"] = "en"
    text = english.get(RUJUKAN + "panduan-perilaku/").content.decode()
    assert 'lang="id">Akuntabel</small>' in text


def test_the_front_page_shows_an_address_for_the_notice_board(house, bening, browser) -> None:
    text = browser(None).get(RUJUKAN).content.decode()
    assert "http://testserver/i/rawa-bening/rujukan/" in text
    assert "Nilai BENING" in text
    assert "memakai nilai nasional" in browser(None).get(
        "/i/tanjung-asri/rujukan/").content.decode()  # fmt: skip


def test_a_set_is_shown_beside_the_national_values(house, bening, browser) -> None:
    text = browser(None).get(f"{NILAI}{bening.pk}/").content.decode()
    for words in ("Guyub", '<span class="badge">Kolaboratif</span>', "Menolak gratifikasi",
                  'lang="en">Refuses gifts</small>', "Nomor 62 Tahun 2019",
                  "Ditetapkan bersama."):  # fmt: skip
        assert words in text
    assert "ubah/" not in text


def test_long_lists_take_as_few_queries(house, owner, basis, browser,
                                        django_assert_max_num_queries) -> None:  # fmt: skip
    for number in range(15):
        add_value_set(agency=house.agency, draft=ValueSetDraft(f"Set {number}", DRAFT.values),
                      regulation=basis, by=owner, now=NOW)  # fmt: skip
    with django_assert_max_num_queries(11):
        browser(None).get(NILAI)


# ------------------------------------------------------------------ writing


def test_writing_a_set_on_the_page(house, basis, browser) -> None:
    client = browser(house.owner)
    assert "Nilai ke-3" in client.get(NILAI + "tambah/").content.decode()
    response = client.post(NILAI + "tambah/", form(
        basis,
        {"name": "Bersih ", "meaning": "Tanpa  pamrih", "maps_to": ALL,
         "behaviours": "Menolak gratifikasi\r\n\r\n Hemat  anggaran "},
        {"name": "", "meaning": "", "behaviours": ""},
    ))  # fmt: skip
    assert response.status_code == 302
    made = ValueSet.objects.get()
    assert made.code == "nilai-bening"
    value = made.values.get()
    assert (value.code, value.meaning, value.maps_to) == ("bersih", "Tanpa pamrih", ALL)
    assert [one["text"] for one in value.behaviours] == ["Menolak gratifikasi", "Hemat anggaran"]
    event = AuditEvent.objects.last()
    assert (event.action, event.object_id) == ("value_set_added", "nilai-bening")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"name": "Bersih", "meaning": "x"}, "Petakan nilai “Bersih”"),
        ({"name": "Bersih", "maps_to": ["akuntabel"]}, "Isi makna nilai “Bersih”"),
        ({"meaning": "x", "maps_to": ["akuntabel"]}, "Ada nilai tanpa nama"),
        ({}, "Isi satu sampai 20 nilai"),
        ({"name": "Bersih", "meaning": "x", "maps_to": ["bukan"]}, "bukan"),
        (
            {"name": "Bersih", "meaning": "x", "maps_to": ALL[1:]},
            "Berorientasi Pelayanan. Ketujuhnya",
        ),
    ],
)
def test_nonsense_is_refused(house, basis, browser, row, words) -> None:
    response = browser(house.owner).post(NILAI + "tambah/", form(basis, row))
    assert words in response.content.decode()
    assert ValueSet.objects.count() == 0


def test_the_basis_must_be_of_the_same_agency(house, basis, bening) -> None:
    outsider = as_member(house.outsider, house.other)
    with pytest.raises(UserError, match="dasar hukum"):
        add_value_set(agency=house.other, draft=DRAFT, regulation=basis, by=outsider, now=NOW)


def test_without_regulations_the_page_says_what_to_do_first(house, browser) -> None:
    client = browser(house.owner)
    for address in ("tambah/", "impor/"):
        assert "daftar peraturan masih kosong" in client.get(NILAI + address).content.decode()
    assert "Belum ada set nilai daerah" in client.get(NILAI).content.decode()


def test_editing_keeps_codes_and_english_of_what_stays(house, basis, bening, browser) -> None:
    client, address = browser(house.owner), f"{NILAI}{bening.pk}/ubah/"
    assert "Menolak gratifikasi" in client.get(address).content.decode()
    response = client.post(address, form(
        basis,
        {"code": "bersih", "name": "Bersih hati", "name_en": "Clean", "meaning": "Baru.",
         "maps_to": ALL, "behaviours": "Menolak gratifikasi\nHemat"},
        {"code": "guyub", "name": "Guyub", "meaning": "Saling membantu.", "DELETE": "on",
         "maps_to": ["harmonis"]},
        {"code": "palsu", "name": "Ramah", "meaning": "Senyum.", "maps_to": ["harmonis"]},
        initial=2, more="1",
    ))  # fmt: skip
    assert response.url == address
    first, second = bening.values.all()
    assert (first.code, first.name) == ("bersih", "Bersih hati")
    assert [(one["code"], one["text_en"]) for one in first.behaviours] == [
        ("menolak_gratifikasi", "Refuses gifts"), ("hemat", "")]  # fmt: skip
    assert (second.code, second.name) == ("ramah", "Ramah")
    details = AuditEvent.objects.last().details
    assert details["old"].keys() == {"note", "Bersih", "Guyub"}
    assert details["new"].keys() == {"note", "Bersih hati", "Ramah"}


def test_saving_what_is_there_tells_nothing(house, owner, basis, bening) -> None:
    before = AuditEvent.objects.count()
    edit_value_set(value_set=bening, draft=draft_of(bening), regulation=basis, by=owner, now=NOW)
    assert AuditEvent.objects.count() == before


def test_removing_asks_first(house, bening, browser) -> None:
    client, address = browser(house.owner), f"{NILAI}{bening.pk}/hapus/"
    assert "Hapus Nilai BENING?" in client.get(address).content.decode()
    assert ValueSet.objects.count() == 1
    client.post(address)
    assert ValueSet.objects.count() == 0
    assert AuditEvent.objects.last().details["values"] == ["Bersih", "Guyub"]


def test_a_regulation_in_use_stays(house, owner, basis, bening, browser) -> None:
    with pytest.raises(UserError, match="Nilai BENING"):
        remove_regulation(regulation=basis, by=owner, now=NOW)
    page = browser(house.owner).get(f"{RUJUKAN}peraturan/{basis.pk}/hapus/").content.decode()
    assert "masih menjadi dasar" in page
    assert "Nilai BENING" in browser(None).get(
        f"{RUJUKAN}peraturan/{basis.pk}/").content.decode()  # fmt: skip


def test_an_own_draft_without_a_note_is_refused(house, owner, basis) -> None:
    draft = ValueSetDraft("X", DRAFT.values, own_draft=True)
    with pytest.raises(UserError, match="catatan"):
        add_value_set(agency=house.agency, draft=draft, regulation=basis, by=owner, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ValueSet.objects.create(agency=house.agency, code="x", title="X", regulation=basis,
                                own_draft=True, added_at=NOW, changed_at=NOW)  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (ValueSetDraft("", DRAFT.values), "Isi nama"),
        (ValueSetDraft("X", DRAFT.values[:1] * 2), "lebih dari sekali"),
        (ValueSetDraft("X", DRAFT.values * 11), "Isi satu sampai"),
        (ValueSetDraft("X", (ValueDraft("A", "a", ()),)), "Petakan"),
        (ValueSetDraft("X", (ValueDraft("A", "a", ("loyal",),
                                        behaviours=(BehaviourDraft("b"),) * 21),)), "memuat lebih"),
    ],
)  # fmt: skip
def test_rules_of_a_set(draft, words) -> None:
    with pytest.raises(UserError, match=words):
        check_value_set(draft, national_names())


# ------------------------------------------------------------------ files


def test_an_exported_set_passes_the_checker(house, bening, browser, tmp_path) -> None:
    response = browser(None).get(f"{NILAI}{bening.pk}/yaml/")
    assert response["Content-Disposition"] == 'attachment; filename="nilai-bening.yaml"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert checked(response.content, "nilai-bening", tmp_path) == []
    loaded = load_value_set(tmp_path / "nilai-bening.yaml")
    assert loaded.source.reference == "Peraturan Bupati Rawa Bening Nomor 62 Tahun 2019"
    assert loaded.value("bersih").behaviours[0].text.en == "Refuses gifts"
    assert loaded.value("guyub").name.en == "Guyub"  # no English text yet


TEXTS = st.text(max_size=30).map(one_line)


@runs(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    title=TEXTS.filter(bool),
    note=TEXTS,
    values=st.lists(
        st.builds(
            ValueDraft, name=TEXTS.filter(bool), meaning=TEXTS.filter(bool), name_en=TEXTS,
            code=st.sampled_from(["", "a", "no", "1"]),
            maps_to=st.sets(st.sampled_from(ALL), min_size=1).map(tuple),
            behaviours=st.lists(st.builds(BehaviourDraft, TEXTS.filter(bool), TEXTS),
                                max_size=2).map(tuple),
        ),
        min_size=1, max_size=3, unique_by=lambda value: value.name.casefold(),
    ),
)  # fmt: skip
def test_whatever_is_accepted_passes_the_checker(tmp_path, title, note, values) -> None:
    values[0] = replace(values[0], maps_to=tuple(ALL))
    draft = with_codes(ValueSetDraft(title, tuple(values), note=note))
    check_value_set(draft, national_names())
    code = set_code(title, {"nilai"})
    content = write_value_set(code, draft, "Dasar")
    assert checked(content, code, tmp_path) == []
    read, problems = read_value_set(content)
    assert problems == []
    again = draft_from(read)
    assert [value.name for value in again.values] == [value.name for value in values]
    assert with_codes(again) == again


def test_codes_are_free_and_good() -> None:
    assert set_code("Nilai KREATIF Kudus!", set()) == "nilai-kreatif-kudus"
    assert set_code("Nilai KREATIF Kudus!", {"nilai-kreatif-kudus"}) == "nilai-kreatif-kudus-2"
    assert set_code("神", set()) == "nilai"
    assert set_code("神", {"nilai", "nilai-2"}) == "nilai-3"


def upload(content: bytes, basis, name: str = "berkas (1).yaml") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, content), "regulation": basis.pk}


def test_importing_the_shipped_example(house, basis, browser, tmp_path) -> None:
    client = browser(house.owner)
    response = client.post(NILAI + "impor/", upload(KREATIF, basis), follow=True)
    assert "Set nilai diimpor." in response.content.decode()
    made = ValueSet.objects.get()
    assert made.code == "nilai-kreatif-kudus-2019-2"  # the published id stays the published file's
    assert made.own_draft
    event = AuditEvent.objects.last()
    assert (event.action, event.details["file"]) == ("value_set_imported", "berkas (1).yaml")
    content = client.get(f"{NILAI}{made.pk}/yaml/").content
    assert checked(content, made.code, tmp_path) == []
    shipped, mine = shipped_sets()[0], load_value_set(tmp_path / f"{made.code}.yaml")
    assert mine.values == shipped.values
    assert "Rancangan, belum ditetapkan" in client.get(f"{NILAI}{made.pk}/").content.decode()


def test_an_exported_set_can_be_imported_again(house, bening, basis, owner) -> None:
    content = write_value_set(bening.code, draft_of(bening), bening.regulation.title)
    remove_value_set(value_set=bening, by=owner, now=NOW)
    read, problems = read_value_set(content)
    assert problems == []
    again = import_value_set(agency=house.agency, draft=draft_from(read), code=read.id, file="x",
                             regulation=basis, by=owner, now=NOW)  # fmt: skip
    assert again.code == "nilai-bening"
    assert write_value_set(again.code, draft_of(again), basis.title) == content


def test_every_mistake_of_a_file_is_shown_at_once(house, basis, browser) -> None:
    bad = (
        KREATIF.replace(b"maps_to: [akuntabel]", b"maps_to: [tidak_ada]")
        .replace(b"id: komunikatif", b"id: religius")
        .replace(b'en: "Innovative"', b'xx: "Innovative"')
    )
    bad = bad.replace(b"nilai-kreatif-kudus-2019", b"nilai-lain")
    text = browser(house.owner).post(NILAI + "impor/", upload(bad, basis)).content.decode()
    assert "Tidak ada yang disimpan" in text
    for words in ("tidak_ada", "religius", "xx"):
        assert words in text
    assert "berkas.yaml" not in text
    assert "cermin-" not in text
    assert ValueSet.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"- a\n- b\n", b"kind: value_set\n", b"a: &x [1]\nb: *x\n",
        b"!!python/object:os.system {}\n", b"x" * 200_001,
        KREATIF.replace(b"Komunikatif", b"Diubah"),  # a published id with other content
        (DATA / "nilai-berakhlak-2021.yaml").read_bytes(),
        (DATA / "metode-2025.yaml").read_bytes(),
        b"id: ../../../x\nkind: value_set\n", b"id: [1]\nkind: value_set\n",
    ],
)  # fmt: skip
def test_files_that_are_no_local_value_set_are_refused(house, basis, browser, content) -> None:
    response = browser(house.owner).post(NILAI + "impor/", upload(content, basis))
    assert response.status_code == 200
    assert "notice-error" in response.content.decode() or "errorlist" in response.content.decode()
    assert ValueSet.objects.count() == 0
