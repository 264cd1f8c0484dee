"""Reads of mailings, and the sealed tokens of their unsubscription links."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Agency, Employee
from cermin.web.sealing import SealingError, seal, unseal
from cermin.web.survey.models import Invitee, Mailing, MailKind, MailOptOut, Survey


@dataclass(frozen=True)
class Reach:
    """How many people are invited, and how many of them have an address; nothing of who drew."""

    people: int
    with_address: int


def mailings_of(cycle: Cycle) -> QuerySet[Mailing]:
    """Return the mailings of a cycle, newest first."""
    return Mailing.objects.filter(cycle=cycle)


def reach_of(cycle: Cycle, survey: Survey | None) -> Reach:
    """Return whom mails can reach: of the frozen roster, or before opening of the living one."""
    people: QuerySet[Employee] | QuerySet[Invitee]
    if survey is None:
        people = Employee.objects.filter(agency_id=cycle.agency_id)
    else:
        people = Invitee.objects.filter(survey=survey)
    return Reach(people.count(), people.filter(email_sealed__isnull=False).count())


def next_people(survey: Survey, mailing: Mailing, most: int) -> list[UUID]:
    """Return who comes next, in the fixed order of the ledger's random ids."""
    people = Invitee.objects.filter(survey=survey, email_sealed__isnull=False)
    if mailing.reached is not None:
        people = people.filter(pk__gt=mailing.reached)
    return list(people.order_by("pk").values_list("pk", flat=True)[:most])


def receiver(survey: Survey, mailing: Mailing, invitee: UUID) -> Invitee | None:
    """Return the person if the mail is for them at this moment: undrawn, and not unsubscribed."""
    people = Invitee.objects.filter(survey=survey, pk=invitee, email_sealed__isnull=False)
    if mailing.kind == MailKind.REMINDER:
        people = people.filter(blinded_hash__isnull=True)
    gone = MailOptOut.objects.filter(
        agency=mailing.cycle.agency_id, email_index=OuterRef("email_index")
    )
    return people.filter(~Exists(gone)).first()


def has_opted_out(agency: Agency, email_index: bytes) -> bool:
    """Whether an address wants no mail."""
    return MailOptOut.objects.filter(agency=agency, email_index=email_index).exists()


def opt_out_token(agency: Agency, email_index: bytes) -> str:
    """Return what stands in a link: only this site can make it or read it."""
    sealed = seal(email_index, folder=settings.KEY_FOLDER, purpose=_purpose(agency))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def index_in(agency: Agency, token: str) -> bytes | None:
    """Return the address index in a link of this agency; None when it is not one of ours."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return unseal(sealed, folder=settings.KEY_FOLDER, purpose=_purpose(agency))
    except (binascii.Error, SealingError, ValueError):
        return None


def _purpose(agency: Agency) -> str:
    return f"mail-opt-out:{agency.slug}"
