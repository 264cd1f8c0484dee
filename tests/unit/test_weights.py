"""Weights: collapsing weak cells, post-stratification, raking."""

from __future__ import annotations

import numpy as np
import pytest

from cermin.core.errors import UserError
from cermin.core.weights import FrameCells, post_stratify, rake

# agency 0: units 0 and 1 under no parent, units 2 and 3 under unit 0; agency 1: unit 4
PARENT = np.array([-1, -1, 0, 0, -1])
AGENCY = np.array([0, 0, 0, 0, 1])


def frame(rows: list[tuple[int, int, int, int]]) -> FrameCells:
    """Cells from rows of unit, stratum, people, respondents."""
    unit, stratum, population, n = np.array(rows, dtype=np.int64).T
    return FrameCells(unit, stratum, population, n, PARENT, AGENCY)


def test_healthy_cells_keep_their_own_weight():
    weights = post_stratify(frame([(0, 0, 20, 10), (0, 1, 30, 10), (1, 0, 12, 12)]))
    assert weights.cell_weight.tolist() == [2.0, 3.0, 1.0]
    assert weights.cell_stratum.tolist() == [0, 1, 2]
    assert weights.collapsed.shape == (0, 2)
    assert weights.weight_ratio.tolist() == [1.5, 1.0]  # agency 1 has no cells


@pytest.mark.parametrize("n", [0, 1])
def test_a_weak_cell_first_joins_the_nearest_stratum_of_its_unit(n):
    weights = post_stratify(frame([(0, 0, 10, 10), (0, 1, 10, 10), (0, 2, 6, n), (1, 2, 8, 8)]))
    assert weights.collapsed.tolist() == [[2, 1]]
    assert weights.cell_stratum.tolist() == [0, 1, 1, 2]
    assert weights.population.tolist() == [10, 16, 8]
    assert weights.n.tolist() == [10, 10 + n, 8]
    assert weights.cell_weight[2] == 16 / (10 + n)


def test_a_unit_without_answers_joins_a_sibling_with_the_same_stratum():
    weights = post_stratify(
        frame([(0, 1, 9, 9), (2, 1, 5, 0), (3, 0, 20, 10), (3, 1, 20, 10), (1, 1, 7, 7)])
    )
    assert weights.collapsed.tolist() == [[1, 3]]
    assert weights.cell_weight[1] == 2.5


def test_without_a_sibling_the_whole_agency_is_searched_but_never_another_agency():
    weights = post_stratify(frame([(1, 0, 8, 4), (2, 1, 5, 0), (4, 1, 50, 25)]))
    assert weights.collapsed.tolist() == [[1, 0]]
    assert weights.cell_weight.tolist() == [13 / 4, 13 / 4, 2.0]


def test_two_weak_cells_grow_until_two_answers_stand_for_them():
    weights = post_stratify(frame([(0, 0, 4, 1), (0, 1, 4, 0), (0, 2, 4, 1), (1, 0, 10, 5)]))
    assert weights.cell_stratum.tolist() == [0, 0, 0, 1]
    assert weights.cell_weight.tolist() == [6.0, 6.0, 6.0, 2.0]


def test_a_weight_above_five_times_the_median_is_spread():
    kept = post_stratify(frame([(0, 0, 20, 10), (0, 1, 20, 10), (0, 2, 100, 10)]))
    spread = post_stratify(frame([(0, 0, 20, 10), (0, 1, 20, 10), (0, 2, 101, 10)]))
    assert kept.collapsed.shape == (0, 2)
    assert spread.collapsed.tolist() == [[2, 1]]
    assert spread.weight_ratio[0] == pytest.approx((121 / 20) / 2)


def test_more_answers_than_people_weigh_one_and_are_reported():
    weights = post_stratify(frame([(0, 0, 10, 12), (0, 1, 10, 5)]))
    assert weights.over_roster.tolist() == [0]
    assert weights.cell_weight.tolist() == [1.0, 2.0]
    assert weights.population.tolist() == [12, 10]


def test_an_agency_without_answers_weighs_nothing_and_leaves_the_others_alone():
    weights = post_stratify(frame([(0, 0, 10, 5), (4, 0, 10, 0), (4, 1, 10, 0)]))
    assert weights.cell_weight.tolist() == [2.0, 0.0, 0.0]
    assert weights.n.tolist() == [5, 0]
    assert weights.weight_ratio.tolist() == [1.0, 1.0]


def test_a_lonely_respondent_of_an_agency_stays_alone():
    weights = post_stratify(frame([(4, 0, 3, 1)]))
    assert weights.cell_weight.tolist() == [3.0]
    assert weights.collapsed.shape == (0, 2)


def test_cells_without_people_neither_join_nor_are_joined():
    weights = post_stratify(frame([(0, 0, 0, 0), (0, 1, 5, 1), (0, 2, 0, 0), (0, 3, 9, 9)]))
    assert weights.collapsed.tolist() == [[1, 3]]
    assert weights.cell_weight[[0, 2]].tolist() == [0.0, 0.0]


def test_an_agency_weighs_the_same_alone_and_among_others():
    rng = np.random.default_rng(5)
    units, strata = 60, 3
    parent = np.where(np.arange(units) % 10 < 3, -1, np.arange(units) // 10 * 10)
    agency = np.arange(units) // 20
    unit, stratum = np.repeat(np.arange(units), strata), np.tile(np.arange(strata), units)
    people = rng.integers(0, 12, units * strata)
    n = rng.binomial(people, 0.4)
    together = post_stratify(FrameCells(unit, stratum, people, n, parent, agency))
    own = agency[unit] == 1
    shifted = np.where(parent[20:40] < 0, -1, parent[20:40] - 20)
    alone = post_stratify(
        FrameCells(unit[own] - 20, stratum[own], people[own], n[own], shifted, np.zeros(20, int))
    )
    assert together.collapsed.size > 0
    assert together.cell_weight[own].tolist() == alone.cell_weight.tolist()
    assert together.weight_ratio[1] == alone.weight_ratio[0]
    answered = together.n[together.cell_stratum] > 0
    assert (together.cell_weight * n).sum() == pytest.approx(people[answered].sum())
    assert (together.n >= 2)[np.unique(together.cell_stratum[people > 0])].all()


def test_no_cells_at_all():
    none = np.array([], dtype=np.int64)
    weights = post_stratify(FrameCells(none, none, none, none, none, none))
    assert weights.cell_weight.size == 0
    assert weights.weight_ratio.size == 0


def test_raking_meets_both_margins():
    n = np.array([10, 20, 30, 40])
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    weight = rake(n, np.ones(4), [(rows, np.array([60, 90])), (columns, np.array([70, 80]))])
    assert np.bincount(rows, weights=weight * n) == pytest.approx([60, 90], rel=1e-11)
    assert np.bincount(columns, weights=weight * n) == pytest.approx([70, 80], rel=1e-11)
    # raking keeps the odds ratio of the cells
    cell = weight * n
    assert cell[0] * cell[3] / (cell[1] * cell[2]) == pytest.approx(10 * 40 / (20 * 30))


def test_raking_leaves_categories_of_nobody_alone():
    rows = np.array([0, 1])
    assert rake(np.array([5, 5]), np.ones(2), [(rows, np.array([10, 5, 0]))]).tolist() == [2.0, 1.0]


def test_raking_refuses_a_category_without_answers():
    with pytest.raises(UserError, match="tanpa jawaban"):
        rake(np.array([5, 0]), np.ones(2), [(np.array([0, 1]), np.array([10, 5]))])


def test_raking_refuses_margins_that_contradict_each_other():
    one, two = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    margins = [(one, np.array([50, 50])), (two, np.array([10, 20]))]
    with pytest.raises(UserError, match="tidak cocok"):
        rake(np.full(4, 5), np.ones(4), margins, sweeps=20)
