"""Intervals at their edges; ordinary values are held against R in tests/oracle."""

from __future__ import annotations

import math

import pytest

from cermin.core.intervals import (
    beta_interval,
    critical_value,
    distribution,
    logit_interval,
    mean_interval,
    two_sided_p,
    welch_df,
)


def test_critical_values_of_the_tables():
    assert critical_value(None) == pytest.approx(1.959964, abs=1e-6)
    assert critical_value(math.inf) == critical_value(None)
    assert critical_value(5) == pytest.approx(2.570582, abs=1e-6)
    assert critical_value(10, level=0.99) == pytest.approx(3.169273, abs=1e-6)
    assert math.isnan(critical_value(0))


def test_p_values_of_the_tables():
    assert two_sided_p(1.959964, None) == pytest.approx(0.05, abs=1e-7)
    assert two_sided_p(-2.570582, 5) == pytest.approx(0.05, abs=1e-7)
    assert distribution(0.0, math.inf) == 0.5
    assert math.isnan(distribution(1.0, 0))


def test_a_mean_without_error_is_its_own_interval():
    assert mean_interval(61.0, 0.0, 10) == (61.0, 61.0)


@pytest.mark.parametrize("proportion", [0.0, 1.0])
def test_logit_says_nothing_at_the_ends(proportion):
    assert all(math.isnan(limit) for limit in logit_interval(proportion, 0.0, 30))


def test_beta_is_clopper_pearson_when_all_answers_agree():
    # nobody of 20: upper limit 1 - 0.025^(1/20)
    low, high = beta_interval(0.0, 0.0, 19, 20)
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    low, high = beta_interval(1.0, 0.0, 19, 20)
    assert (low, high) == (pytest.approx(0.025 ** (1 / 20)), 1.0)


def test_welch_degrees_of_freedom():
    assert welch_df(1.0, 10, 1.0, 10) == pytest.approx(20)
    assert welch_df(0.0, 0, 2.0, 7) == 7
    assert welch_df(0.0, 5, 0.0, 5) == math.inf
    assert math.isnan(welch_df(1.0, 0, 1.0, 9))
