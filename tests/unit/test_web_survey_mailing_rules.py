"""Mailings: who may plan and cancel them, what refusals mean, when something is tried again."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

import pytest

from cermin.core.errors import UserError
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.rules.dates import Span
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Member, permits
from cermin.web.sealing import SealingError
from cermin.web.survey.models import Mailing, MailingState
from cermin.web.survey.rules.mailings import (
    APART,
    Cause,
    Refusal,
    check_can_cancel_mailing,
    check_can_schedule_mailing,
    has_ended,
    is_given_up,
    refusal_of,
    wait_after,
)
from cycle_factory import october

NOW = october(3)
SPAN = Span(october(1), october(16))
AGENCY = Agency(pk=1, slug="rawa-bening")
HOUR = timedelta(hours=1)


def member(role: Role, agency_id: int = 1) -> Member:
    return Member(id="1", name="Ani", page="/", agency_id=agency_id, roles=frozenset({role}))


def cycle(state: State = State.SURVEY_OPEN) -> Cycle:
    return Cycle(pk=1, agency=AGENCY, year=2026, state=state)


def may_schedule(**changed: object) -> bool:
    facts = {
        "by": member(Role.OWNER), "cycle": cycle(), "survey": SPAN, "at": NOW + HOUR, "now": NOW,
        "others": (), "has_mail": True, **changed,
    }  # fmt: skip
    return permits(check_can_schedule_mailing, **facts)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("agency_id", [1, 2])
def test_only_owners_of_the_agency_plan_mailings(role: Role, agency_id: int) -> None:
    allowed = role is Role.OWNER and agency_id == 1
    assert may_schedule(by=member(role, agency_id)) is allowed


@pytest.mark.parametrize("state", list(State))
def test_while_the_cycle_is_planned_or_the_survey_runs(state: State) -> None:
    assert may_schedule(cycle=cycle(state)) is (state in {State.SCHEDULED, State.SURVEY_OPEN})


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=9), True),
        (NOW - timedelta(minutes=11), False),
        (SPAN.closes_at - timedelta(minutes=1), True),
        (SPAN.closes_at, False),
    ],
)
def test_at_a_moment_of_the_survey_that_has_not_passed(at: datetime, allowed: bool) -> None:
    assert may_schedule(at=at) is allowed


def test_not_before_the_survey_opens() -> None:
    early = SPAN.opens_at - timedelta(days=5)
    assert not may_schedule(at=SPAN.opens_at - HOUR, now=early)
    assert may_schedule(at=SPAN.opens_at, now=early)
    assert not may_schedule(survey=None)


@pytest.mark.parametrize(
    ("distance", "allowed"),
    [(APART, True), (-APART, True), (APART - HOUR, False), (HOUR - APART, False)],
)
def test_mailings_are_apart(distance: timedelta, allowed: bool) -> None:
    assert may_schedule(others=[NOW + HOUR + distance]) is allowed


def test_not_without_a_mail_server() -> None:
    assert not may_schedule(has_mail=False)


@pytest.mark.parametrize("state", list(MailingState))
@pytest.mark.parametrize("role", list(Role))
def test_cancelling(state: MailingState, role: Role) -> None:
    mailing = Mailing(cycle=cycle(), state=state)
    allowed = state is MailingState.SCHEDULED and role is Role.OWNER
    assert permits(check_can_cancel_mailing, member(role), mailing) is allowed


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"a@b.id": (code, b"no")})


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (refused(550), Refusal(Cause.ADDRESS, lasting=True)),
        (refused(450), Refusal(Cause.BUSY)),
        (refused(421), Refusal(Cause.UNREACHABLE, of_server=True)),
        (smtplib.SMTPDataError(554, b"spam"), Refusal(Cause.CONTENT)),
        (smtplib.SMTPDataError(451, b"later"), Refusal(Cause.BUSY)),
        (smtplib.SMTPAuthenticationError(535, b""), Refusal(Cause.SIGN_IN, of_server=True)),
        (smtplib.SMTPSenderRefused(550, b"", "x"), Refusal(Cause.SENDER, of_server=True)),
        (smtplib.SMTPServerDisconnected(), Refusal(Cause.UNREACHABLE, of_server=True)),
        (smtplib.SMTPConnectError(554, b""), Refusal(Cause.UNREACHABLE, of_server=True)),
        (ConnectionRefusedError(), Refusal(Cause.UNREACHABLE, of_server=True)),
        (TimeoutError(), Refusal(Cause.UNREACHABLE, of_server=True)),
        (smtplib.SMTPNotSupportedError(), Refusal(Cause.ADDRESS, lasting=True)),
        (ValueError("header"), Refusal(Cause.ADDRESS, lasting=True)),
        (SealingError("x"), Refusal(Cause.ADDRESS, lasting=True)),
    ],
    ids=repr,
)
def test_refusals(error: Exception, meaning: Refusal) -> None:
    assert refusal_of(error) == meaning


def test_what_is_no_refusal_is_a_fault() -> None:
    with pytest.raises(KeyError):
        refusal_of(KeyError("ours"))


@pytest.mark.parametrize(
    ("kind", "walked", "minutes", "n_deferred", "ended"),
    [
        ("invitation", False, 300, 0, False),
        ("invitation", True, 0, 0, True),
        ("invitation", True, 300, 1, False),
        ("reminder", False, 300, 0, False),
        ("reminder", True, 0, 0, False),  # nothing to try again, and yet it lasts as long
        ("reminder", True, 119, 0, False),
        ("reminder", True, 120, 0, True),
        ("reminder", True, 120, 3, True),
    ],
)
def test_end(kind: str, walked: bool, minutes: int, n_deferred: int, ended: bool) -> None:
    mailing = Mailing(kind=kind, walked_at=NOW if walked else None)
    now = NOW + timedelta(minutes=minutes)
    assert has_ended(mailing, now, n_deferred=n_deferred) is ended


def test_waits_grow_to_an_hour() -> None:
    assert [wait_after(n) // timedelta(minutes=1) for n in range(6)] == [10, 10, 30, 60, 60, 60]


@pytest.mark.parametrize(
    ("lasting", "n_tries", "given_up"),
    [(True, 1, False), (True, 2, True), (False, 2, False), (False, 3, False), (False, 4, True)],
)
def test_giving_up(lasting: bool, n_tries: int, given_up: bool) -> None:
    assert is_given_up(Refusal(Cause.BUSY, lasting=lasting), n_tries) is given_up


def test_the_message_names_the_days() -> None:
    with pytest.raises(UserError, match="01-10-2026 dan ditutup 15-10-2026"):
        check_can_schedule_mailing(
            member(Role.OWNER), cycle(), SPAN, at=october(20), now=NOW, others=(), has_mail=True
        )
