"""The background worker and the calendar: on time, after downtime, two at once."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import OperationalError, connection, connections

from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.actions import clock
from cermin.web.cycles.actions.clock import Happening, run_due_phases
from cermin.web.cycles.actions.running import extend_phase
from cermin.web.cycles.models import Cycle, PhaseKind, PopulationCount, State
from cermin.web.organisations.models import Agency, Employee
from cycle_factory import DAY, employ, october, scheduled
from site_factory import as_member, give_role, make_agency, make_structure, make_user

MINUTE = timedelta(minutes=1)


def state_of(cycle: Cycle) -> str:
    return Cycle.objects.get(pk=cycle.pk).state


def events() -> list[str]:
    names = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
    return [name for name in names if "stage" in name or "survey" in name]


def test_phases_open_and_close_at_their_minute(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    seen = []
    for now in (
        october(1) - MINUTE, october(1), october(16) - MINUTE, october(16), october(19),
        october(26), october(90),
    ):  # fmt: skip
        run_due_phases(now=now)
        seen.append(state_of(cycle))
    assert seen == [
        "scheduled", "survey_open", "survey_open", "evidence_open", "verification",
        "processing", "processing",
    ]  # fmt: skip
    assert events() == [
        "survey_opened", "evidence_stage_begun", "verification_stage_begun",
        "processing_stage_begun",
    ]  # fmt: skip
    last = AuditEvent.objects.last()
    assert (last.actor_name, last.actor_id, last.page) == ("Cermin", "", "pekerja latar")


def test_a_month_without_a_worker_is_made_up_for(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    run_due_phases(now=october(2))
    happened = run_due_phases(now=october(2) + 30 * DAY)
    assert [one.to for one in happened] == [
        State.EVIDENCE_OPEN, State.VERIFICATION, State.PROCESSING,
    ]  # fmt: skip
    assert {(one.agency, one.year, one.problem) for one in happened} == {("rawa-bening", 2026, "")}
    assert state_of(cycle) == State.PROCESSING
    due = [event.details["due_at"] for event in AuditEvent.objects.filter(action__contains="stage")]
    assert due == sorted(due)
    assert run_due_phases(now=october(2) + 30 * DAY) == []


def test_a_late_worker_opens_what_can_still_be_answered(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    run_due_phases(now=october(14))
    assert state_of(cycle) == State.SURVEY_OPEN


def test_a_survey_that_is_over_is_not_opened_in_arrears(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    [happened] = run_due_phases(now=october(20))
    assert "sudah lewat" in happened.problem
    assert state_of(cycle) == State.SCHEDULED
    assert not PopulationCount.objects.exists()


def test_what_cannot_open_says_why_once_and_is_tried_again(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    Employee.objects.all().delete()
    for minute in range(5):
        run_due_phases(now=october(1) + minute * MINUTE)
    assert events() == ["survey_opening_blocked"]
    blocked = Cycle.objects.get(pk=cycle.pk).blocked
    assert "masih kosong" in blocked["template"]
    assert blocked["gaps"] == {"year": "2026"}
    employ(house.structure)
    run_due_phases(now=october(2))
    row = Cycle.objects.get(pk=cycle.pk)
    assert (row.state, row.blocked, row.opened_at) == (State.SURVEY_OPEN, None, october(2))


def test_an_extension_holds_the_clock_back(house, owner) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    run_due_phases(now=october(1))
    extend_phase(
        cycle=cycle, kind=PhaseKind.SURVEY, last_day=date(2026, 10, 20),
        reason="Jaringan putus di pulau", by=owner, now=october(15),
    )  # fmt: skip
    assert run_due_phases(now=october(20)) == []
    run_due_phases(now=october(21))
    assert state_of(cycle) == State.VERIFICATION  # evidence has closed in between


@pytest.mark.parametrize(
    ("zone", "hours"), [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9)]
)
def test_midnight_is_where_the_agency_is(house, owner, zone: str, hours: int) -> None:
    Agency.objects.filter(pk=house.agency.pk).update(time_zone=zone)
    employ(house.structure)
    cycle = scheduled(Agency.objects.get(pk=house.agency.pk), owner)
    midnight = october(1, zone="UTC") - timedelta(hours=hours)
    run_due_phases(now=midnight - timedelta(seconds=1))
    assert state_of(cycle) == State.SCHEDULED
    run_due_phases(now=midnight)
    assert state_of(cycle) == State.SURVEY_OPEN
    closing = october(16, zone="UTC") - timedelta(hours=hours)
    run_due_phases(now=closing - timedelta(seconds=1))
    assert state_of(cycle) == State.SURVEY_OPEN
    run_due_phases(now=closing)
    assert state_of(cycle) == State.EVIDENCE_OPEN


def another_house(slug: str) -> Cycle:
    agency = make_agency(slug)
    structure = make_structure(agency)
    employ(structure)
    person = make_user(f"pengelola@{slug}.example")
    give_role(person, agency, "owner")
    return scheduled(agency, as_member(person, agency))


def test_a_cycle_that_fails_stops_no_other(house, owner, caplog) -> None:
    employ(house.structure)
    broken = scheduled(house.agency, owner)
    sound = another_house("muara-tenang")
    # A method whose file is gone is no mistake of the owner, but a fault of the site.
    Cycle.objects.filter(pk=broken.pk).update(sections=["berkas-hilang"], worksheet="hilang")
    Cycle.objects.filter(pk=broken.pk).update(minimum_rule="tidak-dikenal")
    happened = run_due_phases(now=october(1))
    assert [(one.agency, one.to) for one in happened] == [
        ("rawa-bening", None), ("muara-tenang", State.SURVEY_OPEN),
    ]  # fmt: skip
    assert (state_of(broken), state_of(sound)) == (State.SCHEDULED, State.SURVEY_OPEN)
    assert "could not advance" in caplog.text


def test_a_quiet_minute_costs_two_queries(house, owner, django_assert_max_num_queries) -> None:
    employ(house.structure)
    scheduled(house.agency, owner)
    run_due_phases(now=october(1))
    with django_assert_max_num_queries(2):
        assert run_due_phases(now=october(2)) == []


def run_together(moments: list[datetime]) -> list[Happening]:
    """Let two workers come at the same ``moments``, and return all they did.

    The SQLite of the tests lives in memory, where a busy table is an error at once instead of
    after twenty seconds; as in life, the worker comes again.
    """
    ready, happened, failed = threading.Barrier(2), [], []

    def work() -> None:
        ready.wait()
        for now in moments:
            try:
                happened.extend(run_due_phases(now=now))
            except OperationalError as error:
                failed.append(str(error))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed += [one.problem for one in happened if one.problem]
    assert failed == [] or (connection.vendor == "sqlite" and "locked" in " ".join(failed))
    run_due_phases(now=moments[-1])
    return [one for one in happened if one.to]


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_once(house) -> None:
    employ(house.structure, 30)
    cycle = scheduled(house.agency, as_member(house.owner, house.agency))
    run_together([october(10)] * 5)
    assert events() == ["survey_opened"]
    assert sum(PopulationCount.objects.values_list("n", flat=True)) == 30
    assert state_of(cycle) == State.SURVEY_OPEN


@pytest.mark.django_db(transaction=True)
def test_two_workers_close_once(house) -> None:
    employ(house.structure)
    cycle = scheduled(house.agency, as_member(house.owner, house.agency))
    run_due_phases(now=october(10))
    happened = run_together([october(30)] * 5)
    assert len(happened) <= 3
    assert events() == [
        "survey_opened", "evidence_stage_begun", "verification_stage_begun",
        "processing_stage_begun",
    ]  # fmt: skip
    assert state_of(cycle) == State.PROCESSING


def test_the_worker_looks_again_under_the_lock(house, owner, monkeypatch) -> None:
    """What another worker did between looking and locking is not done again."""
    employ(house.structure)
    cycle = scheduled(house.agency, owner)
    stale = clock._cycles_with_begun_phases(october(1))
    run_due_phases(now=october(1))
    monkeypatch.setattr(clock, "_cycles_with_begun_phases", lambda _now: stale)
    assert run_due_phases(now=october(1)) == []
    assert events() == ["survey_opened"]
    assert state_of(cycle) == State.SURVEY_OPEN
