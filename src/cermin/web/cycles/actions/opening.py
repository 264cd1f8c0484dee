"""What is kept for ever when the survey opens: no later change of the house alters the cycle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cermin import __version__
from cermin.core.scheme import Method
from cermin.web.cycles.models import Cycle, PopulationCount
from cermin.web.cycles.queries.cycles import set_up_of, spans_of
from cermin.web.cycles.queries.instruments import method_called, reference
from cermin.web.cycles.queries.population import (
    Cell,
    UnitPopulation,
    roster_cells,
    unit_populations,
)
from cermin.web.cycles.rules.set_up import SetUp, minimum_of, unit_minimum_of
from cermin.web.organisations.models import Structure


def freeze(cycle: Cycle, now: datetime) -> dict[str, Any]:
    """Freeze the tree, count the roster and set ``cycle`` to cite all that it rests on.

    The caller saves ``cycle``; the rules have made sure that there are units and people.
    """
    structure = Structure.objects.select_for_update().get(
        agency_id=cycle.agency_id, year=cycle.year
    )
    if not structure.is_frozen:
        structure.frozen_at = now
        structure.save(update_fields=["frozen_at"])
    cells = roster_cells(structure)
    PopulationCount.objects.bulk_create(
        PopulationCount(
            cycle=cycle, unit_code=one.unit_code, employment=one.employment, sex=one.sex, n=one.n
        )
        for one in cells
    )
    cycle.structure, cycle.opened_at = structure, now
    cycle.frozen = _cited(cycle, structure, cells, now)
    return cycle.frozen


def _cited(
    cycle: Cycle, structure: Structure, cells: Sequence[Cell], now: datetime
) -> dict[str, Any]:
    chosen, method = set_up_of(cycle), method_called(cycle.method)
    worksheet = reference(cycle.worksheet) if cycle.worksheet else None
    return {
        "method": reference(method.id),
        "method_covers_year": cycle.year in method.years,
        "value_set": reference(method.value_set),
        "questionnaires": [reference(one) for one in (method.questionnaire, *chosen.sections)],
        "worksheet": worksheet,
        "threshold": cycle.threshold,
        "crossing": cycle.crossing,
        "population": sum(cell.n for cell in cells),
        "minimum": _minima(chosen, method, cells, unit_populations(structure, cells)),
        "time_zone": cycle.agency.time_zone,
        "dates": {
            str(kind): [_moment(span.opens_at), _moment(span.closes_at)]
            for kind, span in spans_of(cycle).items()
        },
        "opened_at": _moment(now),
        "software": __version__,
    }


def _minima(
    chosen: SetUp, method: Method, cells: Sequence[Cell], units: Sequence[UnitPopulation]
) -> dict[str, Any]:
    agency = minimum_of(method, chosen.minimum, sum(cell.n for cell in cells))
    by_unit = {
        unit.code: unit_minimum_of(method, chosen.unit_minimum, unit.total)
        for unit in units
        if unit.total > 0
    }
    return {
        "rule": str(chosen.minimum.rule),
        "margin": chosen.minimum.margin,
        "agency": agency,
        "unit_rule": str(chosen.unit_minimum.rule),
        "units": {code: minimum for code, minimum in by_unit.items() if minimum is not None},
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
