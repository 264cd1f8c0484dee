from __future__ import annotations

import math

import numpy as np
import pytest

from cermin.core.errors import UserError
from cermin.core.evaluators import agreement_weights, cohen_kappa, evaluator_icc

# Table 2 of Shrout & Fleiss (1979): six subjects, four judges
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def test_kappa_by_hand() -> None:
    # p_o 0.7; p_e 0.5 x 0.6 + 0.5 x 0.4 = 0.5
    result = cohen_kappa([[20, 5], [10, 15]])
    assert result.kappa == pytest.approx(0.4)
    assert result.n == 50


def test_perfect_agreement_has_no_error() -> None:
    result = cohen_kappa([[3, 0, 0], [0, 4, 0], [0, 0, 5]], weights="linear")
    assert result.kappa == pytest.approx(1)
    assert result.ase == pytest.approx(0, abs=1e-8)


def test_near_misses_count_only_with_weights() -> None:
    near, far = [[9, 3, 0], [3, 9, 3], [0, 3, 9]], [[9, 0, 3], [3, 9, 3], [3, 0, 9]]
    assert cohen_kappa(near, weights="linear").kappa > cohen_kappa(near).kappa
    assert (
        cohen_kappa(near, weights="quadratic").kappa > cohen_kappa(far, weights="quadratic").kappa
    )


def test_two_categories_need_no_weights() -> None:
    table = [[20, 5], [10, 15]]
    plain = cohen_kappa(table)
    for weights in ("linear", "quadratic"):
        weighted = cohen_kappa(table, weights=weights)
        assert (weighted.kappa, weighted.ase) == pytest.approx((plain.kappa, plain.ase))


def test_weights() -> None:
    assert agreement_weights(3, "none").tolist() == np.eye(3).tolist()
    assert agreement_weights(3, "linear")[0].tolist() == [1.0, 0.5, 0.0]
    assert agreement_weights(3, "quadratic")[0].tolist() == [1.0, 0.75, 0.0]
    assert agreement_weights(1, "linear").tolist() == [[1.0]]


@pytest.mark.parametrize("table", [[[7, 0], [0, 0]], [[5]]])
def test_one_category_only_leaves_kappa_undefined(table: list[list[int]]) -> None:
    result = cohen_kappa(table)
    assert (result.kappa, result.ase) == (None, None)
    assert result.n == table[0][0]


@pytest.mark.parametrize("table", [[[1, 2, 3], [1, 2, 3]], [1, 2, 3]])
def test_tables_must_be_square(table: list[list[int]]) -> None:
    with pytest.raises(UserError, match="kategori yang sama"):
        cohen_kappa(table)


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[5, -1], [2, 3]]])
def test_tables_need_counts(table: list[list[int]]) -> None:
    with pytest.raises(UserError, match="kosong atau memuat cacah negatif"):
        cohen_kappa(table)


def icc_of(x: np.ndarray) -> object:
    return evaluator_icc(
        subject_sums=x.sum(axis=1), evaluator_sums=x.sum(axis=0), sum_of_squares=(x * x).sum()
    )


def test_published_example_of_shrout_and_fleiss() -> None:
    icc = icc_of(SHROUT_FLEISS)
    assert (icc.subjects, icc.evaluators) == (6, 4)
    assert [icc.single_oneway, icc.single_random, icc.single_fixed] == pytest.approx(
        [0.17, 0.29, 0.71], abs=0.005
    )
    assert [icc.mean_oneway, icc.mean_random, icc.mean_fixed] == pytest.approx(
        [0.44, 0.62, 0.91], abs=0.005
    )


def test_a_harsh_evaluator_lowers_agreement_but_not_consistency() -> None:
    x = np.array([[1, 4], [2, 5], [3, 6]])
    icc = icc_of(x)
    assert icc.single_fixed == pytest.approx(1)
    assert icc.single_random < 0.5


def test_nothing_varies() -> None:
    assert math.isnan(icc_of(np.full((3, 2), 4)).single_fixed)


@pytest.mark.parametrize("shape", [(1, 3), (3, 1)])
def test_two_subjects_and_two_evaluators_at_least(shape: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="sedikitnya dua penilai"):
        icc_of(np.ones(shape))
