"""Truth tables of the cycle's rules: every transition for every role, dates, set-up, calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cermin.core.errors import UserError
from cermin.core.scheme import MinimumRule
from cermin.instruments.load import load_method
from cermin.web.cycles.models import Cycle, PhaseKind, SharedCalendar, State
from cermin.web.cycles.rules import calendars, permissions, set_up, states
from cermin.web.cycles.rules.dates import (
    Days,
    Span,
    check_plan,
    days_of,
    end_of,
    kinds_of,
    later_by_years,
    midnight,
    restricted,
    span_of,
    with_processing,
)
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Forbidden, Member, permits, system_member
from cycle_factory import OCTOBER, october

AGENCY = Agency(pk=1, slug="a", name="Kabupaten A", agency_class="kabupaten",
                time_zone="Asia/Jakarta")  # fmt: skip
SPANS = {kind: span_of(days, "Asia/Jakarta") for kind, days in OCTOBER.items()}
SURVEY, EVIDENCE, VERIFICATION, PROCESSING = PhaseKind
METHOD = load_method("metode-2025")


def person(*roles: Role, agency_id: int = 1) -> Member:
    return Member("1", "Ani", "/", agency_id=agency_id, roles=frozenset(roles))


def cycle(state: State = State.DRAFT, **fields: object) -> Cycle:
    return Cycle(agency=AGENCY, year=2026, state=state, **fields)


OWNER, CLOCK = person(Role.OWNER), system_member(AGENCY, "pekerja latar")


# Transitions: every pair of states, for everybody

PASSES = {
    "owner": {
        ("draft", "scheduled"), ("scheduled", "draft"), ("scheduled", "survey_open"),
        ("processing", "decided"), ("decided", "published"), ("published", "archived"),
    },
    "clock": {
        ("scheduled", "survey_open"), ("survey_open", "evidence_open"),
        ("survey_open", "verification"), ("survey_open", "processing"),
        ("evidence_open", "verification"), ("verification", "processing"),
    },
}  # fmt: skip
ACTORS = {
    "owner": OWNER,
    "clock": CLOCK,
    "contact": person(Role.CONTACT),
    "evaluator": person(Role.EVALUATOR),
    "head": person(Role.HEAD),
    "analyst": person(Role.ANALYST),
    "owner of another agency": person(Role.OWNER, agency_id=2),
}


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("origin", State)
@pytest.mark.parametrize("to", State)
def test_every_transition_for_everybody(who: str, origin: State, to: State) -> None:
    allowed = (origin.value, to.value) in PASSES.get(who, set())
    assert permits(permissions.check_can_move, ACTORS[who], cycle(origin), to) is allowed


def test_transitions_are_the_triggers_and_every_state_can_be_reached() -> None:
    assert set(states.TRANSITIONS) == set(State)
    reached, todo = set(), [State.DRAFT]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += states.TRANSITIONS[state]
    assert reached == set(State)
    assert [state for state in State if not states.TRANSITIONS[state]] == [State.ARCHIVED]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("check", "passing"),
    [
        (permissions.check_can_change_set_up, {"draft", "scheduled"}),
        (permissions.check_can_delete_draft, {"draft"}),
    ],
)
def test_states_of_set_up(check, passing: set[str], state: State) -> None:
    assert permits(check, OWNER, cycle(state)) is (state.value in passing)
    for who in ("contact", "evaluator", "head", "analyst", "owner of another agency"):
        with pytest.raises(Forbidden):
            check(ACTORS[who], cycle(state))


def test_only_owners_create() -> None:
    for who, member in ACTORS.items():
        assert permits(permissions.check_can_create_cycle, member, AGENCY) is (
            who in ("owner", "clock")
        )


def test_scheduling_names_the_first_thing_that_is_missing() -> None:
    permissions.check_can_schedule(OWNER, cycle(), [])
    with pytest.raises(UserError, match="pertama"):
        permissions.check_can_schedule(OWNER, cycle(), [UserError("pertama"), UserError("lain")])


# Opening


@pytest.mark.parametrize(
    ("who", "now", "problems", "calendar", "words"),
    [
        (CLOCK, october(1), [], None, None),
        (CLOCK, october(10), [], 7, None),
        (CLOCK, october(1) - timedelta(microseconds=1), [], None, "belum tiba"),
        (CLOCK, october(16), [], None, "sudah lewat"),
        (CLOCK, october(1), [UserError("kosong")], None, "kosong"),
        (OWNER, october(-20), [], None, None),
        (OWNER, october(-20), [], 7, "kalender bersama"),
        (OWNER, october(16), [], None, "sudah lewat"),
    ],
)
def test_opening(who: Member, now: datetime, problems, calendar, words: str | None) -> None:
    at = cycle(State.SCHEDULED, calendar_id=calendar)
    if words is None:
        permissions.check_can_open(who, at, problems, SPANS[SURVEY], now)
    else:
        with pytest.raises(UserError, match=words):
            permissions.check_can_open(who, at, problems, SPANS[SURVEY], now)


def test_opening_needs_dates() -> None:
    with pytest.raises(UserError, match="sudah lewat"):
        permissions.check_can_open(OWNER, cycle(State.SCHEDULED), [], None, october(1))


# Extension

TENTH = october(10)


def extend(kind: PhaseKind, closes_at: datetime, *, now: datetime = TENTH,
           state: State = State.SURVEY_OPEN, reason: str = "Jaringan putus tiga hari",
           by: Member = OWNER, spans=SPANS, calendar: int | None = None) -> None:  # fmt: skip
    permissions.check_can_extend(
        by, cycle(state, calendar_id=calendar), kind, spans,
        closes_at=closes_at, reason=reason, now=now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "state", "now", "to"),
    [
        (SURVEY, State.SURVEY_OPEN, 10, 20),
        (EVIDENCE, State.SURVEY_OPEN, 10, 20),
        (EVIDENCE, State.EVIDENCE_OPEN, 18, 25),
        (VERIFICATION, State.VERIFICATION, 20, 28),
        (PROCESSING, State.PROCESSING, 27, 40),
        (PROCESSING, State.PROCESSING, 45, 50),  # late: only the decree ends it
    ],
)
def test_phases_that_may_be_extended(kind: PhaseKind, state: State, now: int, to: int) -> None:
    extend(kind, october(to), state=state, now=october(now))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"closes_at": october(16)}, "lebih kemudian"),  # the date it has
        ({"closes_at": october(12)}, "lebih kemudian"),  # never earlier
        ({"kind": PROCESSING, "state": State.PROCESSING, "now": october(45),
          "closes_at": october(44)}, "lebih kemudian"),
        ({"now": october(16)}, "sudah ditutup"),
        ({"state": State.PROCESSING}, "sudah ditutup"),
        ({"closes_at": october(32)}, "perpanjang tahap itu"),
        ({"kind": EVIDENCE, "closes_at": october(26)}, "perpanjang tahap itu"),
        ({"reason": "  singkat "}, "alasan"),
        ({"state": State.SCHEDULED}, "selama periode berjalan"),
        ({"state": State.DECIDED}, "selama periode berjalan"),
        ({"calendar": 7}, "kalender bersama"),
        ({"kind": EVIDENCE, "spans": {SURVEY: SPANS[SURVEY]}}, "tidak memiliki tahap"),
        ({"by": ACTORS["head"]}, "Peran"),
    ],
)  # fmt: skip
def test_extensions_refused(changes: dict, words: str) -> None:
    asked = {"kind": SURVEY, "closes_at": october(20)} | changes
    with pytest.raises(UserError, match=words):
        extend(**asked)


# Decree


@pytest.mark.parametrize(
    ("number", "day", "signatory", "words"),
    [
        ("800/1/2026", date(2026, 10, 30), "Sekda", None),
        ("800/1/2026", date(2026, 10, 31), "Sekda", None),
        ("800/1/2026", date(2026, 11, 1), "Sekda", "belum tiba"),
        ("800/1/2026", date(2026, 9, 30), "Sekda", "mendahului"),
        (" ", date(2026, 10, 30), "Sekda", "nomor"),
        ("800/1/2026", date(2026, 10, 30), " ", "nomor"),
    ],
)
def test_decree(number: str, day: date, signatory: str, words: str | None) -> None:
    def decide() -> None:
        permissions.check_can_decide(
            OWNER, cycle(State.PROCESSING), number, day, signatory,
            opened_on=date(2026, 10, 1), today=date(2026, 10, 31),
        )  # fmt: skip

    if words is None:
        decide()
    else:
        with pytest.raises(UserError, match=words):
            decide()


# Dates


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_days_are_whole_and_local(zone: str) -> None:
    hours = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}[zone]
    span = span_of(OCTOBER[SURVEY], zone)
    assert span.opens_at == datetime(2026, 10, 1, tzinfo=UTC) - timedelta(hours=hours)
    assert span.closes_at == datetime(2026, 10, 16, tzinfo=UTC) - timedelta(hours=hours)
    assert days_of(span, zone) == OCTOBER[SURVEY]
    assert span.closes_at == end_of(date(2026, 10, 15), zone) == midnight(date(2026, 10, 16), zone)


def changed(**days: tuple[int, int]) -> dict[PhaseKind, Days]:
    """Return the October plan with phases on other days of October."""
    moved = {
        PhaseKind(kind): Days(october(first).date(), october(last).date())
        for kind, (first, last) in days.items()
    }
    return {**OCTOBER, **moved}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (OCTOBER, None),
        ({}, None),
        (changed(survey=(5, 4)), "mendahului"),
        (changed(evidence=(16, 18)), None),  # the day after the survey
        (changed(evidence=(17, 18)), "mulai antara"),  # a day without any phase
        (changed(evidence=(0, 18)), "mulai antara"),  # before anything is frozen
        (changed(verification=(20, 25)), "mulai antara"),
        (changed(verification=(1, 18)), "berakhir setelah"),
        ({SURVEY: Days(date(2025, 10, 1), date(2025, 10, 15))}, "2026"),
        ({SURVEY: Days(date(2026, 1, 1), date(2027, 2, 1))}, "satu tahun"),
        ({SURVEY: Days(date(2026, 12, 20), date(2027, 1, 5))}, None),
    ],
)
def test_order_of_dates(plan: dict[PhaseKind, Days], words: str | None) -> None:
    if words is None:
        check_plan(plan, 2026)
    else:
        with pytest.raises(UserError, match=words):
            check_plan(plan, 2026)


def test_processing_begins_when_all_else_has_closed() -> None:
    two = {SURVEY: OCTOBER[SURVEY], EVIDENCE: OCTOBER[EVIDENCE]}
    assert with_processing(two, date(2026, 10, 19))[PROCESSING].first == date(2026, 10, 19)
    assert PROCESSING not in with_processing(two, None)
    with pytest.raises(UserError, match="19-10-2026"):
        with_processing(two, date(2026, 10, 18))
    with pytest.raises(UserError, match="tanggal survei"):
        with_processing({}, date(2026, 10, 18))


def test_without_a_worksheet_only_survey_and_processing_are_left() -> None:
    short = restricted(OCTOBER, kinds_of(worksheet=False))
    assert short == {
        SURVEY: OCTOBER[SURVEY],
        PROCESSING: Days(date(2026, 10, 16), date(2026, 10, 31)),
    }


def test_copied_dates_keep_day_and_month() -> None:
    assert later_by_years(OCTOBER, 1)[SURVEY] == Days(date(2027, 10, 1), date(2027, 10, 15))
    leap = {SURVEY: Days(date(2028, 2, 29), date(2028, 3, 10))}
    assert later_by_years(leap, 1)[SURVEY] == Days(date(2029, 2, 28), date(2029, 3, 10))
    assert later_by_years(leap, 4)[SURVEY].first == date(2032, 2, 29)


# Open or not


def test_each_phase_says_itself_whether_it_is_open() -> None:
    def opened(kind: PhaseKind, now: datetime, state: State = State.SURVEY_OPEN) -> bool:
        return states.is_open(kind, now, SPANS, state)

    assert opened(SURVEY, october(5))
    assert opened(EVIDENCE, october(5))  # both at once, and the state is that of the survey
    assert not opened(VERIFICATION, october(5))
    assert opened(SURVEY, october(1))
    assert opened(SURVEY, october(16) - timedelta(microseconds=1))
    assert not opened(SURVEY, october(16))  # closed, though the worker has not come yet
    assert not opened(SURVEY, october(5), State.SCHEDULED)  # nothing is frozen yet
    assert not opened(PROCESSING, october(27), State.DECIDED)
    assert not states.is_open(EVIDENCE, october(5), {SURVEY: SPANS[SURVEY]}, State.SURVEY_OPEN)


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        (State.DRAFT, 40, []),
        (State.SCHEDULED, 0, []),
        (State.SCHEDULED, 1, ["survey_open"]),
        (State.SCHEDULED, 40, ["survey_open", "evidence_open", "verification", "processing"]),
        (State.SURVEY_OPEN, 15, []),
        (State.SURVEY_OPEN, 16, ["evidence_open"]),
        (State.SURVEY_OPEN, 19, ["evidence_open", "verification"]),
        (State.EVIDENCE_OPEN, 19, ["verification"]),
        (State.VERIFICATION, 26, ["processing"]),
        (State.PROCESSING, 400, []),
        (State.DECIDED, 400, []),
    ],
)
def test_what_the_clock_owes(state: State, now: int, expected: list[str]) -> None:
    due = states.next_states(october(now), SPANS, state)
    assert [one.to.value for one in due] == expected


def test_the_clock_owes_nothing_without_dates() -> None:
    assert states.next_states(october(40), {}, State.SCHEDULED) == ()


def test_a_survey_that_outlasts_the_evidence_skips_its_stage() -> None:
    spans = {**SPANS, SURVEY: Span(october(1), october(21))}
    due = states.next_states(october(30), spans, State.SURVEY_OPEN)
    assert [(one.to, one.at) for one in due] == [
        (State.VERIFICATION, october(21)), (State.PROCESSING, october(26)),
    ]  # fmt: skip


# Set-up

CHOSEN = set_up.SetUp(
    name="Evaluasi 2026", method="metode-2025", worksheet="lke-budaya-kerja-2025", sections=(),
    minimum=set_up.MinimumChoice(MinimumRule.SLOVIN, 0.05, None),
    unit_minimum=set_up.MinimumChoice(MinimumRule.NONE, 0.05, None),
    threshold=10, crossing="", plan=OCTOBER,
)  # fmt: skip
ENTERED = set_up.MinimumChoice(MinimumRule.ENTERED, 0.05, None)
HOUSE = set_up.House(2026, has_structure=True, n_units=6, n_people=500)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"threshold": 25, "sections": ("kuesioner-keterikatan-2025",)}, None),
        ({"name": "  "}, "nama periode"),
        ({"worksheet": "lke-lain"}, "Lembar kerja"),
        ({"sections": ("kuesioner-skm-2017",)}, "Bagian tambahan"),
        ({"threshold": 9}, "tidak boleh di bawah 10"),
        ({"minimum": set_up.MinimumChoice(MinimumRule.SLOVIN, 0.0, None)}, "Batas kesalahan"),
        ({"plan": changed(survey=(5, 4))}, "mendahului"),
    ],
)
def test_choices_that_fit(changes: dict, words: str | None) -> None:
    def check() -> None:
        set_up.check_set_up(
            replace(CHOSEN, **changes), METHOD, 2026, {"lke-budaya-kerja-2025"},
            {"kuesioner-keterikatan-2025"},
        )  # fmt: skip

    if words is None:
        check()
    else:
        with pytest.raises(UserError, match=words):
            check()


@pytest.mark.parametrize(
    ("house", "changes", "words"),
    [
        ({}, {}, []),
        ({"has_structure": False}, {}, ["Struktur unit tahun 2026 belum dibuat"]),
        ({"n_units": 0}, {}, ["belum berisi unit"]),
        ({"n_people": 0}, {}, ["masih kosong"]),
        ({}, {"minimum": ENTERED, "unit_minimum": ENTERED}, ["minimum", "minimum"]),
        ({}, {"worksheet": ""}, ["lembar kerja"]),
        ({}, {"plan": {}}, ["Survei", "Pengumpulan", "Verifikasi", "Pengolahan"]),
        ({}, {"plan": changed(verification=(20, 25))}, ["mulai antara"]),
    ],
)
def test_everything_that_is_missing_is_listed(house: dict, changes: dict, words: list[str]) -> None:
    found = set_up.lacking(
        replace(HOUSE, **house), replace(CHOSEN, **changes), tuple(PhaseKind), METHOD
    )
    assert len(found) == len(words)
    assert all(word in str(error) for word, error in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("rule", "entered", "population", "expected"),
    [
        (MinimumRule.NONE, None, 500, None),
        (MinimumRule.SLOVIN, None, 500, 223),
        (MinimumRule.KREJCIE_MORGAN, None, 500, 217),
        (MinimumRule.ENTERED, 140, 500, 140),
        (MinimumRule.ENTERED, 140, 100, 140),  # an official number is not capped
        (MinimumRule.ENTERED, None, 500, None),
    ],
)
def test_minimum(rule: MinimumRule, entered, population: int, expected: int | None) -> None:
    choice = set_up.MinimumChoice(rule, 0.05, entered)
    assert set_up.minimum_of(METHOD, choice, population) == expected


def test_a_number_for_every_unit_asks_no_unit_for_more_than_it_has() -> None:
    ten = set_up.MinimumChoice(MinimumRule.ENTERED, 0.05, 10)
    assert [set_up.unit_minimum_of(METHOD, ten, n) for n in (4, 10, 50)] == [4, 10, 10]
    none = set_up.MinimumChoice(MinimumRule.NONE, 0.05, None)
    assert set_up.unit_minimum_of(METHOD, none, 50) is None


def test_threshold_is_never_under_the_methods() -> None:
    assert set_up.lowest_threshold(METHOD) == 10
    assert set_up.lowest_threshold(replace(METHOD, threshold=15)) == 15
    assert set_up.lowest_threshold(replace(METHOD, threshold=3)) == 10


# Shared calendars


@pytest.mark.parametrize(
    ("agency_class", "who", "allowed"),
    [
        ("kementerian", OWNER, True), ("lembaga", OWNER, True), ("provinsi", OWNER, True),
        ("kabupaten", OWNER, False), ("kota", OWNER, False),
        ("provinsi", ACTORS["head"], False),
        ("provinsi", ACTORS["owner of another agency"], False),
    ],
)  # fmt: skip
def test_who_may_set_a_calendar(agency_class: str, who: Member, allowed: bool) -> None:
    agency = Agency(pk=1, agency_class=agency_class)
    assert permits(calendars.check_can_set_calendar, who, agency) is allowed


@pytest.mark.parametrize(
    ("name", "plan", "classes", "codes", "words"),
    [
        ("Serentak", OCTOBER, ["kabupaten"], [], None),
        ("Serentak", OCTOBER, [], ["7001"], None),
        (" ", OCTOBER, ["kabupaten"], [], "nama"),
        ("Serentak", {SURVEY: OCTOBER[SURVEY]}, ["kabupaten"], [], "Pengumpulan"),
        ("Serentak", OCTOBER, [], [], "ditawari"),
        ("Serentak", OCTOBER, ["desa"], [], "tidak dikenal"),
        ("Serentak", changed(survey=(5, 4)), ["kota"], [], "mendahului"),
    ],
)
def test_calendars(name: str, plan, classes, codes, words: str | None) -> None:
    if words is None:
        calendars.check_calendar(name, 2026, plan, classes, codes)
    else:
        with pytest.raises(UserError, match=words):
            calendars.check_calendar(name, 2026, plan, classes, codes)


REASON = "Gangguan jaringan nasional"


@pytest.mark.parametrize(
    ("now", "new", "reason", "words"),
    [
        (-10, OCTOBER, "", None),
        (-10, changed(survey=(3, 12)), "", None),  # nothing has begun: anything, unexplained
        (10, changed(survey=(1, 20)), REASON, None),
        (10, changed(survey=(1, 20)), "", "alasan"),
        (10, changed(survey=(1, 12)), REASON, "hanya dapat diperpanjang"),
        (10, changed(survey=(2, 20)), REASON, "hanya dapat diperpanjang"),
        (10, changed(verification=(17, 28), processing=(29, 31)), REASON, None),
        (20, changed(survey=(1, 20)), REASON, "sudah ditutup"),
        (20, changed(processing=(26, 33)), REASON, None),
        (40, changed(processing=(26, 45)), REASON, None),  # late with the decree
        (-10, changed(survey=(-12, 15)), "", "sudah lewat"),
    ],
)
def test_what_of_a_calendar_may_move(now: int, new, reason: str, words: str | None) -> None:
    if words is None:
        calendars.check_calendar_move(OCTOBER, new, reason, october(now))
    else:
        with pytest.raises(UserError, match=words):
            calendars.check_calendar_move(OCTOBER, new, reason, october(now))


def test_what_has_begun_in_the_east_has_begun() -> None:
    just_begun = october(1, zone="Asia/Jayapura")
    shorter = changed(survey=(1, 12))
    calendars.check_calendar_move(OCTOBER, shorter, REASON, just_begun - timedelta(seconds=1))
    with pytest.raises(UserError, match="hanya dapat diperpanjang"):
        calendars.check_calendar_move(OCTOBER, shorter, REASON, just_begun)


@pytest.mark.parametrize(
    ("who", "state", "year", "offered", "words"),
    [
        (OWNER, State.DRAFT, 2026, True, None),
        (OWNER, State.SCHEDULED, 2026, True, None),
        (OWNER, State.SURVEY_OPEN, 2026, True, "dibekukan"),
        (OWNER, State.DRAFT, 2026, False, "tidak ditawarkan"),
        (OWNER, State.DRAFT, 2027, True, "2027"),
        (ACTORS["contact"], State.DRAFT, 2026, True, "Peran"),
    ],
)
def test_who_may_follow(who: Member, state: State, year: int, offered: bool, words) -> None:
    calendar = SharedCalendar(year=year)
    if words is None:
        calendars.check_can_follow(who, cycle(state), calendar, offered=offered)
    else:
        with pytest.raises(UserError, match=words):
            calendars.check_can_follow(who, cycle(state), calendar, offered=offered)


def test_who_may_unfollow() -> None:
    calendars.check_can_unfollow(OWNER, cycle(State.SURVEY_OPEN, calendar_id=7))
    with pytest.raises(UserError, match="tidak mengikuti"):
        calendars.check_can_unfollow(OWNER, cycle())
    with pytest.raises(Forbidden):
        calendars.check_can_unfollow(ACTORS["head"], cycle(calendar_id=7))
