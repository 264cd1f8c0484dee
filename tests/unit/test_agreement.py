from __future__ import annotations

import numpy as np
import pytest

from cermin.core.agreement import (
    average_deviation,
    histogram_moments,
    level_alpha,
    rwg,
    rwg_j,
    rwg_j_lindell,
    uniform_variance,
    unit_icc,
    unit_moments,
    unit_variance,
)
from cermin.core.moments import CellMoments


def moments_of(units: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([len(u) for u in units]),
        np.array([sum(u) for u in units]),
        np.array([sum(x * x for x in u) for u in units]),
    )


def test_unit_icc_by_hand() -> None:
    # means 2 and 5, grand 3.5: SSB = 3 x 2.25 x 2 = 13.5, SSW = 2 + 2
    icc = unit_icc(*moments_of([[1, 2, 3], [4, 5, 6]]))
    assert (icc.units, icc.n, icc.group_size) == (2, 6, 3)
    assert (icc.mean_square_between, icc.mean_square_within) == (13.5, 1.0)
    assert icc.icc1 == pytest.approx(12.5 / 15.5)
    assert icc.icc2 == pytest.approx(12.5 / 13.5)


def test_empty_units_do_not_count() -> None:
    with_empty = unit_icc(*moments_of([[], [1, 2, 3], [], [4, 5, 6]]))
    assert with_empty == unit_icc(*moments_of([[1, 2, 3], [4, 5, 6]]))


def test_k0_is_below_the_mean_size_when_units_are_unequal() -> None:
    units = [[1, 2], [4, 5, 6, 7, 3, 4]]
    unequal = unit_icc(*moments_of(units), group_size="k0")
    assert unequal.group_size == pytest.approx(8 - 40 / 8)
    assert unit_icc(*moments_of(units)).group_size == 4
    equal = [[1, 2], [5, 3]]
    assert unit_icc(*moments_of(equal), group_size="k0").group_size == pytest.approx(2)


def test_values_are_computed_side_by_side() -> None:
    one, two = [[1, 2, 3], [4, 5, 6]], [[6, 2, 1], [3, 3, 3]]
    both = unit_icc(
        *(np.stack(pair, axis=1) for pair in zip(moments_of(one), moments_of(two), strict=True))
    )
    assert both.icc1.tolist() == [float(unit_icc(*moments_of(units)).icc1) for units in (one, two)]


@pytest.mark.parametrize("units", [[[1, 2, 3]], [[1], [2], [3]], [], [[3, 3], [3, 3]]])
def test_no_icc_without_units_people_or_variance(units: list[list[int]]) -> None:
    icc = unit_icc(*(np.asarray(a, dtype=np.int64) for a in moments_of(units)))
    assert np.isnan(icc.icc1)


def test_units_less_different_than_chance_give_a_negative_icc() -> None:
    assert unit_icc(*moments_of([[1, 5], [5, 1]])).icc1 == -1


def test_value_composites_are_the_diagonals() -> None:
    rng = np.random.default_rng(1)
    pair_n, pair_sum, pair_product = rng.integers(1, 90, (3, 4, 2, 2))
    cells = CellMoments(
        n=np.zeros(4, dtype=np.int64),
        histogram=np.zeros((4, 6, 5), dtype=np.int64),
        pair_n=pair_n,
        pair_sum=pair_sum,
        pair_product=pair_product,
        partial=np.zeros((4, 2), dtype=np.int64),
    )
    n, sums, squares = unit_moments(cells)
    assert n.tolist() == [[m[0, 0], m[1, 1]] for m in pair_n]
    assert sums.tolist() == [[m[0, 0], m[1, 1]] for m in pair_sum]
    assert squares.tolist() == [[m[0, 0], m[1, 1]] for m in pair_product]


def test_variance_by_unit() -> None:
    variance = unit_variance(*moments_of([[1, 2, 6], [4], [], [3, 3]]))
    assert variance[0] == 7
    assert np.isnan(variance[1:3]).all()
    assert variance[3] == 0


def test_moments_of_a_histogram() -> None:
    n, sums, squares = histogram_moments(np.array([[1, 0, 2], [0, 0, 0]]), low=0)
    assert (n.tolist(), sums.tolist(), squares.tolist()) == ([3, 0], [4, 0], [8, 0])


def test_uniform_variance() -> None:
    assert uniform_variance(5) == 2
    assert uniform_variance(2) == pytest.approx(np.var([0, 1]))
    with pytest.raises(ValueError, match="two answer levels"):
        uniform_variance(1)


def test_rwg_is_one_for_consensus_zero_for_chance_and_never_negative() -> None:
    assert rwg(np.array([0.0, 1.0, 2.0, 4.0]), levels=5).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_rwg_j_is_the_spearman_brown_of_rwg() -> None:
    variances = np.array([[1.0, 0.5, 1.5], [3.0, 3.0, 3.0], [0.0, 0.0, 0.0]])
    # mean variance 1: a = 0.5, 3 x 0.5 / (3 x 0.5 + 0.5)
    assert rwg_j(variances, levels=5).tolist() == [0.75, 0.0, 1.0]
    assert rwg_j_lindell(variances, levels=5).tolist() == [0.5, -0.5, 1.0]


def test_units_too_small_stay_unknown() -> None:
    unknown = np.array([[np.nan, 1.0]])
    assert np.isnan(rwg_j(unknown, levels=5)).all()
    assert np.isnan(rwg(unknown[:, 0], levels=5)).all()


def test_average_deviation_by_hand() -> None:
    # answers 2, 2, 5: mean 3, distances 1, 1, 2
    counts = np.array([[0, 2, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 4, 0, 0]])
    deviation = average_deviation(counts, low=1)
    assert deviation[0] == pytest.approx(4 / 3)
    assert np.isnan(deviation[1:3]).all()
    assert deviation[3] == 0
    assert average_deviation(counts, low=0)[0] == deviation[0]


def item_moments(units: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([len(x) for x in units]),
        np.array([x.sum(axis=0) for x in units]),
        np.array([x.T @ x for x in units]),
    )


def test_levels_can_disagree() -> None:
    # inside units the two items move against each other, between units together
    unit = np.array([[1, 3], [3, 1], [2, 2]])
    alpha = level_alpha(*item_moments([unit, unit + 5, unit + 9]))
    assert np.isnan(alpha.within)  # the sum does not vary inside a unit
    assert alpha.between == pytest.approx(1, abs=0.05)


def test_levels_need_two_units_and_skip_empty_ones() -> None:
    rng = np.random.default_rng(2)
    unit, other = rng.integers(1, 6, (2, 30, 3))
    single = level_alpha(*item_moments([unit]))
    assert np.isnan(single.between)
    assert single.within == pytest.approx(
        1.5 * (1 - np.trace(np.cov(unit.T)) / np.cov(unit.T).sum())
    )
    empty = np.zeros((0, 3), dtype=np.int64)
    assert level_alpha(*item_moments([unit, empty, other])) == level_alpha(
        *item_moments([unit, other])
    )


def test_no_people_no_level_alpha() -> None:
    nobody = level_alpha(*item_moments([np.zeros((0, 3), dtype=np.int64)]))
    assert np.isnan(nobody.within)
    assert np.isnan(nobody.between)
