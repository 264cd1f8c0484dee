"""Sending mailings in small batches over one connection each; resumed after any interruption.

What is guaranteed: people are gone through in a fixed order, and the mark of how far it got is
committed after each mail. A worker that is killed loses nobody; the one mail that was on its way
may go out twice. Two workers never send the same mailing at once.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django_tasks import task

from cermin.web import survey_keys
from cermin.web.audit.actions import record
from cermin.web.files import alone
from cermin.web.organisations.queries.contacts import opened_contact
from cermin.web.organisations.rules import system_member
from cermin.web.pages import clock
from cermin.web.sealing import SealingError
from cermin.web.survey.models import (
    UNFINISHED,
    Invitee,
    MailDeferral,
    Mailing,
    MailingState,
    MailKind,
    Survey,
    SurveyState,
)
from cermin.web.survey.presenters.mail import Letter, message_of
from cermin.web.survey.queries.background import is_queued
from cermin.web.survey.queries.facts import key_folder, read_facts
from cermin.web.survey.queries.mailings import next_people, opt_out_token, receiver
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.rules.mailings import (
    IN_A_ROW,
    TRANSITIONS,
    Cause,
    Refusal,
    has_ended,
    is_given_up,
    refusal_of,
    wait_after,
)
from cermin.web.survey.rules.states import RUNNING
from cermin.web.transitions import before

logger = logging.getLogger(__name__)
PAGE = "tugas: kirim surel survei"


def send_due_mailings(now: datetime) -> int:
    """Begin what is due, go on with what was interrupted, end what is over; a duty of the worker.

    Returns how many batches were queued.
    """
    queued = 0
    due = Mailing.objects.filter(state__in=UNFINISHED, scheduled_at__lte=now)
    for mailing in due.select_related("cycle__agency").order_by("scheduled_at", "pk"):
        survey = Survey.objects.filter(cycle=mailing.cycle_id).first()
        if _is_over(survey, mailing, now):
            _end(mailing, MailingState.ENDED, now)
        elif survey is None or not _takes_ballots(survey, now) or not _is_ready(mailing, now):
            continue
        elif not is_queued(send_batch.module_path, [mailing.pk]):
            _begin(mailing, survey)
            send_batch.enqueue(mailing.pk)
            queued += 1
    return queued


@task
def send_batch(mailing_id: int) -> None:
    """Send the next mails of a mailing, then queue the rest behind other work."""
    with alone(_lock_of(mailing_id)) as mine:
        more = mine and _send_some(mailing_id, clock.now())
    if more:
        send_batch.enqueue(mailing_id)


@dataclass
class _Batch:
    """One batch on its way."""

    mailing: Mailing
    survey: Survey
    letter: Letter
    secret: bytes
    connection: BaseEmailBackend
    now: datetime
    refused_in_a_row: int = field(default=0)

    def go(self, people: list[UUID], *, again: bool) -> bool:
        """Send to ``people``; False when the mail server is in trouble."""
        for number, one in enumerate(people):
            if number:  # also before those who get nothing: the pace must not tell how many
                time.sleep(settings.MAIL_PAUSE)
            person = receiver(self.survey, self.mailing, one)
            if person is None:
                self._pass(one, again=again)
                continue
            try:
                self._message(person).send()
            except (OSError, SMTPException, ValueError, SealingError) as error:
                refusal = refusal_of(error)
                logger.warning("A mail was not sent: %s (%s)", refusal.cause, type(error).__name__)
                if refusal.of_server:
                    return _in_trouble(self.mailing, refusal.cause, clock.now())
                self._refused(one, refusal, again=again)
                if self.refused_in_a_row >= IN_A_ROW and self.mailing.kind == MailKind.INVITATION:
                    return _in_trouble(self.mailing, Cause.REFUSALS, clock.now())
            else:
                self._pass(one, again=again, sent=True)
        return True

    def _message(self, person: Invitee) -> EmailMultiAlternatives:
        agency = self.mailing.cycle.agency
        return message_of(
            self.letter,
            address=opened_contact(person.email_sealed),
            code=code_of(self.secret, person.pk, person.issue),
            token=opt_out_token(agency, bytes(person.email_index or b"")),
            connection=self.connection,
        )

    def _pass(self, one: UUID, *, again: bool, sent: bool = False) -> None:
        """Commit that a person is done; ``again``: in the round of those refused before."""
        counted = sent and self.mailing.kind == MailKind.INVITATION
        with transaction.atomic():
            if again:
                MailDeferral.objects.filter(mailing=self.mailing, invitee=one).delete()
            _note(self.mailing, None if again else one, n_sent=F("n_sent") + int(counted),
                  **({"trouble": "", "n_troubles": 0} if sent else {}))  # fmt: skip
        if sent:
            self.refused_in_a_row = 0

    def _refused(self, one: UUID, refusal: Refusal, *, again: bool) -> None:
        self.refused_in_a_row += 1
        with transaction.atomic():
            row, new = MailDeferral.objects.get_or_create(
                mailing=self.mailing, invitee=one,
                defaults={"cause": refusal.cause, "due_at": self.now + wait_after(1)},
            )  # fmt: skip
            if not new:
                row.n_tries += 1
                row.cause, row.due_at = refusal.cause, self.now + wait_after(row.n_tries)
                row.save(update_fields=["n_tries", "cause", "due_at"])
            if is_given_up(refusal, row.n_tries):
                row.delete()
                _count_failure(self.mailing, refusal.cause)
            _note(self.mailing, None if again else one)


def _send_some(mailing_id: int, now: datetime) -> bool:
    """Send one batch; whether another one can follow at once."""
    mailing = Mailing.objects.select_related("cycle__agency").filter(pk=mailing_id).first()
    if mailing is None or mailing.state != MailingState.SENDING:
        return False
    survey = Survey.objects.filter(cycle=mailing.cycle_id).first()
    if survey is None or not _takes_ballots(survey, now) or not _is_ready(mailing, now):
        return False
    people = next_people(survey, mailing, settings.MAIL_BATCH)
    again = not people
    if again:
        _note_walked(mailing, now)
        due = mailing.deferrals.filter(due_at__lte=now).order_by("due_at", "pk")
        people = list(due.values_list("invitee", flat=True)[: settings.MAIL_BATCH])
    if not people:
        if has_ended(mailing, now, n_deferred=mailing.deferrals.count()):
            _end(mailing, MailingState.DONE, now)
        return False
    return _send_over_connection(mailing, survey, people, again=again, now=now)


def _send_over_connection(
    mailing: Mailing, survey: Survey, people: list[UUID], *, again: bool, now: datetime
) -> bool:
    if not settings.EMAIL_HOST:  # else mails with codes would lie about as files
        return _in_trouble(mailing, Cause.NOT_SET_UP, now)
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        logger.warning("The mail server cannot be used: %s", type(error).__name__)
        return _in_trouble(mailing, refusal_of(error).cause, now)
    try:
        letter = letter_of(mailing, survey)
        secret = survey_keys.invitation_secret(key_folder(survey))
        return _Batch(mailing, survey, letter, secret, connection, now).go(people, again=again)
    finally:
        _close(connection)


def letter_of(mailing: Mailing, survey: Survey) -> Letter:
    """Return what every mail of a mailing says."""
    facts = read_facts(survey.public_id)
    assert facts is not None  # noqa: S101 - the survey has just been read
    minutes = sum(one.minutes for one in facts.paper.questionnaires)
    return Letter(mailing, mailing.cycle, survey.public_id, facts.closes_at, minutes)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, SMTPException) as error:
        logger.info("The mail server hung up: %s", type(error).__name__)


def _begin(mailing: Mailing, survey: Survey) -> None:
    if mailing.state == MailingState.SCHEDULED:
        people = Invitee.objects.filter(survey=survey, email_sealed__isnull=False)
        Mailing.objects.filter(
            pk=mailing.pk, state__in=before(TRANSITIONS, MailingState.SENDING)
        ).update(state=MailingState.SENDING, n_total=people.count())


def _note_walked(mailing: Mailing, now: datetime) -> None:
    if mailing.walked_at is None:
        mailing.walked_at = now
        mailing.save(update_fields=["walked_at"])


def _note(mailing: Mailing, reached: UUID | None, **changes: Any) -> None:
    """Commit how far the mailing is."""
    if reached is not None:
        changes |= {"reached": reached, "n_reached": F("n_reached") + 1}
    if changes:
        Mailing.objects.filter(pk=mailing.pk).update(**changes)


def _count_failure(mailing: Mailing, cause: Cause) -> None:
    if mailing.kind != MailKind.INVITATION:
        return
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    row.failures = dict(Counter(row.failures) + Counter({str(cause): 1}))
    row.save(update_fields=["failures"])


def _in_trouble(mailing: Mailing, cause: Cause, now: datetime) -> bool:
    """Commit that the server is in trouble, and when to try again."""
    row = Mailing.objects.get(pk=mailing.pk)
    row.trouble, row.n_troubles = str(cause), row.n_troubles + 1
    row.next_at = now + wait_after(row.n_troubles)
    row.save(update_fields=["trouble", "n_troubles", "next_at"])
    return False


def _end(mailing: Mailing, state: MailingState, now: datetime) -> None:
    """End a mailing once: nothing of single people is left of it."""
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if row.state not in before(TRANSITIONS, state):
            return
        MailDeferral.objects.filter(mailing=row).delete()
        row.state, row.finished_at, row.reached, row.trouble = state, now, None, ""
        row.save(update_fields=["state", "finished_at", "reached", "trouble"])
        totals = {}
        if row.kind == MailKind.INVITATION:  # those of a reminder tell who has not taken part
            totals = {"n_sent": row.n_sent, "n_failed": sum(row.failures.values())}
        agency = mailing.cycle.agency
        record(
            "mailing_finished", by=system_member(agency, PAGE), now=now, agency=agency.slug,
            object_type="mailing", object_id=row.pk, year=mailing.cycle.year,
            mailing_kind=row.kind, **totals,
        )  # fmt: skip
    _lock_of(mailing.pk).unlink(missing_ok=True)


def _takes_ballots(survey: Survey, now: datetime) -> bool:
    if survey.state != SurveyState.OPEN:
        return False
    facts = read_facts(survey.public_id)
    return facts is not None and facts.takes_ballots(now)


def _is_over(survey: Survey | None, mailing: Mailing, now: datetime) -> bool:
    if survey is not None and survey.state not in RUNNING:
        return True
    span = mailing.cycle.phases.filter(kind="survey").first()
    return span is None or now >= span.closes_at


def _is_ready(mailing: Mailing, now: datetime) -> bool:
    return mailing.next_at is None or mailing.next_at <= now


def _lock_of(mailing_id: int) -> Path:
    folder: Path = settings.SITE_FOLDER / "workers"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"mailing-{mailing_id}.lock"
