from __future__ import annotations

import numpy as np
import pytest

from calls import calls_in
from cermin.core import one_factor
from cermin.core.errors import UserError
from cermin.core.moments import CompleteMoments, TabulationSpec
from cermin.core.reliability import (
    alpha_interval,
    correlation_matrix,
    covariance_matrix,
    cronbach_alpha,
    item_rest_correlation,
    mcdonald_omega,
    omega_by_likelihood,
    omega_of_three,
    pairwise_covariance,
    refuse_ipsative,
    stratified_alpha,
    value_reliability,
)
from cermin.core.scheme import ItemKind

LOADINGS = np.array([0.8, 0.6, 0.7])
UNIQUE = np.array([0.5, 0.9, 0.4])
ONE_FACTOR = np.outer(LOADINGS, LOADINGS) + np.diag(UNIQUE)


def answers(n: int, items: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = 3.3 + 0.7 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, items))
    return np.clip(np.round(x), 1, 5).astype(np.int64)


def moments_of(x: np.ndarray) -> dict[str, np.ndarray]:
    return {"n": np.array(len(x)), "sums": x.sum(axis=0), "products": x.T @ x}


def complete(*groups: tuple[int, np.ndarray]) -> CompleteMoments:
    """Moments of (agency, answers) groups."""
    return CompleteMoments(
        agency=np.array([agency for agency, _ in groups]),
        stratum=np.arange(len(groups)),
        n=np.array([len(x) for _, x in groups]),
        sum=np.array([x.sum(axis=0) for _, x in groups]),
        product=np.array([x.T @ x for _, x in groups]),
    )


SPEC = TabulationSpec(
    items=tuple(f"i{i}" for i in range(6)),
    values=((0, 2, 4), (5, 3, 1)),
    low=1,
    high=5,
    min_answered=2,
    strata=(),
)


def test_covariance_is_numpys() -> None:
    x = answers(40, 4, seed=1)
    np.testing.assert_allclose(covariance_matrix(**moments_of(x)), np.cov(x.T), rtol=1e-13)


def test_covariance_stays_exact_beyond_64_bits() -> None:
    x = np.array([[3_000_000_000 - 1, 5], [3_000_000_000, 6], [3_000_000_000 + 1, 9]])
    exact = {
        "n": np.array(10),
        "sums": np.array([0, 1]),
        "products": np.array([[9 * 10**18, 0], [0, 4]]),
    }
    assert covariance_matrix(**exact)[0, 0] == 10**18
    assert covariance_matrix(**exact)[1, 1] == pytest.approx((40 - 1) / 90)
    shifted = x - np.array([3_000_000_000, 0])
    np.testing.assert_allclose(
        covariance_matrix(**moments_of(shifted)), np.cov(shifted.T), rtol=1e-13
    )


def test_fewer_than_two_people_have_no_covariance() -> None:
    one = covariance_matrix(**moments_of(answers(1, 3, seed=2)))
    assert np.isnan(one).all()
    assert np.isnan(cronbach_alpha(one))
    assert np.isnan(mcdonald_omega(one))
    assert np.isnan(item_rest_correlation(one)).all()


def test_pairwise_with_nothing_missing_is_complete() -> None:
    x = answers(30, 3, seed=3)
    n = np.full((3, 3), len(x))
    sums = np.repeat(x.sum(axis=0)[:, np.newaxis], 3, axis=1)
    np.testing.assert_array_equal(
        pairwise_covariance(n=n, sums=sums, products=x.T @ x), covariance_matrix(**moments_of(x))
    )


def test_alpha_of_parallel_items_is_one_and_of_unrelated_items_zero() -> None:
    assert cronbach_alpha(np.ones((3, 3))) == pytest.approx(1)
    assert cronbach_alpha(np.eye(3)) == 0


def test_alpha_by_hand() -> None:
    # trace 4, sum 10: 2 / 1 x (1 - 4 / 10)
    assert cronbach_alpha(np.array([[2.0, 3.0], [3.0, 2.0]])) == pytest.approx(1.2)
    # sum 1 x 2 + 2 x 0.5 + ...
    assert cronbach_alpha(np.array([[2.0, 1.0], [1.0, 2.0]])) == pytest.approx(2 * (1 - 4 / 6))


def test_no_alpha_with_one_item_or_without_variance() -> None:
    assert np.isnan(cronbach_alpha(np.array([[2.0]])))
    assert np.isnan(cronbach_alpha(np.zeros((3, 3))))


def test_items_that_do_not_vary_have_no_correlation() -> None:
    covariance = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]])
    correlation = correlation_matrix(covariance)
    assert correlation[0, 1] == 0.5
    assert np.isnan(correlation[2]).all()
    assert np.isnan(item_rest_correlation(covariance)).tolist() == [False, False, True]


def test_item_rest_is_the_correlation_with_the_sum_of_the_others() -> None:
    x = answers(60, 3, seed=4)
    computed = item_rest_correlation(covariance_matrix(**moments_of(x)))
    for i in range(3):
        rest = np.delete(x, i, axis=1).sum(axis=1)
        assert computed[i] == pytest.approx(np.corrcoef(x[:, i], rest)[0, 1], rel=1e-12)


def test_omega_recovers_the_model() -> None:
    expected = LOADINGS.sum() ** 2 / ONE_FACTOR.sum()
    assert omega_of_three(ONE_FACTOR) == pytest.approx(expected, rel=1e-14)
    assert omega_by_likelihood(ONE_FACTOR) == pytest.approx(expected, rel=1e-8)


def test_likelihood_recovers_a_model_of_many_items() -> None:
    loadings, unique = np.linspace(0.3, 1.2, 8), np.linspace(1.5, 0.2, 8)
    covariance = np.outer(loadings, loadings) + np.diag(unique)
    expected = loadings.sum() ** 2 / covariance.sum()
    assert mcdonald_omega(covariance) == pytest.approx(expected, rel=1e-8)


def test_scoring_converges_fast_when_the_model_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    # a wrong information matrix would still arrive, only in hundreds of steps
    monkeypatch.setattr(one_factor, "_ITERATIONS", 10)
    loadings = np.linspace(0.4, 0.9, 7)
    correlation = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    fit = one_factor.fit_one_factor(correlation[np.newaxis])
    np.testing.assert_allclose(np.abs(fit.loadings[0]), loadings, rtol=1e-7)
    np.testing.assert_allclose(fit.unique[0], 1 - loadings**2, rtol=1e-7)


def test_a_fit_that_does_not_settle_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_factor, "_ITERATIONS", 1)
    correlation = correlation_matrix(covariance_matrix(**moments_of(answers(80, 5, seed=11))))
    assert np.isnan(one_factor.fit_one_factor(correlation[np.newaxis]).loadings).all()


def test_newton_converges_fast_when_the_model_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_factor, "_ITERATIONS", 12)
    loadings = np.array([0.8, 0.7, 0.6, 0.5, 0.6, 0.7])
    correlation = np.outer(loadings, loadings)
    correlation[:3, 3:] *= 0.5  # two factors, correlated 0.5
    correlation[3:, :3] *= 0.5
    np.fill_diagonal(correlation, 1)
    assert not np.isnan(one_factor.fit_one_factor(correlation[np.newaxis]).unique).any()


def test_closed_form_is_the_likelihood_of_three_items() -> None:
    covariance = covariance_matrix(**moments_of(answers(200, 3, seed=5)))
    assert omega_by_likelihood(covariance) == pytest.approx(omega_of_three(covariance), rel=1e-8)


@pytest.mark.parametrize(
    "covariance",
    [
        [[1.0, 0.9, 0.9], [0.9, 1.0, 0.5], [0.9, 0.5, 1.0]],  # l1^2 = 1.62 > 1: Heywood
        [[1.0, -0.3, 0.3], [-0.3, 1.0, 0.3], [0.3, 0.3, 1.0]],  # no real loadings
        [[1.0, -0.3, -0.3], [-0.3, 1.0, 0.3], [-0.3, 0.3, 1.0]],  # an item the wrong way round
        [[1.0, 0.0, 0.3], [0.0, 1.0, 0.3], [0.3, 0.3, 1.0]],
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.3], [0.0, 0.3, 1.0]],
    ],
)
def test_no_omega_without_an_admissible_factor(covariance: list[list[float]]) -> None:
    assert np.isnan(mcdonald_omega(np.array(covariance)))


def test_omega_of_an_item_the_wrong_way_round_is_not_hidden_by_other_agencies() -> None:
    wrong = ONE_FACTOR * np.array([[1, -1, -1], [-1, 1, 1], [-1, 1, 1]])
    omega = omega_of_three(np.stack([ONE_FACTOR, wrong, ONE_FACTOR]))
    assert np.isnan(omega).tolist() == [False, True, False]


def test_perfectly_parallel_items_have_omega_one() -> None:
    assert omega_of_three(np.full((3, 3), 0.3)) == pytest.approx(1)


def test_likelihood_gives_nan_for_heywood_and_singular_matrices() -> None:
    # positive definite, but l1^2 = 0.8^2 / 0.6 > 1 for every triple
    heywood = np.full((4, 4), 0.6) + 0.4 * np.eye(4)
    heywood[0, 1:] = heywood[1:, 0] = 0.8
    assert np.linalg.eigvalsh(heywood)[0] > 0.05
    singular = np.ones((4, 4))
    proper = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    omega = mcdonald_omega(np.stack([heywood, singular, proper, np.full((4, 4), np.nan)]))
    assert np.isnan(omega).tolist() == [True, True, False, True]
    assert omega[2] == pytest.approx(0.4 * 16 / proper.sum(), rel=1e-8)
    assert np.isnan(omega_by_likelihood(singular))


def test_omega_needs_three_items() -> None:
    assert np.isnan(mcdonald_omega(np.array([[1.0, 0.5], [0.5, 1.0]])))
    with pytest.raises(ValueError, match="three items"):
        omega_of_three(np.eye(4))
    with pytest.raises(ValueError, match="fewer than three"):
        omega_by_likelihood(np.eye(2))


def test_interval_of_alpha_holds_the_estimate_and_narrows() -> None:
    low, high = alpha_interval([0.7, 0.7], n=[50, 500], items=3)
    assert (low < 0.7).all()
    assert (high > 0.7).all()
    assert high[1] - low[1] < (high[0] - low[0]) / 2
    wide = alpha_interval(0.7, n=50, items=3, confidence=0.99)
    assert wide[0] < low[0]


@pytest.mark.parametrize(("n", "items"), [(1, 3), (0, 3), (50, 1)])
def test_no_interval_without_degrees_of_freedom(n: int, items: int) -> None:
    low, high = alpha_interval(0.7, n=n, items=items)
    assert np.isnan(low)
    assert np.isnan(high)


def test_stratified_alpha_by_hand() -> None:
    # two values of two items: alpha 2/3 (variance 6) and 0 (variance 2), no covariance between
    covariance = np.zeros((4, 4))
    covariance[:2, :2] = [[2, 1], [1, 2]]
    covariance[2:, 2:] = np.eye(2)
    assert stratified_alpha(covariance, [(0, 1), (2, 3)]) == pytest.approx(1 - (6 / 3 + 2) / 8)


def test_a_value_without_variance_does_not_spoil_the_total() -> None:
    covariance = np.zeros((4, 4))
    covariance[:2, :2] = [[2, 1], [1, 2]]
    assert stratified_alpha(covariance, [(0, 1), (2, 3)]) == pytest.approx(2 / 3)


def test_every_value_in_every_agency() -> None:
    first, second, other = answers(50, 6, 6), answers(70, 6, 7), answers(90, 6, 8)
    result = value_reliability(
        complete((0, first), (2, other), (0, second)),
        SPEC,
        agencies=3,
        kinds=[ItemKind.LIKERT] * 6,
    )
    assert result.n.tolist() == [120, 0, 90]
    assert np.isnan(result.alpha[1]).all()
    assert np.isnan(result.total_alpha[1])
    for agency, x in ((0, np.vstack([first, second])), (2, other)):
        everything = np.cov(x.T)
        for v, positions in enumerate(SPEC.values):
            block = everything[np.ix_(positions, positions)]
            assert result.alpha[agency, v] == pytest.approx(float(cronbach_alpha(block)))
            assert result.omega[agency, v] == pytest.approx(float(omega_of_three(block)))
        rest = x[:, [1, 3]].sum(axis=1)
        assert result.item_rest[agency, 5] == pytest.approx(np.corrcoef(x[:, 5], rest)[0, 1])
        assert result.total_alpha[agency] == pytest.approx(
            float(stratified_alpha(everything, SPEC.values))
        )


def test_choose_k_items_are_refused() -> None:
    kinds = [ItemKind.LIKERT, ItemKind.CHOOSE_K]
    with pytest.raises(UserError, match="ipsatif"):
        refuse_ipsative(kinds)
    with pytest.raises(UserError, match="ipsatif"):
        value_reliability(complete((0, answers(9, 6, 9))), SPEC, agencies=1, kinds=kinds)


def test_640_agencies_take_as_many_calls_as_two() -> None:
    """Agencies are counted through by NumPy, not by a loop in Python."""
    x = answers(300, 21, seed=10)
    spec = TabulationSpec(
        tuple(f"i{i}" for i in range(21)),
        tuple((3 * v, 3 * v + 1, 3 * v + 2) for v in range(7)),
        1,
        5,
        2,
        (),
    )

    calls, results = {}, {}
    for agencies in (2, 640):
        moments = complete(*((agency, x) for agency in range(agencies)))

        def reliability(moments: CompleteMoments = moments, agencies: int = agencies) -> None:
            results[agencies] = value_reliability(
                moments, spec, agencies=agencies, kinds=[ItemKind.LIKERT]
            )

        reliability()  # what is imported late is imported now
        calls[agencies] = calls_in(reliability)
    assert calls[640] == calls[2]
    result = results[640]
    assert result.alpha.shape == result.omega.shape == (640, 7)
    assert (result.alpha == result.alpha[0]).all()
