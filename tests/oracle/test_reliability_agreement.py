"""Reliability and agreement against R (script: reliability_agreement.R; versions in the JSON).

Tolerance 1e-9 relative, except omega, 1e-6: there the error is lavaan's optimiser.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cermin.core import agreement, evaluators, reliability

CASES: dict[str, Any] = json.loads(
    Path(__file__).with_name("reliability_agreement.json").read_text(encoding="utf-8")
)
EXACT = 1e-9
LAVAAN = 1e-6


def item_moments(rows: list[list[int]]) -> dict[str, Any]:
    x = np.array(rows, dtype=np.int64)
    return {"n": np.array(len(x)), "sums": x.sum(axis=0), "products": x.T @ x}


def pair_moments(rows: list[list[int | None]]) -> dict[str, Any]:
    x = np.array([[0 if a is None else a for a in row] for row in rows], dtype=np.int64)
    seen = np.array([[a is not None for a in row] for row in rows], dtype=np.int64)
    return {"n": seen.T @ seen, "sums": x.T @ seen, "products": x.T @ x}


def by_unit(case: dict[str, Any]) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    rows, unit = np.array(case["rows"], dtype=np.int64), np.array(case["unit"])
    return [rows[unit == u] for u in range(unit.max() + 1)]


def histograms(case: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Counts (units, items, 5 levels)."""
    return np.array(
        [[np.bincount(item, minlength=6)[1:] for item in x.T] for x in by_unit(case)],
        dtype=np.int64,
    )


@pytest.mark.parametrize("name", ["three", "six"])
def test_alpha_item_rest_and_correlations_match_psych(name: str) -> None:
    case = CASES[name]
    covariance = reliability.covariance_matrix(**item_moments(case["rows"]))
    assert reliability.cronbach_alpha(covariance) == pytest.approx(case["alpha"], rel=EXACT)
    np.testing.assert_allclose(
        reliability.item_rest_correlation(covariance), case["item_rest"], rtol=EXACT
    )
    np.testing.assert_allclose(
        reliability.correlation_matrix(covariance), case["correlation"], rtol=EXACT
    )


@pytest.mark.parametrize("name", ["three", "six"])
def test_feldt_interval_matches_psych(name: str) -> None:
    case = CASES[name]
    rows = case["rows"]
    low, high = reliability.alpha_interval(case["alpha"], n=len(rows), items=len(rows[0]))
    assert low == pytest.approx(case["low"], rel=EXACT)
    assert high == pytest.approx(case["high"], rel=EXACT)


@pytest.mark.parametrize("name", ["three", "six"])
def test_omega_matches_lavaan(name: str) -> None:
    case = CASES[name]
    covariance = reliability.covariance_matrix(**item_moments(case["rows"]))
    assert reliability.mcdonald_omega(covariance) == pytest.approx(case["omega"], rel=LAVAAN)


def test_pairwise_covariance_and_alpha_match_r() -> None:
    case = CASES["missing"]
    covariance = reliability.pairwise_covariance(**pair_moments(case["rows"]))
    np.testing.assert_allclose(covariance, case["covariance"], rtol=EXACT)
    assert reliability.cronbach_alpha(covariance) == pytest.approx(case["alpha"], rel=EXACT)


def test_unit_icc_matches_multilevel() -> None:
    case = CASES["grouped"]
    scores = [x.sum(axis=1) for x in by_unit(case)]
    n, sums, squares = (
        np.array([f(s) for s in scores]) for f in (len, np.sum, lambda s: np.sum(s * s))
    )
    icc = agreement.unit_icc(n, sums, squares)
    assert icc.icc1 == pytest.approx(case["icc1"], rel=EXACT)
    assert icc.icc2 == pytest.approx(case["icc2"], rel=EXACT)
    unequal = agreement.unit_icc(n, sums, squares, group_size="k0")
    assert unequal.group_size == pytest.approx(case["k0"], rel=EXACT)


def test_agreement_within_units_matches_multilevel() -> None:
    case = CASES["grouped"]
    counts = histograms(case)
    variance = agreement.unit_variance(*agreement.histogram_moments(counts, low=1))
    np.testing.assert_allclose(agreement.rwg(variance[:, 0], levels=5), case["rwg"], rtol=EXACT)
    np.testing.assert_allclose(agreement.rwg_j(variance, levels=5), case["rwg_j"], rtol=EXACT)
    np.testing.assert_allclose(
        agreement.rwg_j_lindell(variance, levels=5), case["lindell"], rtol=EXACT
    )
    deviation = agreement.average_deviation(counts, low=1)
    np.testing.assert_allclose(deviation[:, 0], case["ad_item"], rtol=EXACT)
    np.testing.assert_allclose(deviation.mean(axis=1), case["ad"], rtol=EXACT)


def test_disagreement_beyond_chance_matches_multilevel() -> None:
    case = CASES["disagreeing"]
    counts = histograms({**case, "unit": [0, 0, 0, 0]})
    variance = agreement.unit_variance(*agreement.histogram_moments(counts, low=1))
    assert agreement.rwg(variance[:, 0], levels=5) == case["rwg"]
    assert agreement.rwg_j(variance, levels=5) == case["rwg_j"]
    assert agreement.rwg_j_lindell(variance, levels=5) == pytest.approx(case["lindell"], rel=EXACT)


def test_level_alphas_match_manova() -> None:
    case = CASES["grouped"]
    units = by_unit(case)
    alpha = agreement.level_alpha(
        np.array([len(x) for x in units]),
        np.array([x.sum(axis=0) for x in units]),
        np.array([x.T @ x for x in units]),
    )
    assert alpha.within == pytest.approx(case["alpha_within"], rel=EXACT)
    assert alpha.between == pytest.approx(case["alpha_between"], rel=EXACT)


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_kappa_and_its_error_match_vcd(weights: evaluators.KappaWeights) -> None:
    case = CASES["kappa"]
    plain = evaluators.cohen_kappa(case["table"])
    assert (plain.kappa, plain.ase) == pytest.approx(case[weights]["unweighted"], rel=EXACT)
    weighted = evaluators.cohen_kappa(case["table"], weights=weights)
    assert (weighted.kappa, weighted.ase) == pytest.approx(case[weights]["weighted"], rel=EXACT)


def test_evaluator_icc_matches_psych() -> None:
    case = CASES["ratings"]
    x = np.array(case["rows"])
    icc = evaluators.evaluator_icc(
        subject_sums=x.sum(axis=1), evaluator_sums=x.sum(axis=0), sum_of_squares=(x * x).sum()
    )
    computed = [icc.single_oneway, icc.single_random, icc.single_fixed]
    computed += [icc.mean_oneway, icc.mean_random, icc.mean_fixed]
    assert computed == pytest.approx(case["icc"], rel=EXACT)
