"""How many people the roster counts in each unit, now or when the cycle opened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Employee, Structure, Unit
from cermin.web.organisations.queries import units_in_order


@dataclass(frozen=True)
class Cell:
    """People of one unit itself, of one type of employment and one sex."""

    unit_code: str
    employment: str
    sex: str
    n: int


@dataclass(frozen=True)
class UnitPopulation:
    """A unit in the order of the tree; ``total`` includes the units below it."""

    code: str
    name: str
    depth: int
    own: int
    total: int
    employment: dict[str, int]  # of ``total``


def structure_of(cycle: Cycle) -> Structure | None:
    """Return the tree of the cycle: the frozen one, or that of its year so far."""
    if cycle.structure is not None:
        return cycle.structure
    return Structure.objects.filter(agency_id=cycle.agency_id, year=cycle.year).first()


def cells_of(cycle: Cycle, structure: Structure | None) -> list[Cell]:
    """Return the counts: kept since opening, or of the roster as it is; one query."""
    if cycle.is_opened:
        kept = cycle.population.values_list("unit_code", "employment", "sex", "n")
        return [Cell(*row) for row in kept.order_by("unit_code", "employment", "sex")]
    return [] if structure is None else roster_cells(structure)


def roster_cells(structure: Structure) -> list[Cell]:
    """Return the counts of the roster as it is in this tree; one query."""
    counted = (
        Employee.objects.filter(agency_id=structure.agency_id, unit__structure=structure)
        .values_list("unit__code", "employment", "sex")
        .annotate(n=Count("id"))
        .order_by("unit__code", "employment", "sex")
    )
    return [Cell(*row) for row in counted]


def unit_populations(structure: Structure | None, cells: Sequence[Cell]) -> list[UnitPopulation]:
    """Return all units depth first with their people; two queries at most."""
    if structure is None:
        return []
    units = units_in_order(structure)
    own: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        own[cell.unit_code][cell.employment] += cell.n
    below = _totals(units, own)
    return [
        UnitPopulation(
            code=unit.code,
            name=unit.name,
            depth=unit.tree_depth,
            own=own[unit.code].total() if unit.code in own else 0,
            total=below[unit.pk].total(),
            employment=dict(below[unit.pk]),
        )
        for unit in units
    ]


def _totals(units: Sequence[Unit], own: dict[str, Counter[str]]) -> dict[int, Counter[str]]:
    totals = {unit.pk: Counter(own.get(unit.code, {})) for unit in units}
    for unit in reversed(units):  # children come after their parent
        if unit.parent_id in totals:
            totals[unit.parent_id].update(totals[unit.pk])
    return totals
