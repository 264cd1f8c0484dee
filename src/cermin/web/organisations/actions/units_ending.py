"""Ending units: merging and closing, with the mapping that lets trends survive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from cermin.web.audit.actions import record
from cermin.web.organisations.actions.units import LockedTree, locked_tree, number
from cermin.web.organisations.models import (
    Employee,
    Invitation,
    Membership,
    Role,
    Succession,
    SuccessionKind,
    Unit,
)
from cermin.web.organisations.queries.structures import successors_in
from cermin.web.organisations.queries.units import structure_before
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.structures import redirected
from cermin.web.organisations.rules.units import (
    check_can_close,
    check_can_merge,
    merged_parents,
)


def merge_units(*, sources: Sequence[Unit], target: Unit, by: Member, now: datetime) -> None:
    """Make ``sources`` part of ``target``: people, contacts and units below go there."""
    with locked_tree(target.structure, by=by) as tree:
        into = tree.unit(target.pk)
        gone = [tree.unit(source.pk) for source in sources]
        check_can_merge({unit.pk for unit in gone}, into.pk)
        n_moved = adopt_children(tree, {unit.pk for unit in gone}, into.pk)
        n_people = end_units(tree, gone, into, now=now)
        record(
            "units_merged", by=by, now=now, agency=tree.structure.agency.slug,
            object_type="unit", object_id=into.code, year=tree.structure.year,
            sources=[unit.code for unit in gone], n_people=n_people, n_units=n_moved,
        )  # fmt: skip


def close_unit(*, unit: Unit, by: Member, now: datetime) -> None:
    """End a unit that has neither people nor units below it."""
    with locked_tree(unit.structure, by=by) as tree:
        gone = tree.unit(unit.pk)
        n_people = Employee.objects.filter(unit=gone).count()
        check_can_close(name=gone.name, n_people=n_people, n_children=len(tree.siblings(gone.pk)))
        end_units(tree, [gone], None, now=now)
        record(
            "unit_closed", by=by, now=now, agency=tree.structure.agency.slug,
            object_type="unit", object_id=gone.code, year=tree.structure.year, name=gone.name,
        )  # fmt: skip


def adopt_children(tree: LockedTree, sources: Collection[int], target: int) -> int:
    """Move the units below ``sources`` as a merge does; return how many moved."""
    moves = merged_parents(tree.parents, frozenset(sources), target)
    tree.check_moves(moves)
    places = {parent: tree.siblings(parent) for parent in {*moves.values()}}
    for unit, parent in moves.items():
        tree.units[unit].parent_id = parent
        places[parent] = placed_last(places[parent], unit)
    Unit.objects.bulk_update([tree.units[unit] for unit in moves], ["parent"], batch_size=500)
    for siblings in places.values():
        number(tree, siblings)
    return len(moves)


def placed_last(siblings: Iterable[int], unit: int) -> list[int]:
    """Return ``siblings`` with ``unit`` at the end."""
    return [*(sibling for sibling in siblings if sibling != unit), unit]


def end_units(tree: LockedTree, gone: Sequence[Unit], target: Unit | None, *, now: datetime) -> int:
    """Delete units that have no units below, after writing down what became of them.

    Their people and contacts go to ``target``; without one there must be no people. Returns the
    number of people moved. Units that began this year leave no trace: no result ever named them.
    """
    n_people = 0
    if target is not None:
        n_people = Employee.objects.filter(unit__in=gone).update(unit=target)
        _move_contacts(tree, [unit.code for unit in gone], target.code)
    _remember(tree, gone, target.code if target else None, now=now)
    Unit.objects.filter(pk__in=[unit.pk for unit in gone]).delete()
    return n_people


def _move_contacts(tree: LockedTree, codes: Sequence[str], target: str) -> None:
    contacts = Membership.objects.filter(agency=tree.structure.agency, role=Role.CONTACT)
    present = set(contacts.filter(unit_code=target).values_list("user_id", flat=True))
    for contact in contacts.filter(unit_code__in=codes).order_by("pk"):
        if contact.user_id in present:  # one role per person and unit
            contact.delete()
        else:
            contact.unit_code = target
            contact.save(update_fields=["unit_code"])
            present.add(contact.user_id)
    Invitation.objects.filter(
        agency=tree.structure.agency, unit_code__in=codes,
        accepted_at__isnull=True, revoked_at__isnull=True,
    ).update(unit_code=target)  # fmt: skip


def _remember(tree: LockedTree, gone: Sequence[Unit], target: str | None, *, now: datetime) -> None:
    codes = [unit.code for unit in gone]
    kind = SuccessionKind.CLOSED if target is None else SuccessionKind.MERGED
    known = {code: to for code, to in successors_in(tree.structure).items() if to is not None}
    chained = redirected(known, codes, target)
    Succession.objects.filter(structure=tree.structure, from_code__in=chained).update(
        to_code=target or "", kind=kind, at=now
    )
    before = structure_before(tree.structure)
    names = Unit.objects.filter(structure=before, code__in=codes).values_list("code", "name")
    Succession.objects.bulk_create(
        Succession(
            structure=tree.structure, from_code=code, from_name=name,
            to_code=target or "", kind=kind, at=now,
        )
        for code, name in (names if before else ())
    )  # fmt: skip
