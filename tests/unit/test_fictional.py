"""The made-up agency: complete, plausible to the checks of a roster, and visibly made up."""

from collections import Counter

import numpy as np
import pytest

from cermin.core.disclosure import Respondents
from cermin.core.fictional import (
    AGENCY_NAME,
    FIRST_SERIAL,
    PEOPLE,
    FictionalEmployee,
    fictional_frame,
    fictional_kabupaten,
    fictional_people,
    fictional_roster,
)
from cermin.core.nip import Employment, Sex, parse_nip
from cermin.core.population import Frame
from cermin.core.publication import plan_agency


@pytest.fixture(scope="module")
def frame() -> Frame:
    return fictional_frame(year=2026, seed=1)


@pytest.fixture(scope="module")
def roster(frame: Frame) -> list[FictionalEmployee]:
    return fictional_roster(frame, seed=2)


def test_units_form_three_levels_with_parents_first() -> None:
    depth: dict[str | None, int] = {None: -1}
    for unit in fictional_kabupaten():
        assert unit.id not in depth
        depth[unit.id] = depth[unit.parent] + 1
    assert set(depth.values()) == {-1, 0, 1, 2}
    assert 40 <= len(depth) - 1 <= 60


def test_it_says_that_it_is_fictional() -> None:
    assert AGENCY_NAME.endswith("(fiktif)")


def test_people_add_up_and_some_units_are_very_small() -> None:
    own = fictional_people()
    assert own.sum() == PEOPLE
    assert ((own >= 3) & (own <= 9)).sum() >= 6


@pytest.mark.parametrize("people", [0, 57, 999, 12_345])
def test_other_sizes_keep_the_shares(people: int) -> None:
    own = fictional_people(people)
    assert own.sum() == people
    assert np.abs(own - fictional_people() * people / PEOPLE).max() < 1


def test_the_frame_has_all_people_in_every_year(frame: Frame) -> None:
    assert frame.population == PEOPLE
    assert np.array_equal(frame.headcount, fictional_frame(year=2027, seed=1).headcount)
    assert not np.array_equal(frame.headcount, fictional_frame(year=2026, seed=2).headcount)


def test_publication_shows_pools_and_hidden_units(frame: Frame) -> None:
    plan = plan_agency(frame.units, Respondents(frame.headcount.sum(axis=1, keepdims=True)))
    assert sum(node.kind == "pool" for node in plan.nodes) >= 3
    assert {s.reason for s in plan.suppressed} >= {"below_threshold", "protects_others"}
    assert len(plan.nodes) > 40


def test_every_head_of_the_frame_has_one_employee(
    frame: Frame, roster: list[FictionalEmployee]
) -> None:
    counted = Counter((e.unit, e.employment, e.sex) for e in roster)
    for unit, row in zip(frame.units, frame.headcount, strict=True):
        for (employment, sex), n in zip(frame.strata, row, strict=True):
            assert counted[unit.id, employment, sex] == n


def test_numbers_are_valid_unique_and_marked_as_made_up(roster: list[FictionalEmployee]) -> None:
    assert len({e.nip for e in roster}) == len(roster)
    for employee in roster:
        nip = parse_nip(employee.nip)
        assert nip.valid
        assert nip.birth_date == employee.birth_date
        assert nip.sex == (Sex.MALE if employee.sex == "Laki-laki" else Sex.FEMALE)
        is_contract = employee.employment.startswith("PPPK")
        assert nip.employment == (Employment.PPPK if is_contract else Employment.PNS)
        assert int(employee.nip[15:]) >= FIRST_SERIAL


def test_everybody_is_of_working_age(roster: list[FictionalEmployee]) -> None:
    ages = [2026 - e.birth_date.year for e in roster]
    assert min(ages) >= 20
    assert max(ages) <= 57


def test_a_seed_reproduces_the_roster(frame: Frame, roster: list[FictionalEmployee]) -> None:
    assert fictional_roster(frame, seed=2) == roster
    assert fictional_roster(frame, seed=3) != roster


def test_names_have_two_words(roster: list[FictionalEmployee]) -> None:
    assert {len(e.name.split()) for e in roster} == {2}
    assert len({e.name for e in roster}) > 1000
