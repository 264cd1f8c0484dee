"""Reads of the roster. People are found by blind index; their number is never searched in clear."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, QuerySet

from cermin.core.nip import NIP_LENGTH, mask, normalise
from cermin.intake.headings import fold
from cermin.web.organisations.models import (
    Agency,
    Employee,
    Employment,
    RosterUpload,
    Structure,
    UploadState,
)
from cermin.web.organisations.queries import latest_structure, units_in_order
from cermin.web.organisations.rules.roster import FINISHED
from cermin.web.sealing import blind_index, unseal


def person_index(agency_id: int, nip: str) -> bytes:
    """Return the blind index of an employee number of 18 digits."""
    return blind_index(str(agency_id), nip, folder=settings.KEY_FOLDER)


def unnumbered_index(agency_id: int, name: str, unit_code: str) -> bytes:
    """Return the blind index of a person without a number: told apart by name and unit."""
    return blind_index(str(agency_id), f"{fold(name)}\0{unit_code}", folder=settings.KEY_FOLDER)


def masked_nip(employee: Employee) -> str:
    """Return the number with all but the last digits hidden, "" for people without one."""
    if employee.nip_sealed is None:
        return ""
    return mask(unseal(bytes(employee.nip_sealed), folder=settings.KEY_FOLDER).decode())


@dataclass(frozen=True)
class PlacedUnit:
    """A unit of the newest tree, for lists and choices."""

    pk: int
    code: str
    name: str
    depth: int
    above: frozenset[str]  # codes of the unit itself and all units above it


def placed_units(structure: Structure | None) -> list[PlacedUnit]:
    """Return the tree depth first; one query."""
    if structure is None:
        return []
    units = units_in_order(structure)
    codes = {unit.pk: unit.code for unit in units}
    return [
        PlacedUnit(
            unit.pk, unit.code, unit.name, unit.tree_depth,
            frozenset(codes[pk] for pk in unit.tree_path if pk in codes),
        )
        for unit in units
    ]  # fmt: skip


def in_sight(units: Iterable[PlacedUnit], codes: Collection[str] | None) -> list[PlacedUnit]:
    """Return the units of ``codes`` and those below; None is the whole tree."""
    if codes is None:
        return list(units)
    return [unit for unit in units if not unit.above.isdisjoint(codes)]


def employees(
    agency: Agency,
    *,
    unit_codes: Collection[str] | None = None,
    employment: str = "",
) -> QuerySet[Employee]:
    """Return people by name; ``unit_codes`` None is all of the agency."""
    rows = Employee.objects.filter(agency=agency)
    if unit_codes is not None:
        rows = rows.filter(unit__code__in=unit_codes)
    if employment:
        rows = rows.filter(employment=employment)
    return rows.select_related("unit").order_by("name", "id")


def found(rows: QuerySet[Employee], agency: Agency, text: str) -> QuerySet[Employee]:
    """Narrow ``rows`` to one whole employee number, or to a part of the name."""
    digits = normalise(text)
    if len(digits) == NIP_LENGTH and digits.isdigit():
        return rows.filter(person_index=person_index(agency.pk, digits))
    return rows.filter(name__icontains=text.strip())


def employment_totals(rows: QuerySet[Employee]) -> dict[str, int]:
    """Return how many people each type of employment has, all types named."""
    counted = dict(rows.order_by().values_list("employment").annotate(n=Count("id")))
    return {str(label): counted.get(value, 0) for value, label in Employment.choices}


def uploads(agency: Agency) -> QuerySet[RosterUpload]:
    """Return the uploads of an agency, newest first."""
    return RosterUpload.objects.filter(agency=agency).order_by("-uploaded_at", "-id")


def unfinished_upload(agency: Agency) -> RosterUpload | None:
    """Return the upload that waits, is worked on, or is to be looked at."""
    return uploads(agency).exclude(state__in=FINISHED).first()


def is_newest(upload: RosterUpload) -> bool:
    """Whether no later upload could overtake this one."""
    later = uploads(upload.agency).filter(uploaded_at__gt=upload.uploaded_at)
    return not later.exclude(state__in=[UploadState.FAILED, UploadState.DISCARDED]).exists()


def newest_tree(agency: Agency) -> list[PlacedUnit]:
    """Return the units of the newest year, depth first."""
    return placed_units(latest_structure(agency))
