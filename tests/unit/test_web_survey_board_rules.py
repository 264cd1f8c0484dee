"""Pace, projection and standing of the participation board: truth tables by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.survey.rules.board import (
    Forecast,
    Mark,
    Pace,
    Standing,
    board_sight,
    check_can_see_board,
    forecast_of,
    groups_of_units,
    needed_per_day,
    pace_of,
    percent_of,
    standing_of,
    working_days,
)

THU = date(2026, 10, 1)  # the survey opens


def marks(**drawn: int) -> list[Mark]:
    """Return marks of days of October, written d2=7."""
    return [Mark(date(2026, 10, int(day[1:])), n) for day, n in drawn.items()]


@pytest.mark.parametrize(
    ("after", "until", "n"),
    [
        (date(2026, 9, 30), THU, 1),
        (THU, THU, 0),
        (THU, date(2026, 9, 1), 0),
        (date(2026, 10, 2), date(2026, 10, 4), 0),  # a weekend
        (date(2026, 10, 2), date(2026, 10, 5), 1),
        (THU, date(2026, 10, 15), 10),
    ],
)
def test_working_days(after: date, until: date, n: int) -> None:
    assert working_days(after, until) == n


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ({}, None),
        ({"d1": 6}, Pace(6, 6, 6)),
        ({"d1": 6, "d2": 8}, Pace(4, 2, 6)),
        ({"d1": 0, "d2": 0}, Pace(0, 0, 0)),
        # Of the fourth day the first is forgotten; Monday has what came on Saturday and Sunday.
        ({"d1": 60, "d2": 62, "d3": 65, "d4": 66, "d5": 68, "d6": 69}, Pace(3, 1, 6)),
        # Nobody counted on Friday and Monday: three working days share the difference.
        ({"d1": 60, "d6": 69}, Pace(3, 3, 3)),
        ({"d2": 10}, Pace(5, 5, 5)),  # nobody counted on the first day
        ({"d3": 5, "d4": 9}, None),  # a weekend alone says nothing of working days
    ],
)
def test_pace(counted: dict[str, int], expected: Pace | None) -> None:
    assert pace_of(marks(**counted), THU) == expected


def test_pace_looks_back_three_working_days_however_many_were_counted() -> None:
    days = [Mark(THU + timedelta(n), n * n) for n in range(14)]
    pace = pace_of(days, THU)
    window = [one for one in days if one.day.weekday() < 5][-4:]
    assert pace is not None
    assert pace.mean == (window[-1].drawn - window[0].drawn) / 3


@pytest.mark.parametrize(
    ("pace", "drawn", "expected"),
    [
        (None, 30, None),
        (Pace(5, 3, 8), 30, Forecast(75, 57, 100)),  # 9 working days after the 2nd, capped
        (Pace(0, 0, 0), 30, Forecast(30, 30, 30)),
        (Pace(0, 0, 0), 41, Forecast(41, 41, 41)),  # never below what is drawn already
        (Pace(2.4, 2.4, 2.4), 30, Forecast(51, 51, 51)),  # 51.6: rounded down
    ],
)
def test_forecast(pace: Pace | None, drawn: int, expected: Forecast | None) -> None:
    last = Mark(date(2026, 10, 2), 30)
    found = forecast_of(pace, last, drawn=drawn, invited=100, last_day=date(2026, 10, 15))
    assert found == expected


@pytest.mark.parametrize(
    ("lacking", "today", "expected"),
    [
        (0, THU, None),
        (22, THU, 2),  # 11 working days, today included
        (3, date(2026, 10, 15), 3),
        (3, date(2026, 10, 18), 3),  # no working day is left: all of them at once
    ],
)
def test_needed_per_day(lacking: int, today: date, expected: float | None) -> None:
    assert needed_per_day(lacking, today, date(2026, 10, 15)) == expected


FAR, NEAR = Forecast(70, 60, 80), Forecast(40, 30, 50)


@pytest.mark.parametrize(
    ("drawn", "minimum", "forecast", "over", "expected"),
    [
        (100, 50, None, False, Standing.DONE),
        (100, None, None, True, Standing.DONE),
        (20, None, FAR, False, Standing.NO_MINIMUM),
        (50, 50, NEAR, False, Standing.MET),
        (50, 50, None, True, Standing.MET),
        (49, 50, None, True, Standing.MISSED),
        (49, 50, None, False, Standing.UNSURE),
        (20, 50, NEAR, False, Standing.RISK),
        (20, 50, FAR, False, Standing.ON_WAY),
    ],
)
def test_standing(
    drawn: int, minimum: int | None, forecast: Forecast | None, over: bool, expected: Standing
) -> None:
    found = standing_of(drawn=drawn, invited=100, minimum=minimum, forecast=forecast, over=over)
    assert found is expected


@pytest.mark.parametrize(
    ("drawn", "invited", "percent"),
    [
        (0, 0, 0.0), (1, 3, 33.3), (2, 3, 66.7), (2647, 5883, 45.0), (1, 8, 12.5), (1, 80, 1.3),
        (9999, 10000, 99.9), (7, 7, 100.0),
    ],
)  # fmt: skip
def test_percent_is_rounded_half_up_and_100_means_all(
    drawn: int, invited: int, percent: float
) -> None:
    assert percent_of(drawn, invited) == percent


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_which_groups(role: Role) -> None:
    agency, other = Agency(pk=1), Agency(pk=2)
    units = frozenset({"dinkes"}) if role is Role.CONTACT else frozenset()
    member = Member(
        id="1", name="Ani", page="/", agency_id=1, roles=frozenset({role}), unit_codes=units
    )
    assert permits(check_can_see_board, member, agency) is (role is not Role.EVALUATOR)
    with pytest.raises(Forbidden):
        check_can_see_board(member, other)
    whole = role in {Role.OWNER, Role.HEAD, Role.ANALYST}
    assert board_sight(member) == (None if whole else units)


def test_groups_follow_the_merging_of_the_ballot_classes() -> None:
    parents = {"a": None, "a1": "a", "a2": "a", "b": None, "c": None}
    sizes = {"a": 3, "a1": 12, "a2": 8, "b": 30, "c": 4}
    # a2 joins a; c has nobody above it, and alone it is too small, so the smallest joins it: a.
    small = "unit-kecil"
    expected = {"a": small, "a2": small, "c": small, "a1": "a1", "b": "b"}
    assert groups_of_units(sizes, parents, threshold=10) == expected
