"""Changing the tree of the newest year. The years before are never touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.core.population import Unit as FrameUnit
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.organisations.models import Structure, Succession, Unit
from cermin.web.organisations.queries import latest_structure
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.units import (
    check_can_edit_tree,
    check_code,
    check_shape,
    clean_name,
    placed,
)


@dataclass(frozen=True)
class LockedTree:
    """A tree that nobody else changes until the transaction ends."""

    structure: Structure
    units: Mapping[int, Unit]

    @property
    def parents(self) -> dict[int, int | None]:
        """The unit above each unit."""
        return {pk: unit.parent_id for pk, unit in self.units.items()}

    @property
    def codes(self) -> set[str]:
        """All codes of this year."""
        return {unit.code for unit in self.units.values()}

    def unit(self, pk: int) -> Unit:
        """Return the unit as it is now; somebody else may just have ended it."""
        found = self.units.get(pk)
        if found is None:
            raise UserError(N_("Unit ini baru saja digabung atau ditutup. Muat ulang halaman."))
        return found

    def siblings(self, parent: int | None) -> list[int]:
        """Return the units directly below ``parent`` in their order."""
        found = [unit for unit in self.units.values() if unit.parent_id == parent]
        return [u.pk for u in sorted(found, key=lambda u: (u.position, u.name, u.pk))]

    def check_moves(self, moves: Mapping[int, int | None]) -> None:
        """Refuse moves that would put a unit below itself."""
        names = {pk: unit.name for pk, unit in self.units.items()}
        check_shape({**self.parents, **moves}, names)


@contextmanager
def locked_tree(structure: Structure, *, by: Member) -> Iterator[LockedTree]:
    """Open a transaction on the tree, one at a time, after checking that ``by`` may change it."""
    with transaction.atomic():
        rows = Structure.objects.select_for_update(of=("self",)).select_related("agency")
        locked = rows.get(pk=structure.pk)
        newest = latest_structure(locked.agency) or locked
        check_can_edit_tree(by, locked, newest_year=newest.year)
        units = Unit.objects.filter(structure=locked).order_by()
        yield LockedTree(locked, {unit.pk: unit for unit in units})


def add_unit(
    *, structure: Structure, parent: Unit | None, code: str, name: str, by: Member, now: datetime
) -> Unit:
    """Add a unit below ``parent``, last; the code of a unit closed this year opens it again."""
    with locked_tree(structure, by=by) as tree:
        check_code(code, tree.codes)
        above = tree.unit(parent.pk) if parent else None
        unit: Unit = Unit.objects.create(
            structure=tree.structure, code=code, name=clean_name(name), parent=above,
            position=_after(tree, tree.siblings(above.pk if above else None)),
        )  # fmt: skip
        LockedTree(tree.structure, {**tree.units, unit.pk: unit}).check_moves({})
        Succession.objects.filter(structure=tree.structure, from_code=code).delete()
        parent_code = above.code if above else ""
        _record("unit_added", unit, by=by, now=now, name=unit.name, parent=parent_code)
    return unit


def rename_unit(*, unit: Unit, name: str, by: Member, now: datetime) -> None:
    """Give the unit another name; its code, and so its history, stays."""
    with locked_tree(unit.structure, by=by) as tree:
        current = tree.unit(unit.pk)
        before, current.name = current.name, clean_name(name)
        current.save(update_fields=["name"])
        _record("unit_renamed", current, by=by, now=now, before=before, after=current.name)


def move_unit(
    *, unit: Unit, parent: Unit | None, position: int | None = None, by: Member, now: datetime
) -> None:
    """Put the unit, with all below it, under ``parent`` at ``position`` (from 1), or last."""
    with locked_tree(unit.structure, by=by) as tree:
        current = tree.unit(unit.pk)
        above = tree.unit(parent.pk) if parent else None
        target = above.pk if above else None
        tree.check_moves({current.pk: target})
        before = tree.units[current.parent_id].code if current.parent_id else ""
        current.parent = above
        current.save(update_fields=["parent"])
        number(tree, placed(tree.siblings(target), current.pk, position))
        after = above.code if above else ""
        _record("unit_moved", current, by=by, now=now, before=before, after=after)


def reorder_unit(*, unit: Unit, step: int, by: Member, now: datetime) -> None:
    """Move the unit up (negative) or down among the units beside it."""
    with locked_tree(unit.structure, by=by) as tree:
        current = tree.unit(unit.pk)
        siblings = tree.siblings(current.parent_id)
        position = max(1, siblings.index(current.pk) + 1 + step)
        number(tree, placed(siblings, current.pk, position))
        _record("unit_reordered", current, by=by, now=now, position=position)


def number(tree: LockedTree, siblings: Iterable[int]) -> None:
    """Number ``siblings`` in this order; only rows that change are written."""
    changed = []
    for position, pk in enumerate(siblings):
        if tree.units[pk].position != position:
            tree.units[pk].position = position
            changed.append(tree.units[pk])
    Unit.objects.bulk_update(changed, ["position"], batch_size=500)


def create_units(
    structure: Structure,
    units: Iterable[FrameUnit],
    *,
    positions: Mapping[str, int],
    known: Mapping[str, Unit],
) -> dict[str, Unit]:
    """Write ``units``, a level at a time, beside those ``known``; return all of them by code."""
    made, waiting = dict(known), list(units)
    while waiting:
        ready = [unit for unit in waiting if unit.parent is None or unit.parent in made]
        rows = [
            Unit(
                structure=structure, code=unit.id, name=unit.name,
                position=positions.get(unit.id, 0),
                parent=made[unit.parent] if unit.parent else None,
            )
            for unit in ready
        ]  # fmt: skip
        made |= {unit.code: unit for unit in Unit.objects.bulk_create(rows, batch_size=500)}
        waiting = [unit for unit in waiting if unit.id not in made]
    return made


def _after(tree: LockedTree, siblings: list[int]) -> int:
    return tree.units[siblings[-1]].position + 1 if siblings else 0


def _record(action: str, unit: Unit, *, by: Member, now: datetime, **details: object) -> None:
    structure = unit.structure
    record(
        action, by=by, now=now, agency=structure.agency.slug,
        object_type="unit", object_id=unit.code, year=structure.year, **details,
    )  # fmt: skip
