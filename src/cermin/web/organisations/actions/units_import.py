"""Making the tree of the newest year as a confirmed file says: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.core.population import Unit as FrameUnit
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.organisations.actions.units import LockedTree, create_units, locked_tree
from cermin.web.organisations.actions.units_drafts import discard_unit_draft
from cermin.web.organisations.actions.units_ending import end_units
from cermin.web.organisations.models import Structure, Succession, Unit
from cermin.web.organisations.queries.units import people_by_code
from cermin.web.organisations.queries.units_drafts import DraftComparison, UnitDraft, compared
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.units_import import (
    Choices,
    Fate,
    fingerprint,
    planned_tree,
)


def import_units(
    *,
    structure: Structure,
    draft: UnitDraft,
    choices: Choices,
    seen: str,
    by: Member,
    now: datetime,
) -> None:
    """Apply a draft; ``seen`` is the fingerprint of the tree that the person was shown."""
    with locked_tree(structure, by=by) as tree:
        found = compared(draft, tree.structure)
        _check_draft(draft, found, tree.structure, seen)
        people = people_by_code(tree.structure)
        planned = planned_tree(found.current, found.wanted, choices, people)
        units = _write(tree, found, planned)
        _end_missing(tree, units, choices, now=now)
        changes = found.changes
        record(
            "units_imported", by=by, now=now, agency=tree.structure.agency.slug,
            object_type="structure", object_id=tree.structure.year, file=draft.file_name,
            n_added=len(changes.added), n_renamed=len(changes.renamed),
            n_moved=len(changes.moved),
            closed=[code for code, c in choices.items() if c.fate is Fate.CLOSE],
            merged={code: c.into for code, c in choices.items() if c.fate is Fate.MERGE},
        )  # fmt: skip
        agency = tree.structure.agency
        transaction.on_commit(lambda: discard_unit_draft(agency=agency, draft_id=draft.id, by=by))


def _check_draft(draft: UnitDraft, found: DraftComparison, structure: Structure, seen: str) -> None:
    if draft.problems or draft.year != structure.year or draft.agency_id != structure.agency.pk:
        raise UserError(N_("Berkas ini tidak dapat diterapkan. Perbaiki lalu unggah lagi."))
    if fingerprint(found.current) != seen:
        raise UserError(
            N_("Struktur unit berubah sejak pratinjau dibuat. Periksa lagi, lalu terapkan.")
        )


def _write(
    tree: LockedTree, found: DraftComparison, planned: Sequence[FrameUnit]
) -> Mapping[str, Unit]:
    added = [u.id for u in found.changes.added]
    Succession.objects.filter(structure=tree.structure, from_code__in=added).delete()
    places = _positions(found.current, planned)
    current = Unit.objects.filter(structure=tree.structure).order_by()
    units = create_units(
        tree.structure,
        found.changes.added,
        positions=places,
        known={unit.code: unit for unit in current},
    )
    changed = []
    for plan in planned:
        unit = units[plan.id]
        parent = units[plan.parent].pk if plan.parent else None
        wanted = (plan.name, parent, places.get(plan.id, unit.position))
        if (unit.name, unit.parent_id, unit.position) != wanted:
            unit.name, unit.parent_id, unit.position = wanted
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["name", "parent", "position"], batch_size=200)
    return units


def _positions(current: Sequence[FrameUnit], planned: Sequence[FrameUnit]) -> dict[str, int]:
    """Return new positions where the order among the units of one parent is not as before."""
    before, after = _siblings(current), _siblings(planned)
    return {
        code: position
        for parent, codes in after.items()
        if before.get(parent) != codes
        for position, code in enumerate(codes)
    }


def _siblings(units: Sequence[FrameUnit]) -> dict[str | None, list[str]]:
    siblings: dict[str | None, list[str]] = {}
    for unit in units:
        siblings.setdefault(unit.parent, []).append(unit.id)
    return siblings


def _end_missing(
    tree: LockedTree, units: Mapping[str, Unit], choices: Choices, *, now: datetime
) -> None:
    ends: dict[str | None, list[Unit]] = {}
    for code, choice in choices.items():
        if choice.fate is not Fate.KEEP:
            into = choice.into if choice.fate is Fate.MERGE else None
            ends.setdefault(into, []).append(units[code])
    # A unit is deleted with all below it: those that end together must not hang on each other.
    ending = [unit.pk for gone in ends.values() for unit in gone]
    Unit.objects.filter(pk__in=ending).update(parent=None)
    for target, gone in ends.items():
        end_units(tree, gone, units[target] if target else None, now=now)
