"""All that the page of one cycle shows, and the lists on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cermin.core.errors import UserError
from cermin.core.scheme import Method, MinimumRule
from cermin.instruments.load import load
from cermin.language import active, in_words
from cermin.web.cycles.models import Crossing, Cycle, Extension, Minimum, PhaseKind, State
from cermin.web.cycles.parts import parts
from cermin.web.cycles.presenters.timeline import Step, badge, steps
from cermin.web.cycles.presenters.words import deadline_words, zone_words
from cermin.web.cycles.queries.cycles import (
    extensions_of,
    lacking_of,
    set_up_of,
    spans_of,
    undecided_of,
)
from cermin.web.cycles.queries.home import blocked_words
from cermin.web.cycles.queries.instruments import method_called
from cermin.web.cycles.queries.population import (
    UnitPopulation,
    cells_of,
    structure_of,
    unit_populations,
)
from cermin.web.cycles.rules.calendars import check_can_unfollow
from cermin.web.cycles.rules.permissions import (
    check_can_change_set_up,
    check_can_create_cycle,
    check_can_delete_draft,
    check_can_move,
    check_can_open,
    check_can_schedule,
    check_has_own_dates,
    check_phase_may_move,
)
from cermin.web.cycles.rules.set_up import SetUp, minimum_of, unit_minimum_of
from cermin.web.organisations.rules import Member, permits


@dataclass(frozen=True)
class Calculation:
    """One way to set the minimum, with its number for this roster."""

    label: str
    minimum: int | None
    chosen: bool


@dataclass(frozen=True)
class UnitRow:
    """A unit with its people and its minimum."""

    population: UnitPopulation
    minimum: int | None


@dataclass(frozen=True)
class ExtensionRow:
    """One extension in words."""

    phase: str
    old: str
    new: str
    reason: str
    by_name: str
    at: datetime


def calculations(chosen: SetUp, method: Method, population: int) -> list[Calculation]:
    """Return every rule of the minimum side by side, with its number for this roster."""
    return [
        Calculation(
            label=str(rule.label),
            minimum=minimum_of(method, replace(chosen.minimum, rule=MinimumRule(rule)), population),
            chosen=rule.value == chosen.minimum.rule,
        )
        for rule in Minimum
    ]


def unit_rows(cycle: Cycle, method: Method, populations: Sequence[UnitPopulation]) -> list[UnitRow]:
    """Return the units with their minimum: as frozen, or as it would be now."""
    if cycle.frozen is not None:
        kept = cycle.frozen["minimum"]["units"]
        return [UnitRow(one, kept.get(one.code)) for one in populations]
    choice = set_up_of(cycle).unit_minimum
    return [
        UnitRow(one, unit_minimum_of(method, choice, one.total) if one.total else None)
        for one in populations
    ]


def extension_rows(extensions: Sequence[Extension], zone: str) -> list[ExtensionRow]:
    """Return the extensions in words."""
    return [
        ExtensionRow(
            phase=str(PhaseKind(one.phase.kind).label),
            old=deadline_words(one.old_closes_at, zone),
            new=deadline_words(one.new_closes_at, zone),
            reason=one.reason,
            by_name=one.by_name,
            at=one.at,
        )
        for one in extensions
    ]


@dataclass(frozen=True)
class Permitted:
    """What the rules let this member do with a cycle now; the page shows no other button."""

    edit: bool
    schedule: bool
    unschedule: bool
    open: bool
    decide: bool
    publish: bool
    archive: bool
    delete: bool
    copy: bool
    unfollow: bool
    extend: list[tuple[str, str]]  # kinds of phases, with their labels


@dataclass(frozen=True)
class CyclePage:
    """All that the page of one cycle shows."""

    cycle: Cycle
    state: str
    badge: str
    steps: list[Step]
    lacking: list[str]
    blocked: str
    population: int
    minimum: int | None
    minimum_rule: str
    units: list[UnitRow]
    extensions: list[ExtensionRow]
    method: Method
    method_title: str
    method_years: str
    covers_year: bool
    instruments: list[tuple[str, str]]  # ids and titles of questionnaires and worksheet
    crossing: str
    zone: str
    may: Permitted
    panels: list[str]  # HTML of the apps above


def cycle_page(cycle: Cycle, member: Member, now: datetime) -> CyclePage:
    """Return the page of ``cycle`` as ``member`` sees it."""
    method = method_called(cycle.method)
    structure = structure_of(cycle)
    populations = unit_populations(structure, cells_of(cycle, structure))
    total = sum(one.own for one in populations)
    lacking = [] if cycle.is_opened else lacking_of(cycle)
    return CyclePage(
        cycle=cycle,
        state=str(State(cycle.state).label),
        badge=badge(cycle),
        steps=steps(cycle, now),
        lacking=[in_words(problem) for problem in lacking],
        blocked=blocked_words(cycle),
        population=total,
        minimum=_agency_minimum(cycle, method, total),
        minimum_rule=str(Minimum(cycle.minimum_rule).label),
        units=unit_rows(cycle, method, populations),
        extensions=extension_rows(extensions_of(cycle), cycle.agency.time_zone),
        method=method,
        method_title=method.title.in_language(active()),
        method_years=", ".join(str(year) for year in method.years),
        covers_year=cycle.year in method.years,
        instruments=_instruments(cycle, method),
        crossing=str(Crossing(cycle.crossing).label),
        zone=zone_words(cycle.agency.time_zone),
        may=permitted(cycle, member, lacking, now),
        panels=[part.panel(cycle, member, now) for part in parts()],
    )


def permitted(
    cycle: Cycle, member: Member, lacking: Sequence[UserError], now: datetime
) -> Permitted:
    """Return which buttons the rules allow."""
    spans, survey = spans_of(cycle), spans_of(cycle).get(PhaseKind.SURVEY)
    owner = permits(check_can_create_cycle, member, cycle.agency)
    extend = [
        (str(kind), str(kind.label))
        for kind in spans
        if owner
        and permits(check_has_own_dates, cycle)
        and permits(check_phase_may_move, cycle, kind, spans, now)
    ]

    def may_become(state: State) -> bool:
        return permits(check_can_move, member, cycle, state)

    return Permitted(
        edit=permits(check_can_change_set_up, member, cycle),
        schedule=permits(check_can_schedule, member, cycle, lacking),
        unschedule=may_become(State.DRAFT),
        open=permits(check_can_open, member, cycle, lacking, survey, now),
        decide=may_become(State.DECIDED) and not undecided_of(cycle),
        publish=may_become(State.PUBLISHED),
        archive=may_become(State.ARCHIVED),
        delete=permits(check_can_delete_draft, member, cycle),
        copy=owner,
        unfollow=permits(check_can_unfollow, member, cycle),
        extend=extend,
    )


def _agency_minimum(cycle: Cycle, method: Method, population: int) -> int | None:
    if cycle.frozen is not None:
        kept: int | None = cycle.frozen["minimum"]["agency"]
        return kept
    return minimum_of(method, set_up_of(cycle).minimum, population)


def _instruments(cycle: Cycle, method: Method) -> list[tuple[str, str]]:
    ids = [method.questionnaire, *cycle.sections, *([cycle.worksheet] if cycle.worksheet else [])]
    return [(one, load(one).title.in_language(active())) for one in ids]
