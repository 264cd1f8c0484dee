"""Sums over the cells of a domain, the ground under :mod:`cermin.core.estimates`.

Arrays of cells have the cells on their last axis, sums by domain come back domains first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cermin.core.domain_cells import Design, DomainCells, Floats, Index, Ints, domain_parts
from cermin.core.moments import CellMoments, TabulationSpec

__all__ = [
    "Design",
    "ItemSums",
    "ValueSums",
    "domain_parts",
    "item_moments",
    "item_sums",
    "pair_moments",
    "value_sums",
]


@dataclass(frozen=True)
class ItemSums:
    """Items by domain, on the scale of the answers."""

    n: Ints  # (D, I)
    mean: Floats  # (D, I)
    variance: Floats  # (D, I), with finite population correction
    shares: Floats  # (D, I, L)


@dataclass(frozen=True)
class ValueSums:
    """Values by domain, on the scale of the scores; ``pairs`` are v <= w, row by row."""

    n: Ints  # (D, V)
    represented: Floats  # (D, V)
    mean: Floats  # (D, V)
    df: Ints  # (D, V)
    kept: Floats  # (D, pairs) covariance with finite population correction
    lost: Floats  # (D, pairs) what the correction takes away

    def variances(self, part: Floats) -> Floats:
        """Variance of each value, shape (D, V)."""
        first, second = np.triu_indices(self.n.shape[1])
        return np.asarray(np.maximum(part[:, first == second], 0.0))

    def variance_of_plain_mean(self, part: Floats) -> Floats:
        """Variance of the plain mean of the values, shape (D,)."""
        values = self.n.shape[1]
        first, second = np.triu_indices(values)
        times = np.where(first == second, 1.0, 2.0)
        return np.asarray(np.maximum(part @ times, 0.0) / values**2)


@dataclass(frozen=True)
class ItemMoments:
    """Items of the cells inside, on the scale of the answers; any domains can be summed of them.

    Attributes
    ----------
    n, total
        Answers and their sum, shape (I, cells).
    within
        Sum of squares around the cell's own mean, shape (I, cells).
    weighted
        Histogram times weight, shape (L, I, cells).
    """

    n: Floats
    total: Floats
    within: Floats
    weighted: Floats


def item_moments(inside: DomainCells, cells: CellMoments, spec: TabulationSpec) -> ItemMoments:
    """Moments of the items from their histograms."""
    rows = inside.take(cells.histogram)
    histogram = np.empty(rows.shape[::-1])
    histogram[...] = rows.T
    above = histogram[-1].copy()  # answers at step k or higher, steps 0, 1, ... above the lowest
    steps, squares = np.zeros_like(above), np.zeros_like(above)
    for k in range(spec.levels - 1, 0, -1):
        steps += above
        squares += (2 * k - 1) * above  # k^2 is the sum of the first k odd numbers
        above += histogram[k - 1]
    n = above
    some = np.maximum(n, 1.0)
    # integers below 2^53, so the difference is exact and a constant answer gives exactly 0
    within = (n * squares - steps * steps) / some
    steps += spec.low * n
    histogram *= inside.weight
    return ItemMoments(n, steps, within, histogram)


def item_sums(inside: DomainCells, moments: ItemMoments, spec: TabulationSpec) -> ItemSums:
    """Available-case means, variances and level shares of the items."""
    level = np.arange(spec.low, spec.high + 1, dtype=np.float64)
    shares = inside.sum(moments.weighted)
    represented = _positive(shares.sum(axis=0))
    shares /= represented
    mean = (shares * level[:, None, None]).sum(axis=0)
    deviation = moments.total - moments.n * inside.spread(mean)
    squares = deviation * deviation
    squares /= np.maximum(moments.n, 1.0)
    squares += moments.within
    (variance,) = inside.centred([inside.kept], squares, deviation, deviation)
    variance /= represented**2
    return ItemSums(
        n=inside.sum(moments.n).T.astype(np.int64),
        mean=mean.T,
        variance=np.maximum(variance, 0.0).T,
        shares=shares.T,
    )


@dataclass(frozen=True)
class PairMoments:
    """Pairs v <= w of values in the cells inside, on the scale of the scores; (pairs, cells).

    Attributes
    ----------
    n
        Respondents on both.
    first, second
        Their sums of v and of w.
    within
        Sum of products around the cell's own means.
    """

    n: Floats
    first: Floats
    second: Floats
    within: Floats


def pair_moments(inside: DomainCells, cells: CellMoments) -> PairMoments:
    """Moments of the pairs of values."""
    values = cells.pair_n.shape[1]
    first, second = np.triu_indices(values)
    there, back = first * values + second, second * values + first

    def flat(array: Ints, positions: Index) -> Floats:
        rows = inside.take(array).reshape(-1, values * values)
        return rows.T[positions].astype(np.float64)

    n = flat(cells.pair_n, there)
    forth, reverse = flat(cells.pair_sum, there), flat(cells.pair_sum, back)
    # integers below 2^53, so the difference is exact and a constant answer gives exactly 0
    within = n * flat(cells.pair_product, there)
    within -= forth * reverse
    within /= np.maximum(n, 1.0)
    return PairMoments(n, forth, reverse, within)


def value_sums(
    inside: DomainCells, cells: CellMoments, pairs: PairMoments | None = None
) -> ValueSums:
    """Means and covariances of the values over pairwise respondents.

    ``pairs``: their moments, if known from other domains of the same cells.
    """
    pairs = pairs or pair_moments(inside, cells)
    first, second = np.triu_indices(cells.pair_n.shape[1])
    own = first == second
    n, score = pairs.n[own], pairs.first[own]
    represented = inside.sum(inside.weight * n)
    positive = _positive(represented)
    mean = inside.sum(inside.weight * score) / positive
    centre = inside.spread(mean)
    deviation = score - n * centre
    squares = _pair_squares(pairs, centre)
    factors = [inside.kept, inside.lost]
    kept, lost = inside.centred(factors, squares, deviation[first], deviation[second])
    size = positive[first] * positive[second]
    n_domain = inside.sum(n).astype(np.int64)
    return ValueSums(
        n=n_domain.T,
        represented=represented.T,
        mean=mean.T,
        df=(n_domain - inside.blocks(n > 0)).T,
        kept=(kept / size).T,
        lost=(lost / size).T,
    )


def _pair_squares(pairs: PairMoments, centre: Floats) -> Floats:
    """``sum_i (y_iv - theta_v)(y_iw - theta_w)`` over respondents on both, by pair and cell."""
    first, second = np.triu_indices(len(centre))
    left = pairs.first - pairs.n * centre[first]
    left *= pairs.second - pairs.n * centre[second]
    left /= np.maximum(pairs.n, 1.0)
    left += pairs.within
    return left


def _positive(represented: Floats) -> Floats:
    """NaN where nobody answered, so that nothing is said there."""
    return np.where(represented > 0, represented, np.nan)
