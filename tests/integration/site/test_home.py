"""Home pages: the next step, what is late, what each role can do, and whose agency it is."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from cermin.web.cycles.models import (
    NOT_OPENED,
    WITH_DECREE,
    Cycle,
    Phase,
    PhaseKind,
    State,
)
from cermin.web.cycles.rules.dates import Days, span_of
from cermin.web.operations.queries.home import house_of
from cermin.web.organisations.models import Employee, Invitation, Role, RosterUpload, Unit
from cermin.web.pages import clock
from site_factory import NOW, give_role, make_agency, make_structure, make_user

HOME = "/i/rawa-bening/"


DAYS = {  # of the year's phases, both inclusive; NOW stands in the first
    PhaseKind.SURVEY: ((8, 25), (9, 10)),
    PhaseKind.EVIDENCE: ((9, 11), (9, 20)),
    PhaseKind.VERIFICATION: ((9, 21), (9, 30)),
    PhaseKind.PROCESSING: ((10, 1), (10, 15)),
}


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def make_cycle(house):
    """Return a function that puts a cycle with all dates into a state."""

    def make(agency, *, year: int = 2026, state: State = State.DRAFT) -> Cycle:
        opened = state not in NOT_OPENED
        decree = {"decree_number": "1", "decree_date": NOW.date(), "signatory": "Bupati"}
        cycle = Cycle.objects.create(
            agency=agency, year=year, name=f"Evaluasi {year}", state=state,
            method="metode-2025", minimum_rule="none", minimum_margin="0.05", threshold=10,
            created_at=NOW, opened_at=NOW if opened else None, frozen={} if opened else None,
            structure=agency.structures.first() if opened else None,
            published_at=NOW if state in (State.PUBLISHED, State.ARCHIVED) else None,
            archived_at=NOW if state is State.ARCHIVED else None,
            **(decree if state in WITH_DECREE else {}),
        )  # fmt: skip
        for kind, (first, last) in DAYS.items():
            span = span_of(Days(date(year, *first), date(year, *last)), "Asia/Jakarta")
            Phase.objects.create(
                cycle=cycle, kind=kind, opens_at=span.opens_at, closes_at=span.closes_at
            )
        return cycle

    return make


def words(client, address: str = HOME) -> str:
    """Return the text of the page's content."""
    answer = client.get(address)
    assert answer.status_code == 200
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def next_step(client) -> str:
    answer = client.get(HOME).content.decode()
    found = re.search(r'<h2 id="langkah">(.*?)</h2>', answer)
    return found[1] if found else ""


def upload(agency, structure, state: str) -> RosterUpload:
    return RosterUpload.objects.create(
        agency=agency, structure=structure, file_name="siasn.xlsx", file_sha256="0" * 64,
        state=state, uploaded_by="Pengelola", uploaded_at=NOW, heartbeat_at=NOW,
    )  # fmt: skip


def employ(agency, unit: Unit, n: int = 1) -> None:
    Employee.objects.bulk_create(
        Employee(agency=agency, unit=unit, person_index=bytes([i]) * 32, name=f"Pegawai {i}",
                 employment="PNS", added_at=NOW)
        for i in range(n)
    )  # fmt: skip


def invite(agency, email: str, role: Role = Role.HEAD, **fields: object) -> Invitation:
    return Invitation.objects.create(
        agency=agency, email=email, name="", role=role, token_hash=email, invited_by="Pengelola",
        unit_code="disdik" if role is Role.CONTACT else "", created_at=NOW,
        expires_at=NOW + timedelta(days=14), **fields,
    )  # fmt: skip


# ------------------------------------------------------------------ of a person
def test_the_only_agency_opens_by_itself(house, browser) -> None:
    client = browser(house.owner)
    assert client.get("/").url == HOME
    assert "Kabupaten rawa-bening" in words(client, "/?semua=1")


def test_several_agencies_are_listed_with_their_state_and_no_others(
    house, browser, make_cycle
) -> None:
    give_role(house.owner, house.other, Role.ANALYST)
    make_cycle(house.agency)
    make_agency("bukit-sunyi")
    found = words(browser(house.owner), "/")
    assert "Kabupaten rawa-bening Periode 2026 Konsep" in found
    assert "Kabupaten tanjung-asri Belum ada periode evaluasi" in found
    assert "bukit-sunyi" not in found


def test_somebody_without_a_role_learns_how_to_get_one(house, browser) -> None:
    found = words(browser(make_user("baru@rawabening.example")), "/")
    assert "Anda belum punya peran" in found
    assert "baru@rawabening.example" in found


def test_operators_find_all_agencies(house, browser) -> None:
    operator = make_user("operator@situs.example", is_operator=True)
    assert "Semua instansi di situs ini" in words(browser(operator), "/")
    assert "Semua instansi di situs ini" not in words(browser(house.owner), "/?semua=1")


def test_home_asks_visitors_to_sign_in_and_help_does_not(house, browser) -> None:
    assert browser(None).get("/").url.startswith("/akun/masuk/")
    assert "Urutan pekerjaan setahun" in words(browser(None), "/bantuan/")


# ------------------------------------------------------------------ the owner's next step
def test_units_come_before_everything(db, house, browser) -> None:
    Unit.objects.filter(structure=house.structure).delete()
    assert next_step(browser(house.owner)) == "Susun unit kerja tahun 2026"


def test_roster_comes_after_the_units(house, browser) -> None:
    assert next_step(browser(house.owner)) == "Unggah daftar pegawai"


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("ready", "Periksa pratinjau daftar pegawai"),
        ("failed", "Unggah ulang daftar pegawai"),
        ("reading", "Buat periode evaluasi"),
        ("discarded", "Unggah daftar pegawai"),
    ],
)
def test_an_upload_decides_what_is_said_of_the_roster(house, browser, state: str, step) -> None:
    upload(house.agency, house.structure, state)
    assert next_step(browser(house.owner)) == step
    assert "Unggahan daftar pegawai terakhir: siasn.xlsx" in words(browser(house.owner))


def test_a_cycle_comes_after_the_roster(house, browser) -> None:
    employ(house.agency, house.structure.units.first())
    assert next_step(browser(house.owner)) == "Buat periode evaluasi"


def test_people_come_last(house, browser, make_cycle) -> None:
    employ(house.agency, house.structure.units.first())
    make_cycle(house.agency)
    invite(house.agency, "a@rawabening.example")
    found = words(browser(house.owner))
    assert "2 perangkat daerah belum punya penghubung" in found
    assert "1 undangan belum dijawab." in found
    assert found.index("Undang penghubung") < found.index("Ingatkan yang belum")


def test_nothing_waits_when_all_is_done(house, browser, make_cycle) -> None:
    employ(house.agency, house.structure.units.first())
    for code in ("setda", "disdik"):
        give_role(house.contact, house.agency, Role.CONTACT, code)
    make_cycle(house.agency, state=State.PUBLISHED)
    assert "Tidak ada yang menunggu Anda" in words(browser(house.owner))


def test_the_next_year_begins_when_the_last_one_is_over(house, browser, make_cycle) -> None:
    employ(house.agency, house.structure.units.first())
    make_cycle(house.agency, year=2025, state=State.PUBLISHED)
    assert next_step(browser(house.owner)) == "Buat periode evaluasi 2026"


# ------------------------------------------------------------------ the year
def test_stages_are_done_running_or_ahead(house, browser, make_cycle) -> None:
    make_cycle(house.agency, state=State.SURVEY_OPEN)
    html = browser(house.head).get(HOME).content.decode()
    states = re.findall(r'<li class="(done|now|todo)"', html)
    assert states == ["done", "now", "todo", "todo", "todo", "todo"]
    assert html.count('aria-current="step"') == 1
    assert "25 Agustus sampai dengan 10 September 2026" in html


@pytest.mark.parametrize(
    ("state", "last"),
    [(State.DECIDED, "now"), (State.PUBLISHED, "done"), (State.ARCHIVED, "done")],
)
def test_a_decided_result_ends_the_processing(house, browser, make_cycle, state, last) -> None:
    make_cycle(house.agency, state=state)
    html = browser(house.analyst).get(HOME).content.decode()
    assert re.findall(r'<li class="(done|now|todo)"', html)[-2:] == ["done", last]


def test_a_draft_has_begun_nothing(house, browser, make_cycle) -> None:
    make_cycle(house.agency)
    html = browser(house.analyst).get(HOME).content.decode()
    assert re.findall(r'<li class="(done|now|todo)"', html) == ["now", *["todo"] * 5]


# ------------------------------------------------------------------ roles
ROLE_WORDS = {
    "contact": ("Unit Anda Dinas Kesehatan", "Lembar kerja bukti dukung unit Anda"),
    "evaluator": ("Penilaian bukti dukung", "tanpa melihat nilai penilai lain"),
    "head": ("Hasil", "Sebelum itu tidak seorang pun melihat jawaban"),
    "analyst": ("Metode, kuesioner, dan rujukan", "Data untuk analisis"),
}


@pytest.mark.parametrize("role", list(ROLE_WORDS))
@pytest.mark.parametrize("has_cycle", [True, False])
def test_each_role_sees_its_own_part(house, browser, make_cycle, role: str, has_cycle) -> None:
    if has_cycle:
        make_cycle(house.agency)
    found = words(browser(getattr(house, role)))
    for expected in ROLE_WORDS[role]:
        assert expected in found
    assert ("Jadwal belum ditetapkan" in found) is not has_cycle or role == "head"
    assert "Instansi dalam angka" not in found
    for other, (_first, theirs) in ROLE_WORDS.items():
        assert (theirs in found) is (other == role)


def test_members_of_another_agency_learn_nothing(house, browser) -> None:
    assert browser(house.outsider).get(HOME).status_code == 404


# ------------------------------------------------------------------ counts
def test_counts_are_of_this_agency_alone(house) -> None:
    there = make_structure(house.other, 2027)
    make_structure(house.agency, 2025, [("lama", "Dinas Lama", None)])
    for agency, structure, n in ((house.agency, house.structure, 3), (house.other, there, 5)):
        Employee.objects.filter(agency=agency).delete()
        employ_as = [
            Employee(agency=agency, unit=structure.units.first(), name=f"P{i}", employment="PNS",
                     person_index=bytes([i]) * 32, added_at=NOW)
            for i in range(n)
        ]  # fmt: skip
        Employee.objects.bulk_create(employ_as)
    invite(house.agency, "a@x.example", Role.CONTACT)
    invite(house.agency, "b@x.example")
    invite(house.agency, "c@x.example", accepted_at=NOW)
    invite(house.agency, "d@x.example", revoked_at=NOW)
    invite(house.other, "e@x.example", Role.CONTACT)
    found = house_of(house.agency)
    assert (found.n_units, found.n_employees, found.n_people) == (6, 3, 5)
    assert (found.n_invitations, found.n_contacts_invited) == (2, 1)
    assert found.n_units_without_contact == 2
    assert found.upload is None


def test_an_agency_without_anything_has_zeros(db) -> None:
    found = house_of(make_agency("kosong"))
    assert (found.n_units, found.n_employees, found.n_people, found.n_invitations) == (0, 0, 0, 0)


@pytest.mark.parametrize("role", ["owner", "contact", "head"])
def test_home_needs_few_queries_whatever_there_is(
    house, browser, make_cycle, django_assert_max_num_queries, role: str
) -> None:
    make_cycle(house.agency)
    employ(house.agency, house.structure.units.first(), 50)
    client = browser(getattr(house, role))
    with django_assert_max_num_queries(14):
        assert client.get(HOME).status_code == 200


# ------------------------------------------------------------------ language
def test_language_is_kept_and_leads_back_on_this_site_only(house, browser) -> None:
    client = browser(house.owner)
    answer = client.post("/bahasa/", {"language": "en", "next": HOME})
    assert answer.url == HOME
    assert client.get(HOME).content.decode().startswith('<!doctype html>\n<html lang="en">')
    assert client.post("/bahasa/", {"language": "xx", "next": "//jahat.example/"}).url == "/"
    assert client.get("/bahasa/").status_code == 405
