"""A new code for whoever lost the old one; the contact who asks for it never sees it.

Nothing here reads whether the ballot is drawn, so neither an answer nor its time can tell. The
mark stays with the person: whoever has drawn is refused as "taken" with the new code too.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web import survey_keys
from cermin.web.cycles.actions.states import record_cycle
from cermin.web.organisations.queries.contacts import opened_contact
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import Invitee, Pairing, PairingMiss, Survey
from cermin.web.survey.presenters.invitations import last_day
from cermin.web.survey.queries.facts import Facts, key_folder
from cermin.web.survey.queries.invitations import state_of, units_of
from cermin.web.survey.queries.ledger import hash_of_code
from cermin.web.survey.rules.codes import code_of, shown
from cermin.web.survey.rules.invitations import check_can_reissue
from cermin.web.survey.rules.pairing import (
    LIFETIME,
    MOST_MISSES,
    MOST_OPEN,
    new_number,
    read_number,
)
from cermin.web.survey.rules.refusals import Refused
from cermin.web.survey.rules.states import RUNNING

SECRET_BYTES = 32
_KNOWN = ("id", "survey", "unit_code", "issue")
log = logging.getLogger("cermin.invitations")


@dataclass(frozen=True)
class Waiting:
    """A page that waits: what it shows, and what it alone knows."""

    secret: str
    number: str
    expires_at: datetime


# ------------------------------------------------------------------ the person's page


def begin_pairing(*, facts: Facts, now: datetime) -> Waiting:
    """Give a page its number; who opened it is not known and not asked."""
    if facts.state not in RUNNING or now >= facts.closes_at:
        raise Refused("closed", 410, N_("Survei ini tidak sedang menerima jawaban."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    Pairing.objects.filter(survey_id=facts.id, expires_at__lte=now).delete()
    while True:
        taken = set(Pairing.objects.filter(survey_id=facts.id).values_list("number", flat=True))
        if len(taken) >= MOST_OPEN:
            raise Refused(
                "busy", 429,
                N_("Terlalu banyak orang sedang meminta kode baru. Coba lagi beberapa menit lagi."),
            )  # fmt: skip
        pairing = Pairing(
            survey_id=facts.id, secret_hash=_hashed(secret), number=new_number(taken),
            expires_at=now + LIFETIME,
        )  # fmt: skip
        with suppress(IntegrityError), transaction.atomic():  # another page was given the number
            pairing.save(force_insert=True)
            return Waiting(secret, pairing.number, pairing.expires_at)


def awaited(*, facts: Facts, secret: str, now: datetime) -> Waiting | str:
    """Return what a page waits for still, or the new code once a contact has typed its number."""
    pairing = Pairing.objects.filter(
        survey_id=facts.id, secret_hash=_hashed(secret), expires_at__gt=now
    ).first()
    if pairing is None or facts.state not in RUNNING:
        raise _gone()
    if pairing.invitee_id is None:
        return Waiting(secret, pairing.number, pairing.expires_at)
    person = Invitee.objects.only(*_KNOWN).filter(pk=pairing.invitee_id).first()
    if person is None or person.issue != pairing.issue:
        raise _gone()
    return _code_of(person.survey, person.id, pairing.issue)


def _gone() -> Refused:
    return Refused("gone", 410, N_("Nomor ini tidak berlaku lagi. Minta nomor baru."))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


# ------------------------------------------------------------------ the contact's page


def pair(*, survey: Survey, invitee: UUID, typed: str, by: Member, now: datetime) -> None:
    """Let the page that shows the number ``typed`` have a new code of ``invitee``."""
    _check(survey, invitee, by)
    recent = PairingMiss.objects.filter(survey=survey, member=by.id, at__gt=now - LIFETIME)
    if recent.count() >= MOST_MISSES:
        raise UserError(N_("Terlalu banyak nomor yang salah. Tunggu 15 menit, lalu coba lagi."))
    if not _paired(survey, invitee, read_number(typed) or "", by=by, now=now):
        PairingMiss.objects.create(survey=survey, member=by.id, at=now)
        raise UserError(
            N_("Tidak ada halaman yang menunjukkan nomor ini. Periksa lagi enam angkanya.")
        )


def _paired(survey: Survey, invitee: UUID, number: str, *, by: Member, now: datetime) -> bool:
    with transaction.atomic():
        person = Invitee.objects.select_for_update(no_key=True).only(*_KNOWN).get(pk=invitee)
        issue = person.issue + 1
        mine = Pairing.objects.filter(
            survey=survey, number=number, invitee_id=None, expires_at__gt=now
        ).update(invitee_id=invitee, issue=issue)
        if mine:
            _renew(survey, person, "pairing", by=by, now=now)
    return bool(mine)


def mail_new_code(*, survey: Survey, invitee: UUID, base: str, by: Member, now: datetime) -> None:
    """Send a new code to the person's own address; the old one works until it is sent.

    Sent within the request: a queue would keep who asked for a code, and when, for weeks.
    """
    person = _check(survey, invitee, by)
    address = opened_contact(
        Invitee.objects.values_list("email_sealed", flat=True).get(pk=invitee)
    )  # fmt: skip
    if not address or not settings.EMAIL_HOST:
        raise UserError(N_("Kode baru tidak dapat dikirim lewat surel. Pakai nomor dari ponsel."))
    code = _code_of(survey, person.id, person.issue + 1)
    try:
        _message(survey, code, address, base).send()
    except (OSError, SMTPException) as error:
        log.warning("A new code was not sent: %s", type(error).__name__)
        raise UserError(
            N_("Surel tidak terkirim; kode lama masih berlaku. Coba lagi, atau pakai nomor.")
        ) from error
    with transaction.atomic():
        _renew(survey, person, "email", by=by, now=now)


def _message(survey: Survey, code: str, address: str, base: str) -> EmailMessage:
    agency = survey.cycle.agency
    with translation.override(agency.language):
        told = {
            "agency": agency.name, "year": str(survey.cycle.year), "code": shown(code),
            "link": f"{base}#{code}", "day": last_day(survey),
        }  # fmt: skip
        return EmailMessage(
            subject=_("Kode baru untuk survei budaya kerja {year}").format(year=survey.cycle.year),
            body=render_to_string("survey/invitations_new_code_mail.txt", told),
            to=[address],
        )


def _check(survey: Survey, invitee: UUID, by: Member) -> Invitee:
    person = Invitee.objects.only(*_KNOWN).get(pk=invitee, survey=survey)
    check_can_reissue(
        by, survey.cycle.agency, state_of(survey), unit=person.unit_code, issue=person.issue,
        in_sight={unit.code for unit in units_of(survey.cycle, by)},
    )  # fmt: skip
    return person


def _renew(survey: Survey, person: Invitee, way: str, *, by: Member, now: datetime) -> None:
    """Make the old code worthless; the trail tells the unit and not the person."""
    issue = person.issue + 1
    code = _code_of(survey, person.id, issue)
    renewed = Invitee.objects.filter(pk=person.pk, issue=person.issue).update(
        issue=issue, code_hash=hash_of_code(survey.public_id, code, folder=settings.KEY_FOLDER)
    )
    if not renewed:
        raise UserError(N_("Kode orang ini baru saja diganti. Muat ulang halaman."))
    nobody = replace(by, page=by.page.partition("orang/")[0])  # the address names the person
    record_cycle("code_reissued", survey.cycle, by=nobody, now=now, unit=person.unit_code, way=way)


def _code_of(survey: Survey, invitee: UUID, issue: int) -> str:
    return code_of(survey_keys.invitation_secret(key_folder(survey)), invitee, issue)


def forget_pairings(now: datetime) -> None:
    """Remove pages whose number is no longer valid; a duty of the worker."""
    Pairing.objects.filter(expires_at__lte=now).delete()
    PairingMiss.objects.filter(at__lte=now - LIFETIME).delete()
