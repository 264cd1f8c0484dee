"""Participation against the minimum: pace, projection, and which groups are at risk.

All of it rests on ballots drawn, never on answers, and on groups of at least the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Member, check_role
from cermin.web.survey.rules.classes import Cell, merged_classes

PACE_DAYS = 3  # working days over which the pace is measured
WHOLE_BOARD = (Role.OWNER, Role.HEAD, Role.ANALYST)
_DAY = timedelta(days=1)
_SATURDAY = 5


class Standing(StrEnum):
    """How a group stands to its minimum, the most pressing first."""

    RISK = "risk"  # at this pace it misses the minimum
    MISSED = "missed"  # the survey is over
    UNSURE = "unsure"  # no full working day has been counted yet
    ON_WAY = "on_way"
    NO_MINIMUM = "no_minimum"
    MET = "met"
    DONE = "done"  # everybody's ballot is drawn


@dataclass(frozen=True)
class Mark:
    """Ballots drawn by the end of a day."""

    day: date
    drawn: int


@dataclass(frozen=True)
class Pace:
    """Ballots per working day: on average, and on the slowest and the fastest of these days."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Ballots drawn when the survey ends, if each day is like the average, slowest or fastest."""

    mean: int
    low: int
    high: int


def check_can_see_board(by: Member, agency: Agency) -> None:
    """Everybody who watches participation; the evaluators judge evidence only."""
    check_role(by, agency, *WHOLE_BOARD, Role.CONTACT)


def board_sight(by: Member) -> frozenset[str] | None:
    """Return the units whose groups, with those below, the member sees; None is all."""
    return None if by.has(*WHOLE_BOARD) else by.unit_codes


def groups_of_units(
    sizes: Mapping[str, int], parents: Mapping[str, str | None], *, threshold: int
) -> dict[str, str]:
    """Return the group of every unit that has people, as the ballot classes were made.

    Strata are merged before units, so which units share a group depends on their sizes alone.
    """
    cells = {Cell(unit, ()): n for unit, n in sizes.items()}
    merged = merged_classes(cells, parents, threshold=threshold)
    return {cell.unit: group.unit for cell, group in merged.items()}


def working_days(after: date, until: date) -> int:
    """Return the days from Monday to Friday after ``after`` up to and with ``until``."""
    n = max((until - after).days, 0)
    return sum((after + day * _DAY).weekday() < _SATURDAY for day in range(1, n + 1))


def pace_of(marks: Sequence[Mark], opened_on: date) -> Pace | None:
    """Return the pace over the last working days that were counted; None before the first.

    What is drawn on a weekend counts for the Monday after it. A day on which nothing was counted
    is bridged, not filled in: the days around it share the difference.
    """
    counted = [mark for mark in marks if mark.day.weekday() < _SATURDAY]
    spans: list[tuple[int, int]] = []  # ballots and working days
    for earlier, later in reversed(list(pairwise([start_of(opened_on), *counted]))):
        spans.append((later.drawn - earlier.drawn, working_days(earlier.day, later.day)))
        if sum(days for _drawn, days in spans) >= PACE_DAYS:
            break
    if not spans:
        return None
    rates = [drawn / days for drawn, days in spans]
    total = sum(drawn for drawn, _days in spans)
    return Pace(total / sum(days for _drawn, days in spans), min(rates), max(rates))


def start_of(opened_on: date) -> Mark:
    """Return the mark before the survey opened: nobody has drawn."""
    return Mark(opened_on - _DAY, 0)


def forecast_of(
    pace: Pace | None, last: Mark, *, drawn: int, invited: int, last_day: date
) -> Forecast | None:
    """Return ``last`` carried on to the end in a straight line, within what is possible."""
    if pace is None:
        return None
    days = working_days(last.day, last_day)

    def carried(rate: float) -> int:
        return min(max(math.floor(last.drawn + rate * days), drawn), invited)

    return Forecast(carried(pace.mean), carried(pace.low), carried(pace.high))


def needed_per_day(lacking: int, today: date, last_day: date) -> float | None:
    """Return how many ballots each working day from today on must bring; None when none must."""
    if lacking <= 0:
        return None
    return lacking / max(working_days(today - _DAY, last_day), 1)


def standing_of(
    *, drawn: int, invited: int, minimum: int | None, forecast: Forecast | None, over: bool = False
) -> Standing:
    """Return how a group stands to its minimum."""
    if drawn >= invited:
        return Standing.DONE
    if minimum is None:
        return Standing.NO_MINIMUM
    if drawn >= minimum:
        return Standing.MET
    if over:
        return Standing.MISSED
    if forecast is None:
        return Standing.UNSURE
    return Standing.RISK if forecast.mean < minimum else Standing.ON_WAY


def percent_of(drawn: int, invited: int) -> float:
    """Return the share in percent with one decimal, rounded half up; 100 only when all have drawn.

    As reports round, so that a year has one response rate on all its pages.
    """
    if not invited:
        return 0.0
    tenths = (2000 * drawn + invited) // (2 * invited)
    return (tenths if drawn >= invited else min(tenths, 999)) / 10
