"""The clock of a cycle, on calendars of every shape: it never goes back, and misses nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from cermin.core.errors import UserError
from cermin.web.cycles.models import PhaseKind, State
from cermin.web.cycles.rules.dates import Days, check_plan, kinds_of, restricted, span_of
from cermin.web.cycles.rules.permissions import check_can_extend
from cermin.web.cycles.rules.states import (
    CLOCKED,
    ORDER,
    TRIGGERS,
    Trigger,
    is_open,
    next_states,
)
from cermin.web.organisations.models import Agency, Role, TimeZone
from cermin.web.organisations.rules import Member

SURVEY, EVIDENCE, VERIFICATION, PROCESSING = PhaseKind
DAY = timedelta(days=1)
START = date(2026, 3, 1)
# A cycle without evidence never comes to stand in the stages between.
BEGINNINGS = [s for s in State if s not in (State.EVIDENCE_OPEN, State.VERIFICATION)]
ZONES = st.sampled_from(TimeZone.values)


@st.composite
def plans(draw: st.DrawFn) -> dict[PhaseKind, Days]:
    """Return a plan that the rules accept, with or without evidence."""

    def days(first: date, longest: int) -> Days:
        return Days(first, first + draw(st.integers(0, longest)) * DAY)

    def first_within(before: Days) -> date:
        return before.first + draw(st.integers(0, (before.last - before.first).days + 1)) * DAY

    survey = days(START + draw(st.integers(0, 30)) * DAY, 40)
    evidence = days(first_within(survey), 40)
    verification = days(first_within(evidence), 40)
    if verification.last <= evidence.last:
        verification = Days(verification.first, evidence.last + draw(st.integers(1, 20)) * DAY)
    plan = {SURVEY: survey, EVIDENCE: evidence, VERIFICATION: verification}
    kept = {k: plan[k] for k in kinds_of(worksheet=draw(st.booleans())) if k in plan}
    last = max(one.last for one in kept.values()) + draw(st.integers(1, 30)) * DAY
    whole = restricted({**kept, PROCESSING: Days(last, last)}, tuple(PhaseKind))
    check_plan(whole, 2026)
    return whole


def spans_in(plan: dict[PhaseKind, Days], zone: str):
    return {kind: span_of(days, zone) for kind, days in plan.items()}


def ticked(spans, state: State, moments: list[datetime]) -> State:
    """Return the state after the worker came at each of ``moments``."""
    for now in moments:
        for due in next_states(now, spans, state):
            state = due.to
    return state


@st.composite
def visits(draw: st.DrawFn) -> list[datetime]:
    """Return moments at which a worker comes, in order, as irregular as downtime makes them."""
    base = span_of(Days(START, START), "Asia/Jakarta").opens_at
    minutes = draw(st.lists(st.integers(-2000, 60 * 24 * 200), min_size=1, max_size=40))
    return [base + timedelta(minutes=m) for m in sorted(minutes)]


@given(plan=plans(), zone=ZONES, moments=visits())
def test_however_often_the_worker_comes_the_cycle_ends_in_the_same_state(
    plan, zone: str, moments: list[datetime]
) -> None:
    spans = spans_in(plan, zone)
    often = ticked(spans, State.SCHEDULED, moments)
    once = ticked(spans, State.SCHEDULED, moments[-1:])
    assert often == once


@settings(max_examples=20)
@given(plan=plans(), zone=ZONES, downtime=st.integers(1, 120))
def test_every_hour_or_after_weeks(plan, zone: str, downtime: int) -> None:
    spans = spans_in(plan, zone)
    start = spans[SURVEY].opens_at - DAY
    hours = [start + timedelta(hours=h) for h in range(24 * downtime)]
    assert ticked(spans, State.SCHEDULED, hours) == ticked(spans, State.SCHEDULED, hours[-1:])


@given(plan=plans(), zone=ZONES, moments=visits(), state=st.sampled_from(BEGINNINGS))
def test_it_never_goes_back_and_doing_it_twice_does_nothing(
    plan, zone: str, moments: list[datetime], state: State
) -> None:
    spans = spans_in(plan, zone)
    for now in moments:
        due = next_states(now, spans, state)
        path = [state, *(one.to for one in due)]
        assert all(ORDER[a] < ORDER[b] for a, b in pairwise(path))
        assert all(Trigger.CLOCK in TRIGGERS[step] for step in pairwise(path))
        assert all(a.at <= b.at <= now for a, b in pairwise(due))
        assert due == () or state in CLOCKED
        state = path[-1]
        assert next_states(now, spans, state) == ()


@given(plan=plans(), zone=ZONES, moments=visits())
def test_the_state_says_what_is_open(plan, zone: str, moments: list[datetime]) -> None:
    spans, state = spans_in(plan, zone), State.SCHEDULED
    for now in moments:
        state = ticked(spans, state, [now])
        opened = {kind for kind in spans if is_open(kind, now, spans, state)}
        expected = {
            State.SURVEY_OPEN: SURVEY,
            State.EVIDENCE_OPEN: EVIDENCE,
            State.VERIFICATION: VERIFICATION,
        }.get(state)
        if expected is not None:  # no gap: the stage that is named is open at every moment
            assert expected in opened
        assert (SURVEY in opened) == (state == State.SURVEY_OPEN)
        if state == State.PROCESSING:
            assert opened <= {PROCESSING}


@given(
    plan=plans(), zone=ZONES, moments=visits(),
    asked=st.tuples(st.sampled_from(PhaseKind), st.integers(-20, 60), st.integers(0, 24 * 90)),
)  # fmt: skip
def test_an_extension_closes_nothing_earlier(
    plan, zone: str, moments: list[datetime], asked: tuple[PhaseKind, int, int]
) -> None:
    kind, more, hour = asked
    spans = spans_in(plan, zone)
    now = spans[SURVEY].opens_at + timedelta(hours=hour)
    state = ticked(spans, State.SCHEDULED, [now])
    cycle = SimpleNamespace(
        agency=Agency(pk=1, time_zone=zone), agency_id=1, state=state, calendar_id=None
    )
    owner = Member("1", "Ani", "/", agency_id=1, roles=frozenset({Role.OWNER}))
    closes_at = spans[kind].closes_at + more * DAY if kind in spans else now + DAY
    try:
        check_can_extend(
            owner, cycle, kind, spans, closes_at=closes_at, reason="Listrik padam lama", now=now
        )
    except UserError:
        return
    assert more > 0
    assert closes_at > now
    longer = dict(spans)
    longer[kind] = type(spans[kind])(spans[kind].opens_at, closes_at)
    last = max(span.closes_at for k, span in longer.items() if k is not PROCESSING)
    longer[PROCESSING] = type(spans[kind])(last, longer[PROCESSING].closes_at)
    assert all(span.opens_at < span.closes_at for span in longer.values())
    for later in (moment for moment in moments if moment >= now):
        before = ORDER[ticked(spans, state, [later])]
        after = ORDER[ticked(longer, state, [later])]
        # A stage can be skipped over, but processing never begins before it would have.
        assert after <= before or after < ORDER[State.PROCESSING]
        for other in longer:
            if is_open(other, later, spans, state):
                assert is_open(other, later, longer, state) or other is PROCESSING
