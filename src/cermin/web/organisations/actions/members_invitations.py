"""Inviting people by e-mail. Links carry 256 random bits, of which only the SHA-256 is kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts.actions import create_account
from cermin.web.accounts.models import User
from cermin.web.audit import actions as audit
from cermin.web.audit.actor import Actor
from cermin.web.organisations.models import Agency, Invitation, Membership, Role
from cermin.web.organisations.queries.members import hash_of, taken_addresses, unit_names
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.members import (
    INVITATION_LIFE,
    MOST_INVITATIONS_AT_ONCE,
    check_can_accept,
    check_can_change_invitation,
    check_can_invite,
)

_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite, and the line of the list that says so."""

    line: int
    email: str
    name: str = ""


@dataclass(frozen=True)
class IssuedInvitation:
    """An invitation with its token, which exists here and in the link, and nowhere else."""

    invitation: Invitation
    token: str = field(repr=False)


def invite_members(
    *,
    agency: Agency,
    role: Role,
    unit_code: str,
    people: Sequence[Invitee],
    by: Member,
    now: datetime,
) -> list[IssuedInvitation]:
    """Invite all of ``people`` to one role, or none of them when a line is wrong."""
    check_can_invite(by, agency, role, unit_code, unit_names(agency))
    if not 0 < len(people) <= MOST_INVITATIONS_AT_ONCE:
        raise UserError(
            N_("Undang 1 sampai {most} orang sekaligus."), most=MOST_INVITATIONS_AT_ONCE
        )
    taken = taken_addresses(agency, [person.email for person in people], role, unit_code)
    if lines := [str(person.line) for person in people if person.email.casefold() in taken]:
        raise UserError(
            N_("Baris {lines}: orang ini sudah memegang peran itu, atau sudah diundang."),
            lines=", ".join(lines),
        )
    with transaction.atomic():
        return [
            issue_invitation(
                agency=agency, email=person.email, name=person.name, role=role,
                unit_code=unit_code, by=by, now=now,
            )
            for person in people
        ]  # fmt: skip


def issue_invitation(
    *, agency: Agency, email: str, name: str, role: Role, unit_code: str, by: Actor, now: datetime
) -> IssuedInvitation:
    """Write one invitation within the transaction of an action that has checked its rules."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation = Invitation.objects.create(
        agency=agency,
        email=email.lower(),
        name=name,
        role=role,
        unit_code=unit_code,
        token_hash=hash_of(token),
        invited_by=by.name[:150],
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    _record("member_invited", invitation, by=by, now=now)
    return IssuedInvitation(invitation, token)


def resend_invitation(
    *, agency: Agency, invitation: Invitation, by: Member, now: datetime
) -> IssuedInvitation:
    """Give the invitation a new link and another fourteen days; the old link stops working."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        check_can_change_invitation(by, agency, locked)
        locked.token_hash = hash_of(token)
        locked.expires_at = now + INVITATION_LIFE
        locked.save(update_fields=["token_hash", "expires_at"])
        _record("invitation_resent", locked, by=by, now=now)
    return IssuedInvitation(locked, token)


def revoke_invitation(*, agency: Agency, invitation: Invitation, by: Member, now: datetime) -> None:
    """Make the link stop working."""
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        check_can_change_invitation(by, agency, locked)
        locked.revoked_at = now
        locked.save(update_fields=["revoked_at"])
        _record("invitation_revoked", locked, by=by, now=now)


def accept_invitation(*, token_hash: str, user: User, page: str, now: datetime) -> Agency:
    """Give the signed-in ``user`` the role of the invitation sent to that address."""
    with transaction.atomic():
        invitation = _locked(token_hash)
        check_can_accept(invitation, user.email, now=now)
        assert invitation is not None  # noqa: S101 - the rule has refused None
        return _accept(invitation, user, page=page, now=now)


def accept_with_new_account(
    *, token_hash: str, email: str, name: str, password: str, page: str, now: datetime
) -> User:
    """Make the account of somebody who had none, and give it the role of the invitation."""
    with transaction.atomic():
        invitation = _locked(token_hash)
        check_can_accept(invitation, email, now=now)
        assert invitation is not None  # noqa: S101 - the rule has refused None
        user = create_account(
            email=invitation.email,
            name=name,
            password=password,
            language=invitation.agency.language,
            by=Actor(id="", name=name, page=page),
            now=now,
        )
        _accept(invitation, user, page=page, now=now)
        return user


def _locked(token_hash: str) -> Invitation | None:
    """Return the invitation, locked so that of two answers at once only the first counts."""
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("agency")
        .filter(token_hash=token_hash)
        .first()
    )


def _accept(invitation: Invitation, user: User, *, page: str, now: datetime) -> Agency:
    Membership.objects.get_or_create(
        agency=invitation.agency,
        user=user,
        role=invitation.role,
        unit_code=invitation.unit_code,
        defaults={"since": now},
    )
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    by = Actor(id=str(user.pk), name=user.name or user.email, page=page)
    _record("invitation_accepted", invitation, by=by, now=now)
    return invitation.agency


def _record(action: str, invitation: Invitation, *, by: Actor, now: datetime) -> None:
    audit.record(
        action,
        by=by,
        now=now,
        agency=invitation.agency.slug,
        object_type="invitation",
        object_id=invitation.pk,
        email=invitation.email,
        role=invitation.role,
        unit=invitation.unit_code,
    )
