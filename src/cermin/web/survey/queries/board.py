"""Ballots drawn per group of at least the threshold; never answers, never smaller groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.queries.cycles import set_up_of, spans_of
from cermin.web.cycles.queries.instruments import method_called
from cermin.web.cycles.rules.dates import days_of
from cermin.web.cycles.rules.set_up import unit_minimum_of
from cermin.web.organisations.models import Unit
from cermin.web.organisations.queries import units_in_order
from cermin.web.survey.models import DailyCount, Invitee, Survey, SurveyState, Turnout
from cermin.web.survey.rules.board import Mark, groups_of_units
from cermin.web.survey.rules.classes import SMALL_UNITS, SMALL_UNITS_NAME
from cermin.web.survey.rules.states import RUNNING


@dataclass(frozen=True)
class Group:
    """A group of people whose participation may be shown."""

    name: str
    invited: int
    drawn: int
    minimum: int | None
    marks: tuple[Mark, ...]  # ends of days before today


@dataclass(frozen=True)
class Board:
    """Participation of a survey in the groups that somebody may see."""

    survey: Survey
    groups: list[Group]
    opened_on: date
    last_day: date
    today: date
    over: bool
    merged_into: dict[str, str]  # names of small units in sight, to the names of their groups


def board_of(
    survey: Survey, cycle: Cycle, now: datetime, *, sight: Collection[str] | None = None
) -> Board:
    """Return the board; with ``sight`` only groups with people of these units or below them.

    Five queries, whatever the number of groups.
    """
    zone = cycle.agency.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    span = spans_of(cycle)[PhaseKind.SURVEY]
    days = days_of(span, zone)
    over = now >= span.closes_at or survey.state not in RUNNING
    assert cycle.structure is not None  # noqa: S101 - an opened cycle has its tree
    units = units_in_order(cycle.structure)
    grouped, sizes = _grouping(cycle, units)
    seen = _in_sight(units, sight)
    counted = _counted(survey, grouped, sizes)
    shown = sorted({grouped[unit] for unit in seen if unit in grouped} & counted.keys())
    marks = _marks(survey, today)
    names, minima = _names(units, grouped), _minima(cycle, units, grouped, counted)
    groups = [
        Group(names[code], *counted[code], minima[code], tuple(marks[code])) for code in shown
    ]
    own = {unit.code: unit.name for unit in units}
    merged = {
        own[unit]: names[grouped[unit]]
        for unit in (seen if sight is not None else ())
        if grouped.get(unit, unit) != unit
    }
    return Board(survey, groups, days.first, days.last, today, over, merged)


def drawn_by_group(survey: Survey) -> dict[str, int]:
    """Return the ballots drawn in every group; one query."""
    drawn = dict.fromkeys(survey.ballot_classes.values_list("unit_code", flat=True), 0)
    return drawn | _drawn(survey)


def _drawn(survey: Survey) -> dict[str, int]:
    counted = (
        Invitee.objects.filter(survey=survey, blinded_hash__isnull=False)
        .order_by()
        .values_list("ballot_class__unit_code")
        .annotate(n=Count("id"))
    )
    return dict(counted)


def _grouping(cycle: Cycle, units: list[Unit]) -> tuple[dict[str, str], dict[str, int]]:
    """Return the group of each unit with people, and the people of each unit."""
    rows = cycle.population.order_by().values_list("unit_code").annotate(people=Sum("n"))
    sizes = dict(rows)
    codes = {unit.pk: unit.code for unit in units}
    parents = {unit.code: codes.get(unit.parent_id or 0) for unit in units}
    return groups_of_units(sizes, parents, threshold=cycle.threshold), sizes


def _in_sight(units: list[Unit], sight: Collection[str] | None) -> list[str]:
    codes = {unit.pk: unit.code for unit in units}
    return [
        unit.code
        for unit in units
        if sight is None or any(codes[above] in sight for above in unit.tree_path)
    ]


def _counted(
    survey: Survey, grouped: Mapping[str, str], sizes: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """Return invited and drawn of each group: the ledger's, or what was kept at closing."""
    if survey.state == SurveyState.CLOSED:
        rows = Turnout.objects.filter(survey=survey)
        kept = rows.values_list("unit_code", "n_invited", "n_drawn")
        return {code: (invited, drawn) for code, invited, drawn in kept}
    invited: defaultdict[str, int] = defaultdict(int)
    for unit, group in grouped.items():
        invited[group] += sizes[unit]
    drawn = _drawn(survey)
    return {code: (n, drawn.get(code, 0)) for code, n in invited.items()}


def _marks(survey: Survey, today: date) -> defaultdict[str, list[Mark]]:
    marks: defaultdict[str, list[Mark]] = defaultdict(list)
    rows = DailyCount.objects.filter(survey=survey, day__lt=today).order_by("day")
    for code, day, drawn in rows.values_list("unit_code", "day", "drawn"):
        marks[code].append(Mark(day, drawn))
    return marks


def _names(units: list[Unit], grouped: Mapping[str, str]) -> dict[str, str]:
    names = {unit.code: unit.name for unit in units} | {SMALL_UNITS: _(SMALL_UNITS_NAME)}
    holding = {group for unit, group in grouped.items() if unit != group} - {SMALL_UNITS}
    with_small = _("{unit} (termasuk unit kecil di bawahnya)")
    return {
        code: with_small.format(unit=name) if code in holding else name
        for code, name in names.items()
    }


def _minima(
    cycle: Cycle, units: list[Unit], grouped: Mapping[str, str],
    counted: Mapping[str, tuple[int, int]],
) -> dict[str, int | None]:  # fmt: skip
    """Return the frozen minimum where a group is a whole unit; else that of the same rule."""
    frozen = (cycle.frozen or {})["minimum"]["units"]
    codes = {unit.pk: unit.code for unit in units}
    groups_below: defaultdict[str, set[str]] = defaultdict(set)
    for unit in units:
        if unit.code in grouped:
            for above in unit.tree_path:
                groups_below[codes[above]].add(grouped[unit.code])
    chosen, method = set_up_of(cycle), method_called(cycle.method)
    return {
        code: frozen.get(code)
        if groups_below[code] == {code}
        else unit_minimum_of(method, chosen.unit_minimum, invited)
        for code, (invited, _drawn) in counted.items()
    }
