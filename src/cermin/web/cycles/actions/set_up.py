"""Making a cycle and choosing how it will be done, until the survey opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from cermin.core.errors import UserError
from cermin.core.scheme import Method, MinimumRule
from cermin.language import N_
from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import Cycle, Phase, PhaseKind, State
from cermin.web.cycles.queries import instruments
from cermin.web.cycles.queries.calendars import plan_of_calendar
from cermin.web.cycles.queries.cycles import lacking_of, set_up_of
from cermin.web.cycles.rules.dates import (
    Plan,
    Span,
    Spans,
    kinds_of,
    later_by_years,
    restricted,
    span_of,
)
from cermin.web.cycles.rules.permissions import (
    check_can_change_set_up,
    check_can_create_cycle,
    check_can_delete_draft,
)
from cermin.web.cycles.rules.set_up import (
    MinimumChoice,
    SetUp,
    check_set_up,
    lowest_threshold,
)
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member

USUAL_MARGIN = 0.05
FIRST_YEAR, LAST_YEAR = 2022, 2100


def create_cycle(*, agency: Agency, year: int, name: str, by: Member, now: datetime) -> Cycle:
    """Begin a draft with the method in force in ``year`` and what that method usually asks."""
    check_can_create_cycle(by, agency)
    chosen = usual_set_up(instruments.suggested_method(year), name)
    with transaction.atomic():
        cycle = _new_draft(agency, year, chosen, now)
        record_cycle("cycle_created", cycle, by=by, now=now, method=cycle.method)
    return cycle


def copy_set_up(*, source: Cycle, year: int, by: Member, now: datetime) -> Cycle:
    """Begin a draft for ``year`` like ``source``: the same dates of the new year, its method.

    Dates of a shared calendar are copied as the agency's own.
    """
    check_can_create_cycle(by, source.agency)
    chosen = _for_year(set_up_of(source), source, year)
    with transaction.atomic():
        cycle = _new_draft(source.agency, year, chosen, now)
        record_cycle("cycle_copied", cycle, by=by, now=now, source_year=source.year)
    return cycle


def change_set_up(*, cycle: Cycle, chosen: SetUp, by: Member, now: datetime) -> None:
    """Write new choices; what is scheduled must stay complete, a calendar's dates stay its own."""
    method = instruments.method_called(chosen.method)
    with transaction.atomic():
        row = locked(cycle)
        check_can_change_set_up(by, row)
        before = set_up_of(row)
        plan = plan_of_calendar(row.calendar) if row.calendar else chosen.plan
        kinds = kinds_of(worksheet=bool(chosen.worksheet))
        chosen = replace(chosen, plan=restricted(plan, kinds))
        _check(chosen, method, row.year)
        _write(row, chosen)
        if row.state == State.SCHEDULED:
            _check_still_complete(row)
        changes = changed_fields(before, chosen)
        if changes:
            record_cycle("cycle_set_up_changed", row, by=by, now=now, changed=changes)


def delete_draft(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Remove a draft; nothing depends on it yet."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_delete_draft(by, row)
        record_cycle("cycle_deleted", row, by=by, now=now, name=row.name)
        row.delete()


def usual_set_up(method: Method, name: str) -> SetUp:
    """Return what a method asks for when nobody has chosen anything else."""
    rule, parameter = method.minimum_rule, method.minimum_parameter
    entered = int(parameter) if rule is MinimumRule.ENTERED and parameter else None
    margin = USUAL_MARGIN if rule is MinimumRule.ENTERED or not parameter else parameter
    return SetUp(
        name=name,
        method=method.id,
        worksheet=method.worksheet or "",
        sections=(),
        minimum=MinimumChoice(rule, margin, entered),
        unit_minimum=MinimumChoice(MinimumRule.NONE, margin, None),
        threshold=lowest_threshold(method),
        crossing="",
        plan={},
    )


def write_dates(cycle: Cycle, spans: Spans) -> None:
    """Make the phases of ``cycle`` exactly these, keeping rows that extensions refer to."""
    cycle.phases.exclude(kind__in=spans).delete()
    for kind, span in spans.items():
        Phase.objects.update_or_create(
            cycle=cycle,
            kind=kind,
            defaults={"opens_at": span.opens_at, "closes_at": span.closes_at},
        )


def spans_in(plan: Plan, zone: str) -> dict[PhaseKind, Span]:
    """Return the moments of a plan in ``zone``."""
    return {kind: span_of(days, zone) for kind, days in plan.items()}


def changed_fields(before: SetUp, after: SetUp) -> dict[str, Any]:
    """Return the old and the new of every choice that differs, as plain values."""
    old, new = _plain(before), _plain(after)
    return {field: [old[field], new[field]] for field in new if old[field] != new[field]}


def _plain(chosen: SetUp) -> dict[str, Any]:
    def minimum(choice: MinimumChoice) -> list[Any]:
        return [str(choice.rule), choice.margin, choice.entered]

    dates = {str(k): [str(d.first), str(d.last)] for k, d in chosen.plan.items()}
    return {
        "name": chosen.name,
        "method": chosen.method,
        "worksheet": chosen.worksheet,
        "sections": list(chosen.sections),
        "minimum": minimum(chosen.minimum),
        "unit_minimum": minimum(chosen.unit_minimum),
        "threshold": chosen.threshold,
        "crossing": chosen.crossing,
        "dates": dates,
    }


def _for_year(chosen: SetUp, source: Cycle, year: int) -> SetUp:
    method = instruments.suggested_method(year)
    if method.id != chosen.method:
        chosen = replace(chosen, method=method.id, worksheet=method.worksheet or "")
    plan = later_by_years(chosen.plan, year - source.year)
    return replace(
        chosen,
        name=chosen.name.replace(str(source.year), str(year)),
        threshold=max(chosen.threshold, lowest_threshold(method)),
        plan=restricted(plan, kinds_of(worksheet=bool(chosen.worksheet))),
    )


def _new_draft(agency: Agency, year: int, chosen: SetUp, now: datetime) -> Cycle:
    # Two people, one year: the second waits and is told.
    holder = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UserError(
            N_("Isi tahun dari {first} sampai {last}."),
            first=str(FIRST_YEAR), last=str(LAST_YEAR),
        )  # fmt: skip
    if Cycle.objects.filter(agency=holder, year=year).exists():
        raise UserError(N_("Periode tahun {year} sudah ada."), year=str(year))
    _check(chosen, instruments.method_called(chosen.method), year)
    cycle = Cycle(agency=agency, year=year, created_at=now)
    _write(cycle, chosen)
    return cycle


def _check(chosen: SetUp, method: Method, year: int) -> None:
    worksheets = {one.id for one in instruments.worksheets_of(method)}
    sections = {one.id for one in instruments.sections()}
    check_set_up(chosen, method, year, worksheets, sections)


def _write(cycle: Cycle, chosen: SetUp) -> None:
    minimum, unit_minimum = chosen.minimum, chosen.unit_minimum
    cycle.name = chosen.name.strip()
    cycle.method, cycle.worksheet = chosen.method, chosen.worksheet
    cycle.sections = list(chosen.sections)
    cycle.minimum_rule, cycle.minimum_entered = minimum.rule, _number_under(minimum)
    cycle.minimum_margin = Decimal(str(round(minimum.margin, 3)))
    cycle.unit_minimum_rule = unit_minimum.rule
    cycle.unit_minimum_entered = _number_under(unit_minimum)
    cycle.threshold, cycle.crossing = chosen.threshold, chosen.crossing
    cycle.save()
    write_dates(cycle, spans_in(chosen.plan, cycle.agency.time_zone))


def _number_under(choice: MinimumChoice) -> int | None:
    return choice.entered if choice.rule is MinimumRule.ENTERED else None


def _check_still_complete(cycle: Cycle) -> None:
    problems = lacking_of(cycle)
    if problems:
        raise problems[0]
