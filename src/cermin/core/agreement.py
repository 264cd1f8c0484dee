"""Agreement of people within units.

Units form the first axis of every array; further axes (values, items) are carried along, so that
seven values in thirty thousand units are one call. Input are integer moments: ``n``, ``sums`` and
``squares`` (sum of squared scores); for value composites these are the diagonals of
``CellMoments.pair_n``, ``pair_sum`` and ``pair_product``: see :func:`unit_moments`.
Agreement between two evaluators is in :mod:`cermin.core.evaluators`.

References
----------
Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability.
James, Demaree & Wolf (1984). Estimating within-group interrater reliability. JAP 69.
Lindell, Brandt & Whitney (1999). A revised index of interrater agreement. APM 23.
Burke, Finkelstein & Dusig (1999). On average deviation indices. ORM 2.
Geldhof, Preacher & Zyphur (2014). Reliability estimation in a multilevel CFA framework.
Psychological Methods 19.
Donner, A. (1986). A review of inference procedures for the intraclass correlation. ISR 54.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cermin.core.domain_cells import Runs
from cermin.core.moments import CellMoments, Ints
from cermin.core.reliability import cronbach_alpha

Floats = npt.NDArray[np.float64]
GroupSize = Literal["mean", "k0"]
_Add = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
_Spread = Callable[[Floats], Floats]


@dataclass(frozen=True)
class UnitIcc:
    """Intraclass correlations of units, one entry per value (shape of the trailing axes).

    NaN with fewer than two units, or when nobody shares a unit with anybody.
    """

    units: Ints  # units with at least one respondent
    n: Ints
    group_size: Floats  # k of the formula
    mean_square_between: Floats
    mean_square_within: Floats
    icc1: Floats  # share of variance that lies between units
    icc2: Floats  # reliability of a unit's mean


@dataclass(frozen=True)
class LevelAlpha:
    """Alpha of the differences between people of a unit, and of the differences between units."""

    within: float
    between: float


def unit_moments(cells: CellMoments) -> tuple[Ints, Ints, Ints]:
    """Return n, sums and squares of the value scores, each of shape (C, V)."""
    n, sums, squares = (
        np.diagonal(array, axis1=1, axis2=2)
        for array in (cells.pair_n, cells.pair_sum, cells.pair_product)
    )
    return n, sums, squares


def unit_icc(n: Ints, sums: Ints, squares: Ints, *, group_size: GroupSize = "mean") -> UnitIcc:
    """ICC(1) and ICC(2) of one-way analysis of variance.

    ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW), ICC(2) = 1 - MSW / MSB.

    Parameters
    ----------
    n, sums, squares
        ``(G, ...)`` respondents, sums and sums of squares by unit; empty units are left out.
    group_size
        "mean": k = N / G, as R's ``multilevel``; "k0": k = (N - sum n^2 / N) / (G - 1), Donner
        (1986), to prefer when units are very unequal.

    Returns
    -------
    Both may be negative (units differ less than chance): reported as they are.
    """
    return _unit_icc(
        n,
        sums,
        squares,
        add=lambda rows: np.asarray(rows.sum(axis=0)),
        spread=lambda means: means,
        group_size=group_size,
    )


def unit_icc_by_group(
    n: Ints, sums: Ints, squares: Ints, group: npt.NDArray[np.integer[Any]], groups: int
) -> UnitIcc:
    """ICC of the units of every group at once, as :func:`unit_icc` of each.

    Parameters
    ----------
    n, sums, squares
        ``(V, U)``, units last.
    group
        Group of each unit, ascending, shape (U,).
    groups
        Number of groups; the results have the shape (V, groups).
    """
    return _unit_icc(
        n,
        sums,
        squares,
        add=Runs(group, groups).sum,
        spread=lambda means: means.take(group, axis=-1),
        group_size="mean",
    )


def _unit_icc(
    n: Ints, sums: Ints, squares: Ints, *, add: _Add, spread: _Spread, group_size: GroupSize
) -> UnitIcc:
    """ICC with ``add`` over the units of a group, and ``spread`` back to the units."""
    count = n.astype(np.float64)
    units: Ints = add((n > 0).astype(np.int64))
    total: Floats = add(count)
    mean = _over(sums.astype(np.float64), count, otherwise=0.0)
    grand = _over(add(sums).astype(np.float64), total)
    between = add(count * (mean - spread(grand)) ** 2)
    within = add(_over(_scaled_variation(n, sums, squares), count, otherwise=0.0))
    msb = _over(between, units - 1.0)
    msw = _over(within, total - units)
    if group_size == "mean":
        size = _over(total, units.astype(np.float64))
    else:
        size = _unequal_group_size(count, units)
    icc1 = _over(msb - msw, msb + (size - 1) * msw)
    return UnitIcc(units, add(n), size, msb, msw, icc1, _over(msb - msw, msb))


def _scaled_variation(n: Ints, sums: Ints, squares: Ints) -> Floats:
    """n Q - S^2 in exact integers: n^2 times the variance of a unit."""
    return (n * squares - sums * sums).astype(np.float64)


def _unequal_group_size(count: Floats, units: Ints) -> Floats:
    total = np.asarray(count.sum(axis=0))
    return _over(total - _over(np.asarray((count**2).sum(axis=0)), total), units - 1.0)


def _over(
    numerator: npt.NDArray[np.floating[Any]],
    denominator: npt.NDArray[np.floating[Any]],
    *,
    otherwise: float = np.nan,
) -> Floats:
    """Quotient, with ``otherwise`` where the denominator is not positive."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, otherwise)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


# Agreement inside one unit


def unit_variance(n: Ints, sums: Ints, squares: Ints) -> Floats:
    """Sample variance by unit, same shape as the input; NaN where n < 2."""
    count = n.astype(np.float64)
    return _over(_scaled_variation(n, sums, squares), count * (count - 1))


def histogram_moments(histogram: Ints, *, low: int) -> tuple[Ints, Ints, Ints]:
    """Return n, sums, squares from counts of the levels ``low``, ``low + 1``, ... (last axis)."""
    answers = np.arange(low, low + histogram.shape[-1], dtype=np.int64)
    return histogram.sum(axis=-1), histogram @ answers, histogram @ answers**2


def uniform_variance(levels: int) -> float:
    """Variance of answers spread evenly over the levels, (A^2 - 1) / 12."""
    if levels < 2:
        raise ValueError("agreement needs at least two answer levels")
    return (levels**2 - 1) / 12


def rwg(variance: Floats, *, levels: int) -> Floats:
    """Agreement on single items, 1 - s^2 / s^2_uniform, truncated at 0 (James et al. 1984)."""
    return np.maximum(1 - variance / uniform_variance(levels), 0.0)


def rwg_j(item_variances: Floats, *, levels: int) -> Floats:
    """Agreement on a scale of J items (last axis): J a / (J a + 1 - a), a = 1 - mean s^2 / s^2_E.

    A mean variance above the uniform one counts as no agreement: 0 (James et al. 1984).
    """
    j = item_variances.shape[-1]
    a = rwg(item_variances.mean(axis=-1), levels=levels)
    agreement: Floats = j * a / (j * a + 1 - a)
    return agreement


def rwg_j_lindell(item_variances: Floats, *, levels: int) -> Floats:
    """Lindell's r*_wg(j), 1 - mean s^2 / s^2_E: not raised by more items; may be negative."""
    agreement: Floats = 1 - item_variances.mean(axis=-1) / uniform_variance(levels)
    return agreement


def average_deviation(histogram: Ints, *, low: int) -> Floats:
    """Average absolute deviation from the mean, AD_M, by item.

    Parameters
    ----------
    histogram
        ``(..., L)`` counts of the levels ``low``, ``low + 1``, ...

    Returns
    -------
    ``(...)`` in scale points; NaN where n < 2. The AD of a scale is the mean over its items.
    """
    answers = np.arange(low, low + histogram.shape[-1], dtype=np.int64)
    n = histogram.sum(axis=-1)
    # n |answer - mean| is an integer
    distance = np.abs(n[..., np.newaxis] * answers - (histogram @ answers)[..., np.newaxis])
    total = (histogram * distance).sum(axis=-1).astype(np.float64)
    return np.where(n > 1, _over(total, n.astype(np.float64) ** 2), np.nan)


# Two levels


def level_alpha(n: Ints, sums: Ints, products: Ints) -> LevelAlpha:
    """Alpha within and between units (Geldhof, Preacher & Zyphur 2014), by moments.

    The within matrix is the pooled MSW; the between matrix is (MSB - MSW) / k0, the
    analysis-of-variance estimate instead of their two-level likelihood.

    Parameters
    ----------
    n, sums, products
        Complete respondents by unit: ``(G,)``, ``(G, I)``, ``(G, I, I)``.

    Returns
    -------
    NaN where a level has no (positive) variance or fewer than two units. With few units the
    between matrix is rough and its alpha may exceed 1; it is reported as it is.
    """
    kept = n > 0
    n, sums, products = n[kept], sums[kept], products[kept]
    count = n.astype(np.float64)
    units, total = np.asarray(len(count)), count.sum()
    outer = sums[:, :, np.newaxis] * sums[:, np.newaxis, :]
    scaled = n[:, np.newaxis, np.newaxis] * products - outer
    within = (scaled / count[:, np.newaxis, np.newaxis]).sum(axis=0)
    deviation = sums / count[:, np.newaxis] - sums.sum(axis=0) / max(total, 1.0)
    between = (deviation * count[:, np.newaxis]).T @ deviation
    msw = _over(within, np.asarray(total - units))
    msb = _over(between, np.asarray(units - 1.0))
    level = (msb - msw) / _unequal_group_size(count, units)
    return LevelAlpha(within=float(cronbach_alpha(msw)), between=float(cronbach_alpha(level)))
