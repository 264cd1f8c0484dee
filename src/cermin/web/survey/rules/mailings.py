"""Mailings: who may send what when, what a refusal means, and when to try again."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.rules.dates import Span, numeric
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.sealing import SealingError
from cermin.web.survey.models import Mailing, MailingState, MailKind

APART = timedelta(hours=12)  # between two mailings: nobody is flooded
LATE = timedelta(minutes=10)  # so old may a moment be when it is chosen
MOST_TRIES = 4  # of one mail that is refused
IN_A_ROW = 5  # refusals after which the server is thought to be in trouble
REMINDER_LASTS = timedelta(hours=2)  # after everybody was looked at: enough for all tries
_CLOSING, _LASTING = 421, 500  # codes of SMTP: the line is closed; refused for good
_WAITS = tuple(timedelta(minutes=n) for n in (10, 30, 60))
_PHASES = (State.SCHEDULED, State.SURVEY_OPEN)

TRANSITIONS: dict[MailingState, frozenset[MailingState]] = {
    MailingState.SCHEDULED: frozenset(
        {MailingState.SENDING, MailingState.CANCELLED, MailingState.ENDED}
    ),
    MailingState.SENDING: frozenset({MailingState.DONE, MailingState.ENDED}),
    MailingState.DONE: frozenset(),
    MailingState.ENDED: frozenset(),
    MailingState.CANCELLED: frozenset(),
}


class Cause(StrEnum):
    """Why a mail was not sent."""

    ADDRESS = "address"  # no such mailbox
    CONTENT = "content"  # taken for spam, or otherwise not wanted
    BUSY = "busy"  # the receiving side asks to come later
    SENDER = "sender"  # this site may not send by that server
    SIGN_IN = "sign_in"
    UNREACHABLE = "unreachable"
    NOT_SET_UP = "not_set_up"
    REFUSALS = "refusals"  # one after the other: hardly the addresses


@dataclass(frozen=True)
class Refusal:
    """What a refusal means: ``of_server`` concerns every mail, the others only this one."""

    cause: Cause
    of_server: bool = False
    lasting: bool = False


# In this order: all errors of SMTP are also errors of the operating system.
_MEANINGS: dict[type[Exception], Refusal] = {
    smtplib.SMTPAuthenticationError: Refusal(Cause.SIGN_IN, of_server=True),
    smtplib.SMTPSenderRefused: Refusal(Cause.SENDER, of_server=True),
    smtplib.SMTPNotSupportedError: Refusal(Cause.ADDRESS, lasting=True),  # letters beyond ASCII
    OSError: Refusal(Cause.UNREACHABLE, of_server=True),
    ValueError: Refusal(Cause.ADDRESS, lasting=True),  # an address that is none
    SealingError: Refusal(Cause.ADDRESS, lasting=True),  # sealed with a key that is gone
}


def check_can_schedule_mailing(
    by: Member, cycle: Cycle, survey: Span | None, *, at: datetime, now: datetime,
    others: Iterable[datetime], has_mail: bool,
) -> None:  # fmt: skip
    """Owners, for a moment of the survey that is still to come and not close to another mailing."""
    check_owner(by, cycle.agency)
    if not has_mail:
        raise UserError(
            N_("Situs ini belum punya server surel. Mintalah operator situs mengaturnya.")
        )
    if cycle.state not in _PHASES or survey is None:
        raise UserError(
            N_("Surel dapat dijadwalkan sejak periode dijadwalkan sampai survei ditutup.")
        )
    if at < now - LATE:
        raise UserError(N_("Waktu kirim sudah lewat."))
    if not survey.opens_at <= at < survey.closes_at:
        raise UserError(
            N_("Waktu kirim harus dalam masa survei, yang dibuka {first} dan ditutup {last}."),
            first=numeric(survey.opens_at.astimezone(at.tzinfo).date()),
            last=numeric(
                (survey.closes_at - timedelta(microseconds=1)).astimezone(at.tzinfo).date()
            ),
        )
    if any(abs(other - at) < APART for other in others):
        raise UserError(
            N_("Sudah ada surel lain dalam {n} jam sebelum atau sesudah waktu itu."),
            n=APART // timedelta(hours=1),
        )


def check_can_cancel_mailing(by: Member, mailing: Mailing) -> None:
    """Owners, before its first mail."""
    check_owner(by, mailing.cycle.agency)
    if MailingState.CANCELLED not in TRANSITIONS[MailingState(mailing.state)]:
        raise UserError(N_("Surel ini sudah mulai dikirim, sudah selesai, atau sudah dibatalkan."))


def refusal_of(error: Exception) -> Refusal:
    """Return what an error of sending means; one that is not of mail is a fault of ours."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        if code == _CLOSING:
            return _MEANINGS[OSError]
        return Refusal(Cause.ADDRESS, lasting=True) if code >= _LASTING else Refusal(Cause.BUSY)
    if isinstance(error, smtplib.SMTPDataError):
        return Refusal(Cause.CONTENT if error.smtp_code >= _LASTING else Cause.BUSY)
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return meaning
    raise error


def has_ended(mailing: Mailing, now: datetime, *, n_deferred: int) -> bool:
    """Whether a mailing in which everybody has been looked at is over.

    A reminder ends at a fixed time: one that ended with the last refused mail would tell whether
    somebody with a bad address has taken part.
    """
    if mailing.walked_at is None:
        return False
    if mailing.kind == MailKind.REMINDER:
        return now >= mailing.walked_at + REMINDER_LASTS
    return n_deferred == 0


def wait_after(n: int) -> timedelta:
    """Return how long to wait after the ``n``-th failure in a row."""
    return _WAITS[min(max(n, 1), len(_WAITS)) - 1]


def is_given_up(refusal: Refusal, n_tries: int) -> bool:
    """Whether a mail is tried no more; a lasting refusal is tried twice, it may be a mishap."""
    return n_tries >= (2 if refusal.lasting else MOST_TRIES)
