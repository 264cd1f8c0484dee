"""The page of the trail: who may read it, what it says, how it is filtered and taken out."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.db import transaction

from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor, system
from cermin.web.audit.chain import parse_anchor
from cermin.web.audit.models import AuditEvent
from cermin.web.audit.queries import verify_chain
from cermin.web.organisations.actions.audit import export_trail
from cermin.web.organisations.queries import audit as queries
from cermin.web.organisations.queries.audit import TrailFilter
from cermin.web.organisations.rules import Forbidden
from site_factory import NOW, as_member

JEJAK = "/i/rawa-bening/jejak/"
SRI, BUDI = Actor("7", "Sri Lestari", "/i/rawa-bening/unit/"), Actor("8", "Budi", "/i/x/")


def write(action: str = "unit_renamed", *, by: Actor = SRI, agency: str = "rawa-bening",
          at: datetime = NOW, object_type: str = "unit", object_id: object = "dinkes",
          **details: object) -> AuditEvent:  # fmt: skip
    with transaction.atomic():
        return record(action, by=by, now=at, agency=agency, object_type=object_type,
                      object_id=object_id, **details)  # fmt: skip


@pytest.fixture
def page(house, browser):
    def read(who: str = "owner", **query: object) -> str:
        response = browser(getattr(house, who)).get(JEJAK, query)
        assert response.status_code == 200
        return response.content.decode()

    return read


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("head", 200), ("contact", 403), ("evaluator", 403), ("analyst", 403),
     ("outsider", 404), (None, 302)],
)  # fmt: skip
def test_the_trail_is_for_owners_and_the_head(house, browser, who, status) -> None:
    client = browser(getattr(house, who) if who else None)
    assert client.get(JEJAK).status_code == status
    assert client.post(JEJAK + "unduh/").status_code == status


def test_an_event_reads_as_a_sentence_with_old_and_new(page) -> None:
    write(before="Dinas Kesehatan", after="Dinas <b>Kesehatan</b>", year=2026)
    text = page()
    assert "Mengubah nama unit dinkes dari “Dinas Kesehatan” menjadi" in text
    assert "Dinas &lt;b&gt;Kesehatan" in text
    assert "<del>Dinas Kesehatan</del> → <ins>Dinas &lt;b&gt;" in text
    assert "<dt>Tahun</dt><dd>2026</dd>" in text
    assert "Sri Lestari" in text
    assert "/i/rawa-bening/unit/" in text


def test_moments_stand_in_the_time_zone_of_the_agency(house, page) -> None:
    house.agency.time_zone = "Asia/Jayapura"
    house.agency.save()
    write(at=datetime(2026, 8, 31, 16, 30, tzinfo=UTC), reason=NOW, since=NOW.date())
    text = page()
    assert "1 Sep 2026<br>01.30.00" in text
    assert "1 September 2026 11.00" in text
    assert "<dd>1 September 2026</dd>" in text


def test_nothing_of_another_agency_or_of_the_site_is_shown(house, page) -> None:
    write(after="Rahasia", agency="tanjung-asri", by=Actor("9", "Orang Tanjung", "/"))
    write("signed_in", agency="", by=Actor("9", "Orang Tanjung", "/"), object_type="account")
    text = page()
    assert "Rahasia" not in text
    assert "Orang Tanjung" not in text
    assert "Belum ada catatan" in text
    assert "Jangkar" not in text


def test_unknown_actions_and_missing_facts_read_well(page) -> None:
    write("thing_done", object_type="odd_thing", object_id="x1", odd_fact=["a", "b"], n=None)
    write("unit_renamed")
    text = page()
    assert "Melakukan “thing done” pada odd thing x1." in text
    assert "<dt>Odd fact</dt><dd>a, b</dd>" in text
    assert "<dt>N</dt><dd>–</dd>" in text
    assert "Mengubah nama unit dinkes dari “…” menjadi “…”." in text


def test_what_people_type_is_never_a_gap_of_the_sentence(page) -> None:
    write(before="{object_id}", after="{year.__class__}")
    assert "dari “{object_id}” menjadi “{year.__class__}”" in page()


def test_facts_of_every_form(page) -> None:
    write("agency_edited", old={"name": "A", "language": "id"}, new={"name": "B", "language": "en"})
    write("x_done", changes={"name": {"old": "Lama", "new": ""}}, role="owner", is_complete=True,
          merged={"a": "b"}, codes=[f"k{i}" for i in range(40)], n_rows=1234567, odd="2026-99-99",
          noon="2026-01-01T00:00", half=0.5, off=False)  # fmt: skip
    text = page()
    for wanted in (
        "<del>A</del> → <ins>B</ins>", "<del>Bahasa Indonesia</del> → <ins>Inggris</ins>",
        "<del>Lama</del> → <ins>–</ins>", "<dd>Pengelola</dd>", "<dd>ya</dd>", "<dd>tidak</dd>",
        "A → b", "k29 dan 10 lagi", "1.234.567", "2026-99-99", "1 Januari 2026 00.00", "0.5",
    ):  # fmt: skip
        assert wanted in text
    assert "k30" not in text


def test_english_readers_get_english(house, browser) -> None:
    write("agency_edited", old=1, new=2)
    client = browser(house.owner)
    client.cookies["bahasa"] = "en"
    assert client.get(JEJAK).status_code == 200


# ------------------------------------------------------------------ filters


def numbers(house, **wanted: object) -> list[int]:
    return [event.sequence for event in queries.trail(house.agency, TrailFilter(**wanted))]


def test_filters(house) -> None:
    day = timedelta(days=1)
    write(by=SRI, at=NOW)
    write("unit_added", by=BUDI, at=NOW + day, object_id="disdik")
    write("unit_added", by=SRI, at=NOW + 2 * day)
    write("roster_upload_read", by=system("worker"), at=NOW + 3 * day, object_type="roster_upload")
    write("unit_added", by=SRI, agency="tanjung-asri")
    today = NOW.date()
    assert numbers(house) == [4, 3, 2, 1]
    assert numbers(house, person="7") == [3, 1]
    assert numbers(house, person=queries.SYSTEM) == [4]
    assert numbers(house, action="unit_added", person="8") == [2]
    assert numbers(house, object_type="unit", object_id="dinkes") == [3, 1]
    assert numbers(house, since=today + day) == [4, 3, 2]
    assert numbers(house, until=today + day) == [2, 1]
    assert numbers(house, since=today + day, until=today + 2 * day) == [3, 2]
    assert numbers(house, since=today + 9 * day) == []


def test_days_are_days_of_the_agency(house) -> None:
    write(at=datetime(2026, 8, 31, 16, 59, tzinfo=UTC))  # 23.59 in Jakarta
    write(at=datetime(2026, 8, 31, 17, 0, tzinfo=UTC))  # midnight
    assert numbers(house, since=NOW.date()) == [2]
    assert numbers(house, until=NOW.date() - timedelta(days=1)) == [1]


def test_choices_are_what_occurs(house) -> None:
    write(by=SRI)
    write("unit_added", by=Actor("7", "Sri Lestari, S.Sos.", "/"))
    write("x_done", by=BUDI, object_type="cycle")
    write("y_done", by=system("worker"), agency="tanjung-asri", object_type="")
    assert queries.people_in(house.agency) == [("8", "Budi"), ("7", "Sri Lestari, S.Sos.")]
    assert queries.actions_in(house.agency) == ["unit_added", "unit_renamed", "x_done"]
    assert queries.object_types_in(house.agency) == ["cycle", "unit"]
    assert queries.object_types_in(house.other) == []


def test_the_form_filters(page) -> None:
    write(before="A", after="B")
    write("unit_added", by=BUDI, name="Baru", year=2026)
    assert "Menambah unit Baru" in page(orang="8")
    assert "Menambah unit Baru pada" not in page(orang="7")
    assert "Tidak ada catatan yang cocok" in page(dari="2030-01-01")
    assert "Menambah unit Baru pada" not in page(tindakan="unit_renamed")


@pytest.mark.parametrize("query", [{"dari": "kemarin"}, {"orang": "tidak ada"}, {"sebelum": "x"},
                                   {"tindakan": "'; --"}, {"objek": "a\0b"}])  # fmt: skip
def test_nonsense_in_the_address_is_no_fault(page, query) -> None:
    write(before="A", after="B")
    assert "Mengubah nama unit dinkes" in page(**query)


def test_pages_go_from_new_to_old(house, page) -> None:
    for number in range(queries.PAGE_ROWS + 3):
        write(before="A", after=f"nama-{number}-")
    first = page()
    assert "nama-52-" in first
    assert "nama-2-" not in first
    assert 'href="?sebelum=4"' in first
    second = page(sebelum=4)
    assert "nama-2-" in second
    assert "nama-3-" not in second
    assert "Kembali ke catatan terbaru" in second
    assert 'rel="next"' not in second
    assert "Tidak ada catatan yang cocok" in page(sebelum=1)
    assert page(sebelum="9" * 40)


def test_a_long_trail_takes_as_few_queries(house, browser, django_assert_max_num_queries) -> None:
    for number in range(120):
        write(by=Actor(str(number), f"Orang {number}", "/"), before="A", after="B")
    client = browser(house.owner)
    client.get(JEJAK)
    with django_assert_max_num_queries(11):
        client.get(JEJAK, {"dari": "2026-01-01", "orang": "7"})


# ------------------------------------------------------------------ anchor and export


def test_the_anchor_on_the_page_is_one_that_the_command_takes(house, page) -> None:
    write(before="A", after="B")
    write("unit_added", agency="tanjung-asri")
    anchor = queries.last_anchor(house.agency)
    assert str(anchor) in page()
    assert verify_chain(anchor=parse_anchor(str(anchor))).broken is None
    assert queries.last_anchor(house.other).length == 2


def test_the_export_holds_what_is_shown_and_is_recorded(house, browser) -> None:
    write(before="=1+1", after="B")
    write("unit_added", by=BUDI, name="Baru", year=2026)
    response = browser(house.head).post(JEJAK + "unduh/?orang=7")
    assert 'filename="jejak-rawa-bening-' in response["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.values)
    assert rows[0][:4] == ("No.", "Waktu", "Siapa", "Tindakan")
    assert len(rows) == 2
    assert rows[1][2:] == (
        "Sri Lestari", "Mengubah nama unit dinkes dari “=1+1” menjadi “B”.", "Isi: =1+1 → B",
        "/i/rawa-bening/unit/", "unit kerja", "dinkes",
    )  # fmt: skip
    assert rows[1][1].isoformat() == "2026-09-01T09:00:00"
    last = AuditEvent.objects.last()
    assert (last.action, last.details["n_rows"]) == ("audit_exported", 1)
    assert last.page == JEJAK + "unduh/"


def test_the_export_has_a_limit(house, monkeypatch) -> None:
    from cermin.web.organisations.actions import audit

    monkeypatch.setattr(audit, "EXPORT_ROWS", 2)
    for _number in range(3):
        write(before="A", after="B")
    owner = as_member(house.owner, house.agency)
    events = export_trail(agency=house.agency, wanted=TrailFilter(), by=owner, now=NOW)
    assert [event.sequence for event in events] == [3, 2]


@pytest.mark.parametrize("who", ["contact", "evaluator", "analyst"])
def test_the_export_is_for_readers_of_the_trail(house, who: str) -> None:
    member = as_member(getattr(house, who), house.agency)
    with pytest.raises(Forbidden):
        export_trail(agency=house.agency, wanted=TrailFilter(), by=member, now=NOW)
    outsider = as_member(house.outsider, house.other)
    with pytest.raises(Forbidden):
        export_trail(agency=house.agency, wanted=TrailFilter(), by=outsider, now=NOW)
    assert AuditEvent.objects.count() == 0


def test_the_export_is_sent_by_a_form_only(house, browser) -> None:
    assert browser(house.owner).get(JEJAK + "unduh/").status_code == 405
