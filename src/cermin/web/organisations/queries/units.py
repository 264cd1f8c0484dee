"""Reads of one year's tree: people, contacts, what a change would touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from cermin.web.organisations.models import (
    Agency,
    Employee,
    Membership,
    Role,
    Structure,
    Succession,
    Unit,
)
from cermin.web.organisations.rules.units import Headcount, headcounts


def unit_counts(structure: Structure) -> Mapping[int, Headcount]:
    """Return by id of the unit its own people and those with all units below; one query.

    People belong to the newest tree: older trees have none.
    """
    rows = Unit.objects.filter(structure=structure).order_by()
    counted = list(rows.annotate(n=Count("employees")).values_list("pk", "parent_id", "n"))
    return headcounts({pk: parent for pk, parent, _n in counted}, {pk: n for pk, _p, n in counted})


def people_by_code(structure: Structure) -> Mapping[str, int]:
    """Return by code of the unit its own people."""
    units = Unit.objects.filter(structure=structure).order_by()
    return dict(units.annotate(n=Count("employees")).values_list("code", "n"))


def contacts_by_code(agency: Agency) -> Mapping[str, str]:
    """Return the names of the unit contacts by unit code."""
    names: dict[str, list[str]] = {}
    rows = Membership.objects.filter(agency=agency, role=Role.CONTACT).order_by("user__name", "pk")
    for code, name, email in rows.values_list("unit_code", "user__name", "user__email"):
        names.setdefault(code, []).append(name or email)
    return {code: ", ".join(found) for code, found in names.items()}


def paths_of(units: Iterable[Unit]) -> Mapping[int, str]:
    """Return by id the names above each unit, from the top; ``units`` parents first."""
    paths: dict[int, str] = {}
    names: dict[int, str] = {}
    for unit in units:
        above = unit.parent_id
        names[unit.pk] = unit.name
        known = [paths[above], names[above]] if above in paths else []
        paths[unit.pk] = " › ".join(text for text in known if text)
    return paths


@dataclass(frozen=True)
class Consequences:
    """What a merge or a closing would move, for the page that asks once more."""

    n_people: int
    n_children: int
    n_contacts: int
    kept_as_history: bool  # a unit of the year before: the mapping will name its successor


def consequences_of(units: Sequence[Unit]) -> Consequences:
    """Count what belongs to ``units``, all of one structure."""
    structure = units[0].structure
    ids, codes = [unit.pk for unit in units], [unit.code for unit in units]
    before = structure_before(structure)
    return Consequences(
        n_people=Employee.objects.filter(unit__in=ids).count(),
        n_children=Unit.objects.filter(parent__in=ids).exclude(pk__in=ids).count(),
        n_contacts=Membership.objects.filter(
            agency=structure.agency, role=Role.CONTACT, unit_code__in=codes
        ).count(),
        kept_as_history=before is not None
        and Unit.objects.filter(structure=before, code__in=codes).exists(),
    )


def structure_before(structure: Structure) -> Structure | None:
    """Return the tree of the year before, or of the last year that has one."""
    return Structure.objects.filter(agency=structure.agency_id, year__lt=structure.year).first()


@dataclass(frozen=True)
class UnitYear:
    """One unit in one year."""

    year: int
    name: str
    parent: str
    absorbed: str  # names of the units that became part of it in that year


def unit_history(agency: Agency, code: str) -> list[UnitYear]:
    """Return the years of a unit, newest first."""
    units = Unit.objects.filter(structure__agency=agency, code=code).order_by("-structure__year")
    merged = Succession.objects.filter(structure__agency=agency, to_code=code)
    absorbed: dict[int, list[str]] = {}
    for structure, name in merged.order_by("from_name").values_list("structure_id", "from_name"):
        absorbed.setdefault(structure, []).append(name)
    return [
        UnitYear(year, name, parent or "", ", ".join(absorbed.get(structure, [])))
        for structure, year, name, parent in units.values_list(
            "structure_id", "structure__year", "name", "parent__name"
        )
    ]


def codes_ever_used(agency: Agency) -> set[str]:
    """Return the codes of every year, so that a suggested one never revives another unit."""
    units = Unit.objects.filter(structure__agency=agency).order_by()
    return set(units.values_list("code", flat=True))
