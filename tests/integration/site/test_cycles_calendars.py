"""A calendar that a province sets and its kabupaten follow, and who must not see or touch it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.actions.calendars import (
    CalendarChoice,
    change_calendar,
    create_calendar,
    follow_calendar,
    unfollow_calendar,
)
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import extend_phase, open_survey
from cermin.web.cycles.actions.set_up import change_set_up, create_cycle
from cermin.web.cycles.models import (
    CalendarOffer,
    CalendarPhase,
    Cycle,
    Extension,
    PhaseKind,
    SharedCalendar,
    State,
)
from cermin.web.cycles.queries.calendars import follower_names, visible_calendars
from cermin.web.cycles.queries.cycles import set_up_of, spans_of
from cermin.web.cycles.rules.dates import Days
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Forbidden
from cycle_factory import OCTOBER, employ, october, scheduled
from site_factory import NOW, as_member, give_role, make_agency, make_structure, make_user

SURVEY, EVIDENCE, VERIFICATION, PROCESSING = PhaseKind
REASON = "Gangguan jaringan nasional"
CHOSEN = CalendarChoice("Serentak 2026", OCTOBER, ("kabupaten",), ())


def moved(**days: tuple[int, int]) -> dict[PhaseKind, Days]:
    """Return the October plan with phases on other days of October."""
    new = {
        PhaseKind(kind): Days(october(first).date(), october(last).date())
        for kind, (first, last) in days.items()
    }
    return {**OCTOBER, **new}


@dataclass(frozen=True)
class Country:
    """A province with a calendar, and two kabupaten in two time zones."""

    province: Agency
    setter: object
    calendar: SharedCalendar
    west: Cycle
    east: Cycle
    owner: object
    eastern_owner: object


@pytest.fixture
def country(house) -> Country:
    province = make_agency("provinsi-rawa", agency_class="provinsi")
    person = make_user("pengelola@provinsi.example", name="Sari Provinsi")
    give_role(person, province, "owner")
    setter = as_member(person, province)
    calendar = create_calendar(agency=province, year=2026, chosen=CHOSEN, by=setter, now=NOW)
    Agency.objects.filter(pk=house.other.pk).update(time_zone="Asia/Jayapura")
    other = Agency.objects.get(pk=house.other.pk)
    owner, eastern = as_member(house.owner, house.agency), as_member(house.outsider, other)
    employ(house.structure)
    employ(other.structures.get())
    early = {kind: Days(days.first.replace(month=9), days.last.replace(month=9, day=30 if
             kind is PROCESSING else days.last.day)) for kind, days in OCTOBER.items()}  # fmt: skip
    west, east = scheduled(house.agency, owner, plan=early), scheduled(other, eastern)
    for cycle, by in ((west, owner), (east, eastern)):
        follow_calendar(cycle=cycle, calendar=calendar, by=by, now=NOW)
    return Country(province, setter, calendar, again(west), again(east), owner, eastern)


def again(cycle: Cycle) -> Cycle:
    return Cycle.objects.select_related("agency").get(pk=cycle.pk)


def change(country: Country, plan, now, reason: str = REASON) -> list[str]:
    return change_calendar(
        calendar=country.calendar, chosen=replace(CHOSEN, plan=plan), reason=reason,
        by=country.setter, now=now,
    )  # fmt: skip


def test_followers_take_the_days_in_their_own_time(country) -> None:
    assert spans_of(country.west)[SURVEY].opens_at == october(1)
    assert spans_of(country.east)[SURVEY].opens_at == october(1, zone="Asia/Jayapura")
    assert spans_of(country.west)[PROCESSING].closes_at == october(32)
    [first] = AuditEvent.objects.filter(action="calendar_followed", agency="rawa-bening")
    assert first.details["calendar"] == "Serentak 2026"


def test_moving_a_calendar_moves_all_who_follow_and_tells_each(country) -> None:
    names = change(country, moved(survey=(1, 20)), october(10), REASON)
    assert len(names) == 2
    assert spans_of(again(country.west))[SURVEY].closes_at == october(21)
    assert spans_of(again(country.east))[SURVEY].closes_at == october(21, zone="Asia/Jayapura")
    told = AuditEvent.objects.filter(action="calendar_moved")
    assert sorted(told.values_list("agency", flat=True)) == ["rawa-bening", "tanjung-asri"]
    for event in told:  # the province, but not the person there
        assert (event.actor_id, event.actor_name) == ("", country.province.name)
        assert event.details["reason"] == REASON
    own = AuditEvent.objects.get(action="calendar_changed")
    assert (own.agency, own.actor_name) == ("provinsi-rawa", "Sari Provinsi")
    assert own.details["followers_moved"] == 2
    assert change(country, moved(survey=(1, 20)), october(10), "") == []  # nothing moved


def test_running_cycles_keep_the_extension_with_its_reason(country) -> None:
    run_due_phases(now=october(10))
    assert again(country.west).state == State.SURVEY_OPEN
    change(country, moved(survey=(1, 20), verification=(19, 28), processing=(29, 33)), october(10))
    kept = {(one.phase.cycle.agency.slug, one.phase.kind) for one in Extension.objects.all()}
    assert kept == {
        (slug, kind)
        for slug in ("rawa-bening", "tanjung-asri")
        for kind in ("survey", "verification", "processing")
    }
    assert {one.reason for one in Extension.objects.all()} == {REASON}
    spans = spans_of(again(country.west))
    assert (spans[PROCESSING].opens_at, spans[PROCESSING].closes_at) == (october(29), october(34))
    run_due_phases(now=october(20))
    assert again(country.west).state == State.SURVEY_OPEN
    run_due_phases(now=october(21))
    assert again(country.west).state == State.VERIFICATION


def test_cycles_past_the_decree_do_not_move(country) -> None:
    run_due_phases(now=october(10))
    run_due_phases(now=october(28))
    Cycle.objects.filter(pk=country.west.pk).update(
        state=State.DECIDED, decree_number="1", decree_date=date(2026, 10, 27), signatory="S"
    )
    names = change(country, moved(processing=(26, 40)), october(28))
    assert names == [country.east.agency.name]
    assert spans_of(again(country.west))[PROCESSING].closes_at == october(32)


def test_what_has_closed_cannot_be_moved(country) -> None:
    with pytest.raises(UserError, match="sudah ditutup"):
        change(country, moved(survey=(1, 20)), october(17))
    assert not AuditEvent.objects.filter(action="calendar_changed").exists()


def test_followers_cannot_set_their_own_dates(country) -> None:
    other_plan = replace(set_up_of(country.west), plan=moved(survey=(1, 17)), threshold=20)
    change_set_up(cycle=country.west, chosen=other_plan, by=country.owner, now=NOW)
    kept = set_up_of(again(country.west))
    assert (kept.plan, kept.threshold) == (OCTOBER, 20)
    with pytest.raises(UserError, match="kalender bersama"):
        open_survey(cycle=country.west, by=country.owner, now=NOW)
    run_due_phases(now=october(10))
    with pytest.raises(UserError, match="kalender bersama"):
        extend_phase(
            cycle=country.west, kind=SURVEY, last_day=date(2026, 10, 20), reason=REASON,
            by=country.owner, now=october(10),
        )  # fmt: skip


def test_who_stops_following_keeps_the_dates_and_is_left_alone(country) -> None:
    unfollow_calendar(cycle=country.west, by=country.owner, now=NOW)
    assert change(country, moved(survey=(1, 20)), NOW, "") == [country.east.agency.name]
    assert set_up_of(again(country.west)).plan == OCTOBER
    with pytest.raises(UserError, match="tidak mengikuti"):
        unfollow_calendar(cycle=country.west, by=country.owner, now=NOW)


def test_a_follower_without_worksheet_takes_survey_and_processing(country) -> None:
    unfollow_calendar(cycle=country.west, by=country.owner, now=NOW)
    short = replace(set_up_of(again(country.west)), method="metode-2024", worksheet="")
    change_set_up(cycle=country.west, chosen=short, by=country.owner, now=NOW)
    follow_calendar(cycle=country.west, calendar=country.calendar, by=country.owner, now=NOW)
    assert set_up_of(again(country.west)).plan == {
        SURVEY: OCTOBER[SURVEY], PROCESSING: Days(date(2026, 10, 16), date(2026, 10, 31)),
    }  # fmt: skip
    whole = replace(
        set_up_of(again(country.west)), method="metode-2025", worksheet="lke-budaya-kerja-2025"
    )
    change_set_up(cycle=country.west, chosen=whole, by=country.owner, now=NOW)
    assert set_up_of(again(country.west)).plan == OCTOBER


# Who may not


def test_followers_cannot_edit(country, house, browser) -> None:
    with pytest.raises(Forbidden):
        change_calendar(
            calendar=country.calendar, chosen=CHOSEN, reason=REASON, by=country.owner, now=NOW
        )
    client = browser(house.owner)
    edit = reverse("calendar_edit", args=["rawa-bening", country.calendar.pk])
    assert client.get(edit).status_code == 404
    assert client.post(edit, {"name": "Rebut"}).status_code == 404
    seen = client.get(reverse("calendar_detail", args=["rawa-bening", country.calendar.pk]))
    assert seen.status_code == 200
    page = seen.content.decode()
    assert "Serentak 2026" in page
    assert country.east.agency.name not in page  # another follower stays unseen
    assert "Yang mengikuti" not in page


def test_only_agencies_above_others_set_calendars(house, browser) -> None:
    owner = as_member(house.owner, house.agency)
    with pytest.raises(Forbidden):
        create_calendar(agency=house.agency, year=2026, chosen=CHOSEN, by=owner, now=NOW)
    assert browser(house.owner).get("/i/rawa-bening/kalender/baru/").status_code == 403


def test_an_agency_that_is_not_offered_a_calendar_gets_404(country, browser) -> None:
    city = make_agency("kota-lain", agency_class="kota")
    make_structure(city)
    person = make_user("pengelola@kota.example")
    give_role(person, city, "owner")
    client = browser(person)
    number = country.calendar.pk
    create_cycle(agency=city, year=2026, name="Kota", by=as_member(person, city), now=NOW)
    assert client.get(f"/i/kota-lain/kalender/{number}/").status_code == 404
    assert client.post(f"/i/kota-lain/kalender/{number}/ikuti/").status_code == 404
    assert client.get(f"/i/rawa-bening/kalender/{number}/").status_code == 404
    assert "Serentak" not in client.get("/i/kota-lain/kalender/").content.decode()
    with pytest.raises(Forbidden):
        follow_calendar(
            cycle=city.cycles.get(), calendar=country.calendar, by=as_member(person, city), now=NOW
        )
    chosen = replace(CHOSEN, codes=(city.code,))
    change_calendar(calendar=country.calendar, chosen=chosen, reason="", by=country.setter, now=NOW)
    assert client.get(f"/i/kota-lain/kalender/{number}/").status_code == 200


def test_offering_to_a_code_tells_nothing_about_who_uses_the_site(country) -> None:
    for code in ("7001", "9999"):
        change_calendar(
            calendar=country.calendar, chosen=replace(CHOSEN, classes=(), codes=(code, code)),
            reason="", by=country.setter, now=NOW,
        )  # fmt: skip
        assert country.calendar.offers.get().agency_code == code
    # Who follows keeps seeing what moves its dates.
    assert list(visible_calendars(country.west.agency)) == [country.calendar]


def test_names_of_calendars_are_taken_once(country) -> None:
    with pytest.raises(UserError, match="sudah ada"):
        create_calendar(
            agency=country.province, year=2026, chosen=CHOSEN, by=country.setter, now=NOW
        )
    second = create_calendar(
        agency=country.province, year=2026, chosen=replace(CHOSEN, name="Kedua"),
        by=country.setter, now=NOW,
    )  # fmt: skip
    with pytest.raises(UserError, match="sudah ada"):
        change_calendar(calendar=second, chosen=CHOSEN, reason="", by=country.setter, now=NOW)
    assert follower_names(second) == []


def test_only_owners_see_calendars(house, country, browser) -> None:
    for who in ("contact", "evaluator", "head", "analyst"):
        assert browser(getattr(house, who)).get("/i/rawa-bening/kalender/").status_code == 403


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (CalendarPhase, {"last_day": date(2020, 1, 1)}),
        (CalendarOffer, {"agency_code": "7001"}),
        (CalendarOffer, {"agency_class": ""}),
    ],
)
def test_what_the_database_refuses(country, model, wrong: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**wrong)


# Pages of the setter


def test_a_province_sets_and_moves_a_calendar_on_its_pages(house, browser) -> None:
    province = make_agency("provinsi-rawa", agency_class="provinsi")
    person = make_user("pengelola@provinsi.example")
    give_role(person, province, "owner")
    client = browser(person)
    days = {
        "survey_first": "2027-10-01", "survey_last": "2027-10-15",
        "evidence_first": "2027-10-01", "evidence_last": "2027-10-18",
        "verification_first": "2027-10-19", "verification_last": "2027-10-25",
        "decision_by": "2027-10-31",
    }  # fmt: skip
    new = {"year": 2027, "name": "Serentak 2027", "classes": ["kabupaten"], "codes": "7001\n7002"}
    refused = client.post("/i/provinsi-rawa/kalender/baru/", new | days | {"codes": "x" * 21})
    assert "paling panjang 20 huruf" in refused.content.decode()
    refused = client.post("/i/provinsi-rawa/kalender/baru/", new | days | {"survey_last": ""})
    assert "Isi juga tanggal ini" in refused.content.decode()
    done = client.post("/i/provinsi-rawa/kalender/baru/", new | days)
    assert done.status_code == 302
    calendar = SharedCalendar.objects.get()
    page = client.get("/i/provinsi-rawa/kalender/").content.decode()
    assert "Serentak 2027" in page
    assert "Kalender Anda" in page
    detail = f"/i/provinsi-rawa/kalender/{calendar.pk}/"
    assert "7002" in client.get(detail).content.decode()
    shown = client.get(detail + "ubah/").content.decode()
    assert 'value="2027-10-25"' in shown
    change = new | days | {"decision_by": "2027-11-05", "reason": ""}
    assert client.post(detail + "ubah/", change).status_code == 302
    assert calendar.phases.get(kind="processing").last_day == date(2027, 11, 5)


def test_following_and_leaving_on_the_pages(house, browser) -> None:
    province = make_agency("provinsi-rawa", agency_class="provinsi")
    person = make_user("pengelola@provinsi.example")
    give_role(person, province, "owner")
    calendar = create_calendar(
        agency=province, year=2026, chosen=CHOSEN, by=as_member(person, province), now=NOW
    )
    client, detail = browser(house.owner), f"/i/rawa-bening/kalender/{calendar.pk}/"
    assert "buat dahulu periode tahun 2026" in client.get(detail).content.decode()
    assert client.post(detail + "ikuti/").status_code == 404
    owner = as_member(house.owner, house.agency)
    create_cycle(agency=house.agency, year=2026, name="Evaluasi 2026", by=owner, now=NOW)
    assert "Ikuti untuk “Evaluasi 2026”" in client.get(detail).content.decode()
    assert client.get(detail + "ikuti/").status_code == 405
    assert client.post(detail + "ikuti/").status_code == 302
    assert "Berhenti mengikuti" in client.get(detail).content.decode()
    edit = client.get("/i/rawa-bening/periode/2026/ubah/").content.decode()
    assert "survey_first" not in edit
    assert "Serentak 2026" in edit
    assert house.agency.name in browser(person).get(
        f"/i/provinsi-rawa/kalender/{calendar.pk}/"
    ).content.decode()  # fmt: skip
    assert client.post("/i/rawa-bening/periode/2026/lepas-kalender/").status_code == 302
    assert Cycle.objects.get(agency=house.agency).calendar is None


def test_lists_cost_the_same_however_long(
    country, house, browser, django_assert_max_num_queries
) -> None:
    for number in range(15):
        create_calendar(
            agency=country.province, year=2026, chosen=replace(CHOSEN, name=f"Kalender {number}"),
            by=country.setter, now=NOW,
        )  # fmt: skip
    client = browser(house.owner)
    with django_assert_max_num_queries(11):
        page = client.get("/i/rawa-bening/kalender/").content.decode()
    assert "Kalender 14" in page
