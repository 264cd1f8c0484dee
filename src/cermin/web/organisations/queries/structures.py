"""Reads across the years: which tree held when, and what became of each unit since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from cermin.web.organisations.models import Agency, Structure, Succession, Unit
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.queries.units import structure_before
from cermin.web.organisations.rules.structures import (
    Lineage,
    UnitChange,
    changes_between,
    compose,
    step,
)


def successors_in(structure: Structure) -> dict[str, str | None]:
    """Return what became of the units of the year before that this tree lacks."""
    rows = Succession.objects.filter(structure=structure).values_list("from_code", "to_code")
    return {code: to_code or None for code, to_code in rows}


def lineage(agency: Agency, from_year: int, to_year: int) -> Lineage:
    """Return what became in ``to_year`` of each unit of ``from_year``; None for closed ones.

    Empty when either year has no tree: there is nothing to compare.
    """
    if from_year > to_year:
        raise ValueError("lineage runs forward in time")
    structures = list(
        Structure.objects.filter(agency=agency, year__range=(from_year, to_year)).order_by("year")
    )
    if not structures or (structures[0].year, structures[-1].year) != (from_year, to_year):
        return {}
    codes = _codes_by_structure(structures)
    successors = _successors_by_structure(structures)
    became: dict[str, str | None] = {code: code for code in codes[structures[0].pk]}
    for before, now in pairwise(structures):
        became = compose(became, step(codes[before.pk], codes[now.pk], successors[now.pk]))
    return became


def _codes_by_structure(structures: Iterable[Structure]) -> Mapping[int, list[str]]:
    codes: dict[int, list[str]] = {structure.pk: [] for structure in structures}
    rows = Unit.objects.filter(structure__in=codes).order_by("code")
    for structure, code in rows.values_list("structure_id", "code"):
        codes[structure].append(code)
    return codes


def _successors_by_structure(structures: Iterable[Structure]) -> Mapping[int, Lineage]:
    successors: dict[int, dict[str, str | None]] = {structure.pk: {} for structure in structures}
    rows = Succession.objects.filter(structure__in=successors)
    for structure, code, to_code in rows.values_list("structure_id", "from_code", "to_code"):
        successors[structure][code] = to_code or None
    return successors


def changes_in(structure: Structure) -> tuple[Structure | None, list[UnitChange]]:
    """Return the structure before and what became of each unit since; none for the first year."""
    before = structure_before(structure)
    if before is None:
        return None, []
    rows = changes_between(frame_units(before), frame_units(structure), successors_in(structure))
    return before, rows
