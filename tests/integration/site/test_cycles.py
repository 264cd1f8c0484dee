"""A cycle from draft to archive: set-up, opening, freezing, extension, decree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cermin.core.errors import UserError
from cermin.core.scheme import MinimumRule
from cermin.instruments.load import load
from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.actions.running import (
    archive,
    decide,
    extend_phase,
    open_survey,
    publish,
    schedule_cycle,
    unschedule_cycle,
)
from cermin.web.cycles.actions.set_up import (
    change_set_up,
    copy_set_up,
    create_cycle,
    delete_draft,
)
from cermin.web.cycles.models import Cycle, Extension, Phase, PhaseKind, PopulationCount, State
from cermin.web.cycles.presenters.page import cycle_page
from cermin.web.cycles.queries.cycles import current_cycle, set_up_of, spans_of
from cermin.web.cycles.rules.dates import Days, days_of
from cermin.web.cycles.rules.set_up import MinimumChoice
from cermin.web.organisations.models import Employee, Structure
from cermin.web.organisations.rules import Forbidden, system_member
from cycle_factory import OCTOBER, draft, employ, october, scheduled
from site_factory import NOW, as_member, make_structure

SURVEY, EVIDENCE, VERIFICATION, PROCESSING = PhaseKind


@pytest.fixture
def clock(house):
    return system_member(house.agency, "pekerja latar")


def again(cycle: Cycle) -> Cycle:
    return Cycle.objects.get(pk=cycle.pk)


def actions() -> list[str]:
    return list(AuditEvent.objects.values_list("action", flat=True))


# Set-up


def test_a_new_cycle_takes_what_the_method_of_its_year_asks(house, owner) -> None:
    cycle = create_cycle(agency=house.agency, year=2026, name=" Evaluasi 2026 ", by=owner, now=NOW)
    assert (cycle.name, cycle.method, cycle.worksheet) == (
        "Evaluasi 2026", "metode-2025", "lke-budaya-kerja-2025",
    )  # fmt: skip
    assert (cycle.minimum_rule, cycle.minimum_margin) == ("slovin", Decimal("0.05"))
    assert (cycle.threshold, cycle.state) == (10, State.DRAFT)
    event = AuditEvent.objects.get()
    assert (event.action, event.details["year"], event.actor_name) == (
        "cycle_created", 2026, house.owner.name,
    )  # fmt: skip


def test_years_before_the_first_method_take_the_oldest(house, owner) -> None:
    cycle = create_cycle(agency=house.agency, year=2022, name="2022", by=owner, now=NOW)
    assert cycle.method == "metode-2022"
    assert cycle.worksheet == ""
    assert cycle.minimum_rule == "entered"  # the number is set by the ministry
    assert cycle.minimum_entered is None


def test_one_cycle_a_year(house, owner) -> None:
    create_cycle(agency=house.agency, year=2026, name="a", by=owner, now=NOW)
    with pytest.raises(UserError, match="2026 sudah ada"):
        create_cycle(agency=house.agency, year=2026, name="b", by=owner, now=NOW)
    with pytest.raises(UserError, match="Isi tahun"):
        create_cycle(agency=house.agency, year=1999, name="b", by=owner, now=NOW)
    with pytest.raises(UserError, match="nama periode"):
        create_cycle(agency=house.agency, year=2027, name=" ", by=owner, now=NOW)
    assert Cycle.objects.count() == 1


@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst"])
def test_only_owners_create(house, who: str) -> None:
    member = as_member(getattr(house, who), house.agency)
    with pytest.raises(Forbidden):
        create_cycle(agency=house.agency, year=2026, name="a", by=member, now=NOW)
    stranger = as_member(house.outsider, house.other)
    with pytest.raises(Forbidden):
        create_cycle(agency=house.agency, year=2026, name="a", by=stranger, now=NOW)


def test_changes_are_told_with_old_and_new(house, owner) -> None:
    cycle = draft(house.agency, owner, threshold=15)
    event = AuditEvent.objects.get(action="cycle_set_up_changed")
    assert event.details["changed"]["threshold"] == [10, 15]
    assert event.details["changed"]["dates"][1]["survey"] == ["2026-10-01", "2026-10-15"]
    change_set_up(cycle=cycle, chosen=set_up_of(cycle), by=owner, now=NOW)
    assert actions().count("cycle_set_up_changed") == 1  # nothing changed, nothing told
    assert set_up_of(cycle).plan == OCTOBER


def test_choices_that_do_not_fit_change_nothing(house, owner) -> None:
    cycle = draft(house.agency, owner)
    for changes in (
        {"threshold": 9},
        {"method": "metode-skm-2017"},
        {"method": "tidak-ada"},
        {"method": "metode-2024"},  # counts no evidence, so no worksheet
        {"sections": ("kuesioner-skm-2017",)},
    ):
        with pytest.raises(UserError):
            change_set_up(
                cycle=cycle, chosen=replace(set_up_of(cycle), **changes), by=owner, now=NOW
            )
    assert set_up_of(again(cycle)) == set_up_of(cycle)


def test_without_a_worksheet_there_is_no_evidence(house, owner) -> None:
    cycle = draft(house.agency, owner, method="metode-2024", worksheet="")
    assert list(spans_of(cycle)) == [SURVEY, PROCESSING]
    assert days_of(spans_of(cycle)[PROCESSING], "Asia/Jakarta").first == date(2026, 10, 16)


def test_a_number_belongs_to_its_rule(house, owner) -> None:
    number = MinimumChoice(MinimumRule.ENTERED, 0.05, 140)
    cycle = draft(house.agency, owner, minimum=number)
    assert cycle.minimum_entered == 140
    slovin = replace(number, rule=MinimumRule.SLOVIN)
    change_set_up(cycle=cycle, chosen=replace(set_up_of(cycle), minimum=slovin), by=owner, now=NOW)
    assert again(cycle).minimum_entered is None


def test_deleting_a_draft_keeps_the_house(house, owner) -> None:
    cycle = draft(house.agency, owner)
    delete_draft(cycle=cycle, by=owner, now=NOW)
    assert not Cycle.objects.exists()
    assert Structure.objects.filter(agency=house.agency).exists()
    assert actions()[-1] == "cycle_deleted"


def test_copying_keeps_dates_and_takes_the_methods_of_the_year(house, owner) -> None:
    old = create_cycle(agency=house.agency, year=2024, name="Evaluasi 2024", by=owner, now=NOW)
    days = {
        SURVEY: Days(date(2024, 2, 29), date(2024, 3, 15)),
        PROCESSING: Days(date(2024, 3, 16), date(2024, 3, 31)),
    }
    number = MinimumChoice(MinimumRule.ENTERED, 0.05, 140)
    chosen = replace(set_up_of(old), plan=days, minimum=number, threshold=12)
    change_set_up(cycle=old, chosen=chosen, by=owner, now=NOW)
    new = copy_set_up(source=again(old), year=2025, by=owner, now=NOW)
    copied = set_up_of(again(new))
    assert (copied.name, copied.method, copied.worksheet) == (
        "Evaluasi 2025", "metode-2025", "lke-budaya-kerja-2025",
    )  # fmt: skip
    assert copied.plan[SURVEY] == Days(date(2025, 2, 28), date(2025, 3, 15))
    assert (copied.threshold, copied.minimum) == (12, number)
    same = copy_set_up(source=again(new), year=2026, by=owner, now=NOW)
    assert same.method == "metode-2025"  # rules stay in force until they change
    with pytest.raises(UserError, match="sudah ada"):
        copy_set_up(source=again(new), year=2026, by=owner, now=NOW)


# Scheduling


def test_scheduling_needs_a_roster_units_dates_and_minimum(house, owner) -> None:
    cycle = create_cycle(agency=house.agency, year=2026, name="a", by=owner, now=NOW)
    with pytest.raises(UserError, match="pegawai"):
        schedule_cycle(cycle=cycle, by=owner, now=NOW)
    employ(house.structure)
    with pytest.raises(UserError, match="Tanggal Survei"):
        schedule_cycle(cycle=cycle, by=owner, now=NOW)
    assert again(cycle).state == State.DRAFT


def test_scheduled_cycles_stay_complete_and_can_be_taken_back(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    with pytest.raises(UserError, match="belum diisi"):
        change_set_up(cycle=cycle, chosen=replace(set_up_of(cycle), plan={}), by=owner, now=NOW)
    assert set_up_of(again(cycle)).plan == OCTOBER
    change_set_up(cycle=cycle, chosen=replace(set_up_of(cycle), threshold=20), by=owner, now=NOW)
    assert again(cycle).threshold == 20
    with pytest.raises(UserError, match="Hanya konsep"):
        delete_draft(cycle=cycle, by=owner, now=NOW)
    unschedule_cycle(cycle=cycle, by=owner, now=NOW)
    assert again(cycle).state == State.DRAFT
    assert actions()[-2:] == ["cycle_set_up_changed", "cycle_unscheduled"]


# Opening and freezing


def test_opening_freezes_all_that_a_result_must_cite(house, owner, clock) -> None:
    employ(house.structure, 30)
    employ(house.structure, 5, "pkm-timur")
    ten = MinimumChoice(MinimumRule.ENTERED, 0.05, 10)
    cycle = scheduled(
        house.agency, owner, unit_minimum=ten, sections=("kuesioner-keterikatan-2025",),
        crossing="jenis_kelamin",
    )  # fmt: skip
    open_survey(cycle=cycle, by=clock, now=october(1))
    opened = again(cycle)
    assert opened.state == State.SURVEY_OPEN
    assert opened.structure == Structure.objects.get(pk=house.structure.pk)
    assert opened.structure.frozen_at == october(1) == opened.opened_at
    kept = opened.frozen
    assert kept["method"] == {"id": "metode-2025", "sha256": load("metode-2025").sha256}
    assert [one["id"] for one in kept["questionnaires"]] == [
        "kuesioner-perilaku-2025", "kuesioner-keterikatan-2025",
    ]  # fmt: skip
    assert kept["worksheet"]["sha256"] == load("lke-budaya-kerja-2025").sha256
    assert kept["value_set"]["id"] == "nilai-berakhlak-2021"
    assert kept["method_covers_year"] is False
    assert (kept["population"], kept["threshold"], kept["crossing"]) == (35, 10, "jenis_kelamin")
    assert kept["minimum"]["agency"] == 33  # Slovin, 5 percent, of 35
    assert kept["minimum"]["units"] == {"dinkes": 10, "pkm-timur": 5}
    assert kept["dates"]["survey"] == ["2026-09-30T17:00:00+00:00", "2026-10-15T17:00:00+00:00"]
    cells = {(c.unit_code, c.employment, c.sex): c.n for c in PopulationCount.objects.all()}
    assert cells == {
        ("dinkes", "PNS", "Laki-laki"): 15, ("dinkes", "PPPK", "Perempuan"): 15,
        ("pkm-timur", "PNS", "Laki-laki"): 3, ("pkm-timur", "PPPK", "Perempuan"): 2,
    }  # fmt: skip
    event = AuditEvent.objects.get(action="survey_opened")
    assert (event.actor_name, event.details["population"]) == ("Cermin", 35)


def test_nothing_that_happens_later_alters_an_opened_cycle(house, owner, clock) -> None:
    employ(house.structure, 30)
    cycle = scheduled(house.agency, owner)
    open_survey(cycle=cycle, by=clock, now=october(1))
    before = cycle_page(again(cycle), owner, october(5))
    employ(house.structure, 40)
    next_year = make_structure(house.agency, 2027)
    Employee.objects.update(unit=next_year.units.get(code="disdik"))
    after = cycle_page(again(cycle), owner, october(5))
    assert (after.population, after.minimum, after.units) == (30, before.minimum, before.units)
    assert again(cycle).frozen == cycle.__class__.objects.get(pk=cycle.pk).frozen
    with pytest.raises(UserError, match="dibekukan"):
        change_set_up(
            cycle=cycle, chosen=replace(set_up_of(cycle), threshold=99), by=owner, now=october(5)
        )
    with pytest.raises(UserError, match="tidak dapat langsung"):
        open_survey(cycle=cycle, by=clock, now=october(5))


def test_a_tree_frozen_before_keeps_its_moment(house, owner, clock) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    Structure.objects.filter(pk=house.structure.pk).update(frozen_at=NOW)
    open_survey(cycle=cycle, by=clock, now=october(1))
    assert again(cycle).structure.frozen_at == NOW
    assert str(again(cycle)) == "Evaluasi BerAKHLAK 2026"


def test_an_owner_may_open_before_the_date_the_clock_may_not(house, owner, clock) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    early = october(1) - timedelta(days=3)
    with pytest.raises(UserError, match="belum tiba"):
        open_survey(cycle=cycle, by=clock, now=early)
    open_survey(cycle=cycle, by=owner, now=early)
    spans = spans_of(again(cycle))
    assert spans[SURVEY].opens_at == early
    assert again(cycle).frozen["dates"]["survey"][0] == early.astimezone(UTC).isoformat()
    assert spans[EVIDENCE].opens_at == october(1)


def test_a_failed_opening_leaves_nothing_behind(house, owner, clock) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    Employee.objects.all().delete()
    with pytest.raises(UserError, match="masih kosong"):
        open_survey(cycle=cycle, by=clock, now=october(1))
    assert not PopulationCount.objects.exists()
    assert not Structure.objects.get(pk=house.structure.pk).is_frozen
    assert again(cycle).state == State.SCHEDULED


# Extension


def opened(house, owner, clock) -> Cycle:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    open_survey(cycle=cycle, by=clock, now=october(1))
    return again(cycle)


def test_extension_is_kept_with_its_reason(house, owner, clock) -> None:
    cycle = opened(house, owner, clock)
    extend_phase(
        cycle=cycle, kind=SURVEY, last_day=date(2026, 10, 28), reason=" Jaringan putus di pulau ",
        by=owner, now=october(14),
    )  # fmt: skip
    spans = spans_of(again(cycle))
    assert spans[SURVEY].closes_at == october(29)
    assert spans[PROCESSING].opens_at == october(29)  # begins when the last has closed
    kept = Extension.objects.get()
    assert (kept.old_closes_at, kept.new_closes_at) == (october(16), october(29))
    assert (kept.reason, kept.by_name) == ("Jaringan putus di pulau", house.owner.name)
    event = AuditEvent.objects.get(action="phase_extended")
    assert (event.details["phase"], event.details["reason"]) == ("survey", kept.reason)
    assert event.details["old"] < event.details["new"]


def test_refused_extensions_change_nothing(house, owner, clock) -> None:
    cycle = opened(house, owner, clock)
    for kind, day, words in (
        (SURVEY, date(2026, 10, 14), "lebih kemudian"),
        (SURVEY, date(2026, 11, 5), "perpanjang tahap itu"),
        (EVIDENCE, date(2026, 10, 25), "perpanjang tahap itu"),
    ):
        with pytest.raises(UserError, match=words):
            extend_phase(
                cycle=cycle, kind=kind, last_day=day, reason="Jaringan putus di pulau",
                by=owner, now=october(10),
            )  # fmt: skip
    assert not Extension.objects.exists()
    assert "phase_extended" not in actions()


# To the end


def test_from_decree_to_archive(house, owner, clock) -> None:
    cycle = opened(house, owner, clock)
    decree = {"decree_number": " 188/45/2026 ", "decree_date": date(2026, 10, 30),
              "signatory": "Bupati Rawa Bening"}  # fmt: skip
    with pytest.raises(UserError, match="tidak dapat langsung"):
        decide(cycle=cycle, by=owner, now=october(31), **decree)
    Cycle.objects.filter(pk=cycle.pk).update(state=State.PROCESSING)
    decide(cycle=cycle, by=owner, now=october(31), **decree)
    assert again(cycle).decree_number == "188/45/2026"
    publish(cycle=cycle, by=owner, now=october(32))
    archive(cycle=cycle, by=owner, now=october(60))
    last = again(cycle)
    assert (last.state, last.published_at, last.archived_at) == (
        State.ARCHIVED, october(32), october(60),
    )  # fmt: skip
    assert actions()[-3:] == ["cycle_decided", "cycle_published", "cycle_archived"]
    assert AuditEvent.objects.last().details["came_from"] == "published"
    head = as_member(house.head, house.agency)
    with pytest.raises(Forbidden):
        archive(cycle=cycle, by=head, now=october(61))


def test_the_current_cycle_is_the_one_that_is_worked_on(house, owner, clock) -> None:
    assert current_cycle(house.agency) is None
    running = opened(house, owner, clock)
    create_cycle(agency=house.agency, year=2027, name="b", by=owner, now=NOW)
    assert current_cycle(house.agency) == running
    Cycle.objects.filter(year=2027).delete()
    Cycle.objects.filter(pk=running.pk).update(
        state=State.PUBLISHED, decree_number="1", decree_date=NOW.date(), signatory="S",
        published_at=NOW,
    )  # fmt: skip
    assert current_cycle(house.agency) == running
    assert current_cycle(house.other) is None


# What the database itself refuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.SURVEY_OPEN},
        {"opened_at": NOW},
        {"frozen": {"a": 1}},
        {"blocked": {"template": "x", "gaps": {}}},
        {"state": State.DECIDED, "opened_at": NOW, "frozen": {"a": 1}},
        {"decree_number": "1"},
        {"published_at": NOW},
        {"archived_at": NOW},
        {"minimum_rule": "slovin", "minimum_entered": 5},
        {"unit_minimum_rule": "none", "unit_minimum_entered": 5},
        {"minimum_margin": Decimal(0)},
        {"threshold": 9},
    ],
)
def test_half_a_state_is_refused(house, owner, wrong: dict) -> None:
    cycle = create_cycle(agency=house.agency, year=2026, name="a", by=owner, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(**wrong)


def test_phases_and_extensions_in_order(house, owner) -> None:
    phase = draft(house.agency, owner).phases.get(kind="survey")
    with pytest.raises(IntegrityError), transaction.atomic():
        Phase.objects.filter(pk=phase.pk).update(closes_at=phase.opens_at)
    for new, reason in ((phase.closes_at, "alasan"), (october(30), "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Extension.objects.create(
                phase=phase, old_closes_at=phase.closes_at, new_closes_at=new,
                reason=reason, by_name="x", at=NOW,
            )  # fmt: skip
