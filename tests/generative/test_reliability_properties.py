"""Properties that reliability and agreement have whatever the answers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cermin.core.agreement import average_deviation, rwg, rwg_j, unit_icc, unit_variance
from cermin.core.evaluators import cohen_kappa
from cermin.core.reliability import (
    alpha_interval,
    covariance_matrix,
    cronbach_alpha,
    item_rest_correlation,
    mcdonald_omega,
)

Ints = npt.NDArray[np.int64]


def answers(items: int) -> st.SearchStrategy[Ints]:
    return st.integers(2, 40).flatmap(
        lambda n: arrays.arrays(np.int64, (n, items), elements=st.integers(1, 5))
    )


def moments(x: Ints) -> dict[str, Any]:
    return {"n": np.array(len(x)), "sums": x.sum(axis=0), "products": x.T @ x}


def covariance(x: Ints) -> npt.NDArray[np.float64]:
    return covariance_matrix(**moments(x))


@given(answers(3), answers(3))
def test_merging_two_bundles_is_counting_them_together(first: Ints, second: Ints) -> None:
    one, two = moments(first), moments(second)
    merged = covariance_matrix(**{key: one[key] + two[key] for key in one})
    together = covariance(np.vstack([first, second]))
    np.testing.assert_array_equal(merged, together)


@given(answers(4), st.integers(-1000, 1000))
def test_a_constant_added_to_an_item_changes_nothing(x: Ints, constant: int) -> None:
    moved = x + np.array([constant, 0, 0, 0])
    np.testing.assert_array_equal(covariance(moved), covariance(x))


@given(answers(4), st.permutations(range(4)))
def test_order_of_items_does_not_matter(x: Ints, order: list[int]) -> None:
    before, after = covariance(x), covariance(x[:, order])
    np.testing.assert_allclose(cronbach_alpha(after), cronbach_alpha(before), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        item_rest_correlation(after), item_rest_correlation(before)[order], rtol=1e-9, atol=1e-9
    )


@given(answers(3), st.permutations(range(3)), st.integers(2, 9))
def test_omega_of_three_ignores_order_and_unit(x: Ints, order: list[int], factor: int) -> None:
    np.testing.assert_allclose(
        mcdonald_omega(covariance(factor * x[:, order])), mcdonald_omega(covariance(x)), rtol=1e-9
    )


@given(answers(3))
def test_omega_lies_between_zero_and_one_and_above_alpha(x: Ints) -> None:
    matrix = covariance(x)
    omega = mcdonald_omega(matrix)
    if not np.isnan(omega):
        assert 0 < omega <= 1 + 1e-12
        assert omega >= cronbach_alpha(matrix) - 1e-12  # alpha is a lower bound of a common factor


@settings(deadline=None, max_examples=30)
@given(answers(5))
def test_likelihood_gives_a_share_or_nothing(x: Ints) -> None:
    omega = mcdonald_omega(covariance(x))
    assert np.isnan(omega) or 0 <= omega < 1


@given(st.floats(-1, 0.999), st.integers(2, 5000), st.integers(2, 30))
def test_interval_holds_alpha(alpha: float, n: int, items: int) -> None:
    low, high = alpha_interval(alpha, n=n, items=items)
    assert low < high <= 1


def unit_moments(units: list[list[int]]) -> tuple[Ints, Ints, Ints]:
    n, sums, squares = (
        np.array([f(u) for u in units], dtype=np.int64)
        for f in (len, sum, lambda u: sum(x * x for x in u))
    )
    return n, sums, squares


UNITS = st.lists(st.lists(st.integers(6, 30), max_size=12), min_size=2, max_size=8)


@given(UNITS)
def test_sums_of_squares_add_up(units: list[list[int]]) -> None:
    icc = unit_icc(*unit_moments(units))
    everyone = np.array([x for u in units for x in u], dtype=float)
    if icc.units > 1 and icc.n > icc.units:
        total = icc.mean_square_between * (icc.units - 1)
        total += icc.mean_square_within * (icc.n - icc.units)
        np.testing.assert_allclose(total, ((everyone - everyone.mean()) ** 2).sum(), atol=1e-9)


@given(UNITS, st.integers(-50, 50))
def test_icc_ignores_a_shift_and_the_order_of_units(units: list[list[int]], shift: int) -> None:
    moved = [[x + shift for x in u] for u in reversed(units)]
    before, after = (unit_icc(*unit_moments(u)) for u in (units, moved))
    np.testing.assert_allclose(after.icc1, before.icc1, rtol=1e-9, atol=1e-9)


@given(arrays.arrays(np.int64, (4, 3, 5), elements=st.integers(0, 9)))
def test_agreement_stays_within_its_range(histogram: Ints) -> None:
    levels = np.arange(1, 6)
    n, sums, squares = histogram.sum(-1), histogram @ levels, histogram @ levels**2
    variance = unit_variance(n, sums, squares)
    known = ~np.isnan(variance)
    single = rwg(variance, levels=5)[known]
    assert ((single >= 0) & (single <= 1)).all()
    scale = rwg_j(variance, levels=5)[known.all(axis=-1)]
    assert ((scale >= 0) & (scale <= 1)).all()
    deviation = average_deviation(histogram, low=1)
    assert (np.isnan(deviation) == (n < 2)).all()
    # mean absolute deviation never exceeds the root of the mean squared one, nor half the range
    root = np.sqrt(variance[known] * (n[known] - 1) / n[known])
    assert (deviation[known] <= root + 1e-12).all()
    assert (deviation[known] <= 2 + 1e-12).all()


@given(arrays.arrays(np.int64, (3, 3), elements=st.integers(0, 20)).filter(lambda t: t.sum() > 0))
def test_kappa_is_symmetric_and_at_most_one(table: Ints) -> None:
    one, other = (cohen_kappa(t, weights="linear") for t in (table, table.T))
    if one.kappa is None:
        assert other.kappa is None
    else:
        assert other.kappa is not None
        assert one.kappa <= 1 + 1e-12
        np.testing.assert_allclose(
            [one.kappa, one.ase], [other.kappa, other.ase], rtol=1e-9, atol=1e-7
        )
