"""Giving roles and taking them away; an agency never loses its last owner."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit import actions as audit
from cermin.web.organisations.models import Agency, Membership, Role
from cermin.web.organisations.queries.members import unit_names
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.organisations.rules.members import check_can_give_role, check_can_remove_role


def give_role(
    *, agency: Agency, user_id: UUID, role: Role, unit_code: str, by: Member, now: datetime
) -> Membership:
    """Give another role to somebody who has one in ``agency``."""
    with transaction.atomic():
        held = Membership.objects.filter(agency=agency, user=user_id)
        check_can_give_role(
            by, agency, role, unit_code, unit_codes=unit_names(agency), is_member=held.exists()
        )
        membership, is_new = Membership.objects.get_or_create(
            agency=agency, user_id=user_id, role=role, unit_code=unit_code,
            defaults={"since": now},
        )  # fmt: skip
        if not is_new:
            raise UserError(N_("Orang ini sudah memegang peran itu."))
        _record("role_given", membership, agency=agency, by=by, now=now)
    return membership


def remove_role(*, agency: Agency, membership_id: int, by: Member, now: datetime) -> None:
    """Take one role away; without any role left, the person no longer belongs to ``agency``."""
    check_owner(by, agency)
    with transaction.atomic():
        # Removals queue here: two owners who remove each other must not both find one left.
        Agency.objects.select_for_update().get(pk=agency.pk)
        membership = Membership.objects.filter(agency=agency, pk=membership_id).first()
        if membership is None:
            raise UserError(N_("Peran ini sudah dicabut."))
        check_can_remove_role(by, agency, owners_left=_owners_left(agency, membership))
        _record("role_removed", membership, agency=agency, by=by, now=now)
        membership.delete()


def _owners_left(agency: Agency, without: Membership) -> int:
    return (
        Membership.objects.filter(agency=agency, role=Role.OWNER, user__is_active=True)
        .exclude(pk=without.pk)
        .count()
    )


def _record(
    action: str, membership: Membership, *, agency: Agency, by: Member, now: datetime
) -> None:
    audit.record(
        action,
        by=by,
        now=now,
        agency=agency.slug,
        object_type="member",
        object_id=membership.user_id,
        person=membership.user.name or membership.user.email,
        role=membership.role,
        unit=membership.unit_code,
    )
