"""Confidence intervals and t probabilities.

References
----------
Korn & Graubard (1998), Surv. Methodol. 24:193-201 (beta interval of a proportion).
Welch (1947), Biometrika 34:28-35 (degrees of freedom of a difference).
"""

from __future__ import annotations

import math

from cermin.core.distributions import (
    beta_quantile,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)

LEVEL = 0.95


def critical_value(df: float | None, level: float = LEVEL) -> float:
    """Two-sided critical value of Student's t; of the normal distribution if ``df`` is None.

    Not a number for ``df`` below or at 0: no interval can be given.
    """
    tail = (1 + level) / 2
    if df is None or math.isinf(df):
        return float(normal_quantile(tail))
    return float(t_quantile(df, tail)) if df > 0 else math.nan


def mean_interval(
    estimate: float, se: float, df: float | None, level: float = LEVEL
) -> tuple[float, float]:
    """``estimate ± t se``."""
    half = critical_value(df, level) * se
    return estimate - half, estimate + half


def logit_interval(
    proportion: float, se: float, df: float | None, level: float = LEVEL
) -> tuple[float, float]:
    """Interval of a proportion on the logit scale: ``expit(logit p ± t se / (p (1 - p)))``.

    R ``svyciprop(method = "logit")``. Not a number at 0 and 1: use :func:`beta_interval` there.
    """
    spread = proportion * (1 - proportion)
    if spread <= 0:
        return math.nan, math.nan
    logit = math.log(proportion / (1 - proportion))
    low, high = mean_interval(logit, se / spread, df, level)
    return 1 / (1 + math.exp(-low)), 1 / (1 + math.exp(-high))


def beta_interval(
    proportion: float, se: float, df: float, n: int, level: float = LEVEL
) -> tuple[float, float]:
    """Korn-Graubard interval of a proportion.

    Clopper-Pearson limits with the effective sample size
    ``p (1 - p)/se^2 (t_{n-1} / t_df)^2``; R ``svyciprop(method = "beta")``.

    Parameters
    ----------
    proportion
        Estimate, 0..1.
    se
        Design-based standard error.
    df
        Degrees of freedom of the design.
    n
        Respondents.
    level
        Confidence level.
    """
    tail = (1 - level) / 2
    ratio = critical_value(n - 1, level) / critical_value(df, level)
    n_effective = float(n) if se == 0 else proportion * (1 - proportion) / se**2 * ratio**2
    yes, no = n_effective * proportion, n_effective * (1 - proportion)
    low = float(beta_quantile(yes, no + 1, tail)) if yes > 0 else 0.0
    high = float(beta_quantile(yes + 1, no, 1 - tail)) if no > 0 else 1.0
    return low, high


def welch_df(se_first: float, df_first: float, se_second: float, df_second: float) -> float:
    """Degrees of freedom ``(V1 + V2)^2 / (V1^2/df1 + V2^2/df2)`` of a difference.

    A side without variance adds none; not a number if a side with variance has ``df <= 0``.
    Infinite if neither side has variance.
    """
    first, second = se_first**2, se_second**2
    below = _square_per_df(first, df_first) + _square_per_df(second, df_second)
    return math.inf if below == 0 else (first + second) ** 2 / below


def two_sided_p(t: float, df: float | None) -> float:
    """Two-sided p value of Student's t; of the normal distribution if ``df`` is None."""
    return 2 * distribution(-abs(t), df)


def distribution(x: float, df: float | None) -> float:
    """Cumulative Student's t; normal if ``df`` is None or infinite."""
    if df is None or math.isinf(df):
        return float(normal_cdf(x))
    return float(t_cdf(df, x)) if df > 0 else math.nan


def _square_per_df(variance: float, df: float) -> float:
    if variance == 0:
        return 0.0
    return variance**2 / df if df > 0 else math.nan
