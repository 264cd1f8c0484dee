"""Reads of one agency's cycles."""

from __future__ import annotations

from django.db.models import QuerySet

from cermin.core.errors import UserError
from cermin.core.scheme import MinimumRule
from cermin.web.cycles.models import Cycle, Extension, Phase, PhaseKind, State
from cermin.web.cycles.parts import parts
from cermin.web.cycles.queries.instruments import method_called
from cermin.web.cycles.queries.population import roster_cells, structure_of
from cermin.web.cycles.rules.dates import Span, kinds_of, plan_of
from cermin.web.cycles.rules.set_up import House, MinimumChoice, SetUp, lacking
from cermin.web.organisations.models import Agency, Structure, Unit

_AFTER = (State.PUBLISHED, State.ARCHIVED)


def cycles_of(agency: Agency) -> QuerySet[Cycle]:
    """Return the cycles of ``agency``, newest first, with their phases."""
    found = Cycle.objects.filter(agency=agency)
    return found.select_related("agency", "calendar__agency", "structure").prefetch_related(
        "phases"
    )


def current_cycle(agency: Agency) -> Cycle | None:
    """Return the cycle that is worked on: the earliest unpublished, else the newest of all."""
    cycles = list(cycles_of(agency))
    unpublished = [cycle for cycle in cycles if cycle.state not in _AFTER]
    if unpublished:
        return unpublished[-1]
    return cycles[0] if cycles else None


def spans_of(cycle: Cycle) -> dict[PhaseKind, Span]:
    """Return the moments of the phases, in the order of the year."""
    phases: dict[str, Phase] = {phase.kind: phase for phase in cycle.phases.all()}
    return {
        kind: Span(phases[kind].opens_at, phases[kind].closes_at)
        for kind in PhaseKind
        if kind in phases
    }


def extensions_of(cycle: Cycle) -> list[Extension]:
    """Return all extensions of a cycle's phases, oldest first."""
    return list(Extension.objects.filter(phase__cycle=cycle).select_related("phase"))


def set_up_of(cycle: Cycle) -> SetUp:
    """Return what was chosen for a cycle."""
    margin = float(cycle.minimum_margin)
    return SetUp(
        name=cycle.name,
        method=cycle.method,
        worksheet=cycle.worksheet,
        sections=tuple(cycle.sections),
        minimum=MinimumChoice(MinimumRule(cycle.minimum_rule), margin, cycle.minimum_entered),
        unit_minimum=MinimumChoice(
            MinimumRule(cycle.unit_minimum_rule), margin, cycle.unit_minimum_entered
        ),
        threshold=cycle.threshold,
        crossing=cycle.crossing,
        plan=plan_of(spans_of(cycle), cycle.agency.time_zone),
    )


def house_of(cycle: Cycle) -> House:
    """Return what stands in the house for the cycle's year; three queries."""
    structure = structure_of(cycle)
    return House(
        year=cycle.year,
        has_structure=structure is not None,
        n_units=_n_units(structure),
        n_people=0 if structure is None else sum(cell.n for cell in roster_cells(structure)),
    )


def lacking_of(cycle: Cycle) -> list[UserError]:
    """Return everything that must still be done before the cycle can be scheduled or opened."""
    chosen = set_up_of(cycle)
    kinds = kinds_of(worksheet=bool(cycle.worksheet))
    found = lacking(house_of(cycle), chosen, kinds, method_called(cycle.method))
    return found + [problem for part in parts() for problem in part.lacking(cycle)]


def undecided_of(cycle: Cycle) -> list[UserError]:
    """Return everything that must still be done before the result can be decided."""
    return [problem for part in parts() for problem in part.before_deciding(cycle)]


def _n_units(structure: Structure | None) -> int:
    return 0 if structure is None else Unit.objects.filter(structure=structure).count()
