"""Reads about people in an agency: roles, second factor, invitations."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from cermin.web.accounts.models import User
from cermin.web.organisations.models import (
    Agency,
    Invitation,
    Membership,
    Role,
    Structure,
    Unit,
)
from cermin.web.organisations.queries import latest_structure, units_in_order

_DASH = "– "


@dataclass(frozen=True)
class RoleHeld:
    """One role of a person in an agency."""

    id: int
    role: Role
    unit_code: str
    unit_name: str
    since: datetime


@dataclass(frozen=True)
class Person:
    """Somebody with at least one role in an agency."""

    id: UUID
    name: str
    email: str
    is_active: bool
    second_factor: bool
    last_sign_in: datetime | None
    roles: tuple[RoleHeld, ...]


def people_of(agency: Agency, *, text: str = "", role: str = "") -> list[Person]:
    """Return the people of ``agency`` by name, with all their roles; three queries."""
    rows = Membership.objects.filter(agency=agency)
    if text:
        rows = rows.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text))
    if role:
        holders = Membership.objects.filter(agency=agency, role=role).values("user")
        rows = rows.filter(user__in=holders)
    return _people(agency, rows)


def person_of(agency: Agency, user_id: UUID) -> Person | None:
    """Return one person of ``agency``, or None for anybody else."""
    people = _people(agency, Membership.objects.filter(agency=agency, user=user_id))
    return people[0] if people else None


def _people(agency: Agency, rows: QuerySet[Membership]) -> list[Person]:
    ordered = rows.select_related("user").order_by(
        Lower("user__name"), "user_id", "role", "unit_code"
    )
    grouped = [(user, list(held)) for user, held in groupby(ordered, key=lambda row: row.user)]
    names = unit_names(agency)
    secured = set(
        Authenticator.objects.filter(
            user__in=[user.pk for user, _held in grouped], type=Authenticator.Type.TOTP
        ).values_list("user_id", flat=True)
    )
    return [
        Person(
            id=user.pk,
            name=user.name or user.email,
            email=user.email,
            is_active=user.is_active,
            second_factor=user.pk in secured,
            last_sign_in=user.last_login,
            roles=tuple(_role_held(row, names) for row in held),
        )
        for user, held in grouped
    ]


def _role_held(row: Membership, names: dict[str, str]) -> RoleHeld:
    return RoleHeld(
        id=row.pk,
        role=Role(row.role),
        unit_code=row.unit_code,
        unit_name=names.get(row.unit_code, ""),
        since=row.since,
    )


def unit_names(agency: Agency) -> dict[str, str]:
    """Return the names of the units of the newest structure by code; one query."""
    newest = Structure.objects.filter(agency=agency).order_by("-year").values("pk")[:1]
    units = Unit.objects.without_tree_fields().filter(structure=newest)
    return dict(units.values_list("code", "name"))


def unit_choices(agency: Agency) -> list[tuple[str, str]]:
    """Return code and name of each unit, in the order of the tree, moved in by depth."""
    structure = latest_structure(agency)
    units = units_in_order(structure) if structure else []
    return [(unit.code, _DASH * unit.tree_depth + unit.name) for unit in units]


def pending_invitations(agency: Agency, *, text: str = "", role: str = "") -> QuerySet[Invitation]:
    """Return the invitations nobody has answered or revoked, newest first."""
    rows = Invitation.objects.filter(
        agency=agency, accepted_at__isnull=True, revoked_at__isnull=True
    )
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
    if role:
        rows = rows.filter(role=role)
    return rows.order_by("-created_at", "-id")


def taken_addresses(
    agency: Agency, emails: Iterable[str], role: Role, unit_code: str
) -> Collection[str]:
    """Return which of ``emails`` hold this role already, or wait with an invitation to it."""
    wanted = {email.casefold() for email in emails}
    held = (
        Membership.objects.filter(agency=agency, role=role, unit_code=unit_code)
        .annotate(address=Lower("user__email"))
        .filter(address__in=wanted)
        .values_list("address", flat=True)
    )
    asked = (
        pending_invitations(agency, role=role)
        .filter(unit_code=unit_code)
        .annotate(address=Lower("email"))
        .filter(address__in=wanted)
        .values_list("address", flat=True)
    )
    return {*held, *asked}


def invitation_by_hash(token_hash: str) -> Invitation | None:
    """Return the invitation whose token has this hash, whatever its state."""
    return Invitation.objects.select_related("agency").filter(token_hash=token_hash).first()


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def has_account(email: str) -> bool:
    """Whether somebody signs in with this address."""
    return User.objects.filter(email__iexact=email).exists()
