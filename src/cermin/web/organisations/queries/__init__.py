"""Reads across agencies, memberships and units."""

from __future__ import annotations

from cermin.core.population import Unit as FrameUnit
from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency, Membership, Role, Structure, Unit
from cermin.web.organisations.rules import Member


def member_of(user: User, agency: Agency, page: str) -> Member | None:
    """Return ``user`` as a member of ``agency``, or None without any role there."""
    rows = list(
        Membership.objects.filter(user=user, agency=agency).values_list("role", "unit_code")
    )
    if not rows:
        return None
    return Member(
        id=str(user.pk),
        name=user.name or user.email,
        page=page,
        agency_id=agency.pk,
        roles=frozenset(Role(role) for role, _unit in rows),
        unit_codes=frozenset(unit for _role, unit in rows if unit),
    )


def agencies_of(user: User) -> list[Agency]:
    """Return the agencies in which ``user`` has a role, by name."""
    return list(Agency.objects.filter(memberships__user=user).distinct().order_by("name"))


def latest_structure(agency: Agency) -> Structure | None:
    """Return the tree of the newest year."""
    return agency.structures.first()


def units_in_order(structure: Structure) -> list[Unit]:
    """Return the units depth first, with ``tree_depth`` and ``tree_path``; one query."""
    return list(
        Unit.objects.with_tree_fields()
        .tree_filter(structure_id=structure.pk)
        .filter(structure_id=structure.pk)
        .order_siblings_by("position", "name", "id")
    )


def frame_units(structure: Structure) -> tuple[FrameUnit, ...]:
    """Return the tree as intake and core know it, parents before children; ids are codes."""
    units = units_in_order(structure)
    codes = {unit.pk: unit.code for unit in units}
    return tuple(FrameUnit(unit.code, unit.name, codes.get(unit.parent_id or 0)) for unit in units)
