"""Pages of cycles and instruments: who sees what, forms, downloads, tasks of the home page."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.urls import reverse

from cermin.instruments.load import list_instruments
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import extend_phase, open_survey, schedule_cycle
from cermin.web.cycles.actions.set_up import create_cycle
from cermin.web.cycles.models import Cycle, Extension, PhaseKind, State
from cermin.web.cycles.presenters import words
from cermin.web.cycles.presenters.diagram import states_diagram, states_page
from cermin.web.cycles.queries import home_tasks
from cermin.web.cycles.queries.cycles import set_up_of
from cermin.web.cycles.rules.dates import Days
from cermin.web.cycles.rules.states import TRANSITIONS
from cermin.web.organisations.models import Employee, Structure
from cermin.web.organisations.rules import system_member
from cermin.web.pages import clock
from cycle_factory import OCTOBER, draft, employ, october, scheduled
from site_factory import NOW, as_member

HOME = "/i/rawa-bening/periode/"
CYCLE = HOME + "2026/"
SET_UP = {
    "name": "Evaluasi 2026", "method": "metode-2025", "worksheet": "lke-budaya-kerja-2025",
    "survey_first": "2026-10-01", "survey_last": "2026-10-15",
    "evidence_first": "2026-10-01", "evidence_last": "2026-10-18",
    "verification_first": "2026-10-19", "verification_last": "2026-10-25",
    "decision_by": "2026-10-31",
    "minimum_rule": "slovin", "margin_percent": "5", "minimum_entered": "",
    "unit_minimum_rule": "entered", "unit_minimum_entered": "5", "threshold": "10", "crossing": "",
}  # fmt: skip


@pytest.fixture
def at(monkeypatch):
    """Return a function that sets the one clock."""

    def set_clock(moment) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(NOW)
    return set_clock


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def sheet(response) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)


# Who reaches what

READ = ["cycle_list", "cycle_list_export", "cycle_detail", "cycle_population", "instrument_list"]
WRITE = [
    "cycle_create", "cycle_edit", "cycle_copy", "cycle_schedule", "cycle_unschedule", "cycle_open",
    "cycle_decide", "cycle_publish", "cycle_archive", "cycle_delete",
]  # fmt: skip
WITHOUT_YEAR = {"cycle_list", "cycle_list_export", "cycle_create", "instrument_list"}


def address(name: str) -> str:
    return reverse(name, args=["rawa-bening", *([] if name in WITHOUT_YEAR else [2026])])


@pytest.mark.parametrize("name", READ + WRITE)
def test_who_reaches_which_page(house, owner, browser, at, name: str) -> None:
    draft(house.agency, owner)
    expected = dict.fromkeys(("contact", "evaluator", "head", "analyst"), 200 if name in READ
                             else 403)  # fmt: skip
    for who, status in (expected | {"owner": 200, "outsider": 404}).items():
        assert browser(getattr(house, who)).get(address(name)).status_code == status, who
    assert browser(None).get(address(name)).status_code == 302


def test_the_same_year_of_another_agency_is_not_found(house, owner, browser, at) -> None:
    other = as_member(house.outsider, house.other)
    draft(house.other, other)
    client = browser(house.owner)
    for name in (name for name in READ + WRITE if name not in WITHOUT_YEAR):
        assert client.get(address(name)).status_code == 404
    assert client.post(CYCLE + "hapus/").status_code == 404
    assert Cycle.objects.count() == 1


def test_posting_as_a_member_without_the_role_writes_nothing(house, owner, browser, at) -> None:
    draft(house.agency, owner)
    for name in WRITE:
        assert browser(house.head).post(address(name), SET_UP).status_code == 403
    assert Cycle.objects.get().state == State.DRAFT


# From the first page to the survey


def test_an_owner_goes_from_nothing_to_a_scheduled_cycle(house, browser, at) -> None:
    employ(house.structure, 30)
    client = browser(house.owner)
    assert "Belum ada periode" in text(client.get(HOME))
    shown = text(client.get(HOME + "baru/"))
    assert "Evaluasi BerAKHLAK 2026" in shown
    done = client.post(HOME + "baru/", {"year": 2026, "name": "Evaluasi 2026"})
    assert done.url == CYCLE + "ubah/"
    twice = client.post(HOME + "baru/", {"year": 2026, "name": "Evaluasi 2026"})
    assert "sudah ada" in text(twice)
    page = text(client.get(CYCLE))
    assert "Tanggal Survei belum diisi" in page
    assert "Jadwalkan" not in page
    edit = text(client.get(CYCLE + "ubah/"))
    assert "Rumus Krejcie-Morgan" in edit
    assert "diberitahukan kepada responden" in edit
    saved = client.post(CYCLE + "ubah/", SET_UP)
    assert saved.url == CYCLE
    assert set_up_of(Cycle.objects.get()).plan == OCTOBER
    assert "Jadwalkan" in text(client.get(CYCLE))
    assert "dibuka dan ditutup sendiri" in text(client.get(CYCLE + "jadwalkan/"))
    assert client.post(CYCLE + "jadwalkan/").url == CYCLE
    page = text(client.get(CYCLE))
    assert "Terjadwal" in page
    assert "1 Oktober 2026 – 15 Oktober 2026 pukul 24.00 WIB" in page
    assert "mulai 30 hari lagi" in page
    assert client.post(CYCLE + "batal-jadwal/").url == CYCLE
    assert client.post(CYCLE + "hapus/").url == HOME
    assert not Cycle.objects.exists()


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"survey_last": ""}, "Isi juga tanggal ini"),
        ({"survey_last": "2026-09-30"}, "mendahului"),
        ({"threshold": "5"}, "tidak boleh di bawah 10"),
        ({"decision_by": "2026-10-20"}, "paling awal"),
        ({"method": "tidak-ada"}, "field-wrong"),
        ({"margin_percent": "0"}, "field-wrong"),
        ({"name": ""}, "Periksa isian"),
    ],
)
def test_mistakes_come_back_with_words(house, owner, browser, changes: dict, words: str) -> None:
    draft(house.agency, owner)
    answer = browser(house.owner).post(CYCLE + "ubah/", SET_UP | changes)
    assert words in text(answer)
    assert set_up_of(Cycle.objects.get()).name == "Evaluasi BerAKHLAK 2026"


def test_calculators_stand_side_by_side(house, owner, browser, at) -> None:
    employ(house.structure, 500)
    draft(house.agency, owner)
    page = text(browser(house.owner).get(CYCLE + "ubah/"))
    assert "500 pegawai" in page
    assert '<td class="figure">223</td>' in page  # Slovin, 5 percent
    assert '<td class="figure">217</td>' in page  # Krejcie and Morgan


def test_opened_cycles_are_not_edited(house, owner, browser, at) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    client = browser(house.owner)
    assert "tidak dapat dibatalkan" in text(client.get(CYCLE + "buka/"))
    assert client.post(CYCLE + "buka/").url == CYCLE
    assert Cycle.objects.get(pk=cycle.pk).opened_at == NOW
    assert client.get(CYCLE + "ubah/").status_code == 400
    page = text(client.get(CYCLE))
    assert "Yang dibekukan saat survei dibuka" in page
    assert "Metode ini ditetapkan untuk tahun 2025, bukan 2026" in page


def test_extension_on_the_page(house, owner, browser, at) -> None:
    employ(house.structure)
    scheduled(house.agency, owner)
    run_due_phases(now=october(2))
    at(october(14))
    client = browser(house.owner)
    where = CYCLE + "perpanjang/survey/"
    assert "15 Oktober 2026" in text(client.get(where))
    short = client.post(where, {"last_day": "2026-10-20", "reason": "pendek"})
    assert "sedikitnya 10 huruf" in text(short)
    asked = {"last_day": "2026-10-20", "reason": "Jaringan putus di pulau"}
    assert client.post(where, asked).url == CYCLE
    assert Extension.objects.get().by_name == house.owner.name
    for member in (house.owner, house.analyst):
        page = text(browser(member).get(CYCLE))
        assert "Jaringan putus di pulau" in page
        assert "20 Oktober 2026 pukul 24.00 WIB" in page
    assert client.get(CYCLE + "perpanjang/lain/").status_code == 404


def test_decree_announcement_archive(house, owner, browser, at) -> None:
    employ(house.structure)
    scheduled(house.agency, owner)
    run_due_phases(now=october(2))
    run_due_phases(now=october(27))
    at(october(30))
    client = browser(house.owner)
    decree = {"decree_number": "188/45/2026", "decree_date": "2026-10-29", "signatory": "Bupati"}
    future = client.post(CYCLE + "tetapkan/", decree | {"decree_date": "2026-11-01"})
    assert "belum tiba" in text(future)
    assert client.post(CYCLE + "tetapkan/", decree).url == CYCLE
    assert "188/45/2026, 29 Oktober 2026, ditandatangani Bupati" in text(client.get(CYCLE))
    assert client.post(CYCLE + "umumkan/").url == CYCLE
    assert client.post(CYCLE + "arsipkan/").url == CYCLE
    page = text(client.get(CYCLE))
    assert "Diarsipkan" in page
    assert 'class="done"' in page
    assert 'class="todo"' not in page


def test_copying_on_the_page(house, owner, browser, at) -> None:
    draft(house.agency, owner)
    client = browser(house.owner)
    assert "Salin pengaturan tahun 2026" in text(client.get(HOME + "baru/"))
    assert client.post(CYCLE + "salin/", {"year": 2027}).url == HOME + "2027/ubah/"
    assert "sudah ada" in text(client.post(CYCLE + "salin/", {"year": 2027}))
    assert 'value="2027-10-15"' in text(client.get(HOME + "2027/ubah/"))


def test_a_blocked_opening_is_shown(house, owner, browser, at) -> None:
    employ(house.structure)
    scheduled(house.agency, owner)
    Employee.objects.all().delete()
    run_due_phases(now=october(1))
    at(october(1))
    client = browser(house.owner)
    assert "Tidak dapat dibuka" in text(client.get(HOME))
    page = text(client.get(CYCLE))
    assert "Survei belum dapat dibuka." in page
    assert "Daftar pegawai untuk struktur tahun 2026 masih kosong." in page


def test_years_without_a_tree_say_so(house, owner, browser, at) -> None:
    create_cycle(agency=house.agency, year=2027, name="Evaluasi 2027", by=owner, now=NOW)
    page = text(browser(house.owner).get(HOME + "2027/"))
    assert "Struktur unit tahun 2027 belum dibuat." in page
    assert reverse("structure_start", args=["rawa-bening"]) in page


def test_days_in_words() -> None:
    today = date(2026, 10, 15)
    begins = [words.begins_words(today + timedelta(days=n), today) for n in (0, 1, 2)]
    assert begins == ["mulai hari ini", "mulai besok", "mulai 2 hari lagi"]
    ends = [words.ends_words(today + timedelta(days=n), today) for n in (-5, -1, 0, 1, 5)]
    assert ends == [
        "berakhir 5 hari lalu", "berakhir kemarin", "berakhir hari ini", "berakhir besok",
        "berakhir 5 hari lagi",
    ]  # fmt: skip
    assert words.range_words(Days(today, today)) == "15 Oktober 2026"


def test_the_diagram_shows_every_transition() -> None:
    diagram = states_diagram()
    assert diagram.count(" --> ") == sum(map(len, TRANSITIONS.values())) + 2
    assert "scheduled --> survey_open: waktu, pengelola" in diagram
    assert diagram in states_page()


# Downloads and instruments


def test_downloads(house, owner, browser, at) -> None:
    employ(house.structure, 30)
    employ(house.structure, 4, "pkm-timur")
    scheduled(house.agency, owner)
    rows = sheet(browser(house.analyst).get(HOME + "unduh/"))
    assert rows[1] == (
        2026, "Evaluasi BerAKHLAK 2026", "Terjadwal", "1 Oktober 2026 – 15 Oktober 2026",
        "31 Oktober 2026",
    )  # fmt: skip
    rows = sheet(browser(house.analyst).get(CYCLE + "pegawai/"))
    units = {row[0]: row[2:] for row in rows[1:]}
    assert rows[0][4] == "PNS"
    assert units["dinkes"][:3] == (30, 34, 17)
    assert units["pkm-timur"][:2] == (4, 4)
    assert units["setda"][:2] == (0, 0)


@pytest.mark.parametrize("instrument", list_instruments())
def test_every_member_can_read_every_instrument(house, browser, at, instrument: str) -> None:
    client = browser(house.contact)
    listed = text(client.get("/i/rawa-bening/instrumen/"))
    assert f"/instrumen/{instrument}/" in listed
    page = text(client.get(f"/i/rawa-bening/instrumen/{instrument}/"))
    assert "sha256" in page


def test_unknown_instruments_are_not_found(house, browser, at) -> None:
    client = browser(house.contact)
    assert client.get("/i/rawa-bening/instrumen/PUBLISHED/").status_code == 404


def test_english_pages(house, owner, browser, at) -> None:
    draft(house.agency, owner)
    client = browser(house.owner)
    client.cookies["bahasa"] = "en"
    assert "October 2026" in text(client.get(CYCLE))


# Costs


def test_pages_cost_the_same_however_much_there_is(
    house, owner, browser, at, django_assert_max_num_queries
) -> None:
    employ(house.structure, 60)
    for year in range(2027, 2040):
        create_cycle(agency=house.agency, year=year, name=str(year), by=owner, now=NOW)
    scheduled(house.agency, owner)
    client = browser(house.owner)
    with django_assert_max_num_queries(11):
        client.get(HOME)
    with django_assert_max_num_queries(18):
        client.get(CYCLE)
    open_survey(cycle=Cycle.objects.get(year=2026), by=owner, now=NOW)
    with django_assert_max_num_queries(24):
        client.get(CYCLE)


# Tasks of the home page


def titles(house, who: str, now) -> list[str]:
    member = as_member(getattr(house, who), house.agency)
    return [task.title for task in home_tasks(house.agency, member, now)]


def test_tasks_before_opening(house, owner) -> None:
    assert titles(house, "owner", NOW) == ["Buat periode evaluasi"]
    assert titles(house, "head", NOW) == []
    cycle = draft(house.agency, owner)
    [task] = home_tasks(house.agency, owner, NOW)
    assert task.title == "Lengkapi pengaturan periode 2026"
    assert "masih kosong" in task.detail
    assert (task.url, task.due, task.late) == (CYCLE, october(1), False)
    assert home_tasks(house.agency, owner, october(2))[0].late
    employ(house.structure)
    assert titles(house, "owner", NOW) == ["Jadwalkan periode 2026"]
    schedule_cycle(cycle=cycle, by=owner, now=NOW)
    assert titles(house, "owner", NOW) == []
    assert titles(house, "owner", october(1) - timedelta(days=3)) == ["Survei 2026 segera dibuka"]
    Employee.objects.all().delete()
    assert titles(house, "owner", NOW) == ["Survei 2026 tidak dapat dibuka"]
    run_due_phases(now=october(1))
    [blocked] = home_tasks(house.agency, owner, october(1))
    assert (blocked.weight, blocked.late) == (100, True)
    assert "masih kosong" in blocked.detail


def test_tasks_while_it_runs(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    run_due_phases(now=october(1))
    assert titles(house, "owner", october(5)) == []
    assert titles(house, "contact", october(5)) == ["Pengumpulan bukti dukung 2026"]
    assert titles(house, "evaluator", october(5)) == []
    assert titles(house, "owner", october(14)) == ["Survei 2026 segera ditutup"]
    extend_phase(
        cycle=cycle, kind=PhaseKind.SURVEY, last_day=october(17).date(),
        reason="Jaringan putus di pulau", by=owner, now=october(14),
    )  # fmt: skip
    assert titles(house, "owner", october(14)) == []
    run_due_phases(now=october(20))
    scoring = "Unggah nilai bukti dukung 2026"
    assert titles(house, "evaluator", october(20)) == [scoring, "Verifikasi bukti dukung 2026"]
    run_due_phases(now=october(27))
    assert titles(house, "owner", october(27)) == ["Tetapkan hasil periode 2026", scoring]
    assert titles(house, "head", october(27)) == ["Tetapkan hasil periode 2026"]
    assert titles(house, "evaluator", october(27)) == []
    assert home_tasks(house.agency, owner, october(33))[0].late
    Cycle.objects.update(
        state=State.DECIDED, decree_number="1", decree_date=NOW.date(), signatory="S"
    )
    assert titles(house, "owner", october(33)) == ["Umumkan hasil periode 2026"]
    assert titles(house, "analyst", october(33)) == []


def test_the_system_member_has_the_tasks_of_all_roles(house) -> None:
    member = system_member(house.agency, "tes")
    assert [task.weight for task in home_tasks(house.agency, member, NOW)] == [50]
    assert Structure.objects.filter(agency=house.agency).count() == 1
