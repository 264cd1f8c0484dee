"""Sums over the cells of a domain, the ground under :mod:`cermin.core.estimates`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.moments import CellMoments, TabulationSpec

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.integer[Any]]

FEW_CELLS = 32  # domains up to this size are added side by side, larger ones one by one


@dataclass(frozen=True)
class Design:
    """Variance stratum of each cell, and the people and respondents of each stratum.

    Attributes
    ----------
    cell_stratum
        Shape (C,).
    population, n
        Shape (H,). The weight of an answer is ``population / n`` of its stratum.
    """

    cell_stratum: Index
    population: Ints
    n: Ints


class DomainCells:
    """The cells inside any domain, by domain, with the factors of their strata.

    A *block* is domain x stratum. Most blocks are one cell; the few of several cells (collapsed
    strata) are kept apart, so that the common case stays one pass.

    Attributes
    ----------
    weight
        Weight of each answer, shape (cells inside,).
    kept, lost
        ``w^2 n_h/(n_h - 1)`` times ``1 - f_h`` and ``f_h``; NaN for a stratum of one respondent.
    """

    def __init__(self, design: Design, rows: Index | slice, domain: Index, domains: int) -> None:
        self.rows = rows
        self.domain = domain
        self.domains = domains
        stratum = np.asarray(design.cell_stratum)[rows]
        n, people = design.n[stratum], design.population[stratum]
        fraction = n / people
        self.n_stratum = n
        self.weight: Floats = people / n
        self.fraction: Floats = fraction
        bessel = np.where(n > 1, n / np.maximum(n - 1, 1), np.nan)
        self.kept: Floats = self.weight**2 * bessel * (1.0 - fraction)
        self.lost: Floats = self.weight**2 * bessel * fraction
        self._plan_sums()
        self._find_blocks(stratum)

    def _plan_sums(self) -> None:
        edges = np.searchsorted(self.domain, np.arange(self.domains + 1))
        size = np.diff(edges)
        few = size <= FEW_CELLS
        # the k-th cells of all domains with few cells are added in one step
        self._steps: list[tuple[Index, Index]] = []
        for k in range(int(size[few].max(initial=0))):
            domains = np.flatnonzero(few & (size > k))
            self._steps.append((domains, edges[domains] + k))
        self._large = [(d, slice(edges[d], edges[d + 1])) for d in np.flatnonzero(~few).tolist()]

    def _find_blocks(self, stratum: Index) -> None:
        key = self.domain * (np.max(stratum, initial=0) + 1) + stratum
        _, first, block, size = np.unique(
            key, return_index=True, return_inverse=True, return_counts=True
        )
        several = size > 1
        self.shared = np.flatnonzero(several[block])  # cells of blocks of several cells
        number = np.cumsum(several) - 1
        self.shared_block = number[block[self.shared]]
        self.shared_first = first[several]  # one cell for the facts of each such block
        self._alone = np.where(several[block], 0.0, 1.0)

    def take(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Rows of the cells inside, in the order of the domains."""
        return array[self.rows]

    def sum(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Add up rows (cells inside) by domain: shape (D, ...)."""
        total = np.zeros((self.domains, *array.shape[1:]), dtype=array.dtype)
        for domains, cells in self._steps:
            total[domains] += array[cells]
        for domain, rows in self._large:
            total[domain] = array[rows].sum(axis=0)
        return total

    def block_sum(self, array: Floats) -> Floats:
        """Add up the rows of the cells that share a block: shape (shared blocks, ...)."""
        total = np.zeros((self.shared_first.size, *array.shape[1:]))
        np.add.at(total, self.shared_block, array[self.shared])
        return total

    def centred(self, factor: Floats, squares: Floats, left: Floats, right: Floats) -> Floats:
        """``sum_blocks factor {sum squares - (sum left)(sum right) / n_h}`` by domain.

        Parameters
        ----------
        factor
            Shape (cells,), constant in a stratum.
        squares, left, right
            Shape (cells, P).
        """
        alone = self._alone / self.n_stratum
        total = self.sum(factor[:, None] * (squares - alone[:, None] * (left * right)))
        first = self.shared_first
        shared = (factor / self.n_stratum)[first, None] * (
            self.block_sum(left) * self.block_sum(right)
        )
        np.subtract.at(total, self.domain[first], shared)
        return np.asarray(total)

    def blocks(self, answered: npt.NDArray[np.bool_]) -> Ints:
        """Count the blocks with an answer, by domain: shape (D, P)."""
        count = self.sum((answered * self._alone[:, None]).astype(np.int64))
        shared = self.block_sum(answered.astype(np.float64)) > 0
        np.add.at(count, self.domain[self.shared_first], shared.astype(np.int64))
        return np.asarray(count)


def domain_cells(design: Design, domain: Index, domains: int) -> DomainCells:
    """All cells inside any of the domains."""
    return next(domain_parts(design, domain, domains, cells=max(domain.size, 1)))


def domain_parts(
    design: Design, domain: Index, domains: int, *, cells: int = 4096
) -> Iterator[DomainCells]:
    """The cells in parts of whole, consecutive domains, small enough for the processor's cache.

    Parameters
    ----------
    design
        Variance strata of all cells.
    domain
        Domain of each cell, -1 outside, shape (C,).
    domains
        Number of domains; together the parts have exactly these, in order.
    cells
        About how many cells a part has; one domain is never cut.
    """
    inside = np.flatnonzero(domain >= 0)
    order = inside[np.argsort(domain[inside], kind="stable")]
    whole = bool(np.array_equal(order, np.arange(domain.size)))
    ordered = domain[order]
    edges = np.searchsorted(ordered, np.arange(domains + 1))
    cuts = np.searchsorted(edges, np.arange(cells, order.size, cells))
    cuts = np.unique(np.r_[0, cuts, domains])
    for low, high in itertools.pairwise(cuts.tolist()):
        first, last = int(edges[low]), int(edges[high])
        rows = slice(first, last) if whole else order[first:last]
        yield DomainCells(design, rows, ordered[first:last] - low, high - low)


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


def item_sums(inside: DomainCells, cells: CellMoments, spec: TabulationSpec) -> ItemSums:
    """Available-case means, variances and level shares of the items."""
    histogram = inside.take(cells.histogram).astype(np.float64)
    level = np.arange(spec.low, spec.high + 1, dtype=np.float64)
    power = np.stack([np.ones_like(level), level, level**2], axis=1)
    shape = histogram.shape
    moment = (histogram.reshape(-1, shape[2]) @ power).reshape(shape[0], shape[1], 3)
    n, total, square = (np.ascontiguousarray(moment[:, :, k]) for k in range(3))
    histogram *= inside.weight[:, None, None]
    counts = inside.sum(histogram.reshape(shape[0], shape[1] * shape[2])).reshape(
        inside.domains, *shape[1:]
    )
    represented = _positive(counts.sum(axis=2))
    shares = counts / represented[:, :, None]
    mean = shares @ level
    deviation = total - n * mean[inside.domain]
    some = np.maximum(n, 1.0)
    squares = (n * square - total**2 + deviation**2) / some
    variance = inside.centred(inside.kept, squares, deviation, deviation) / represented**2
    return ItemSums(
        n=inside.sum(n).astype(np.int64),
        mean=mean,
        variance=np.maximum(variance, 0.0),
        shares=shares,
    )


def value_sums(inside: DomainCells, cells: CellMoments) -> ValueSums:
    """Means and covariances of the values over pairwise respondents."""
    n = inside.take(np.diagonal(cells.pair_n, axis1=1, axis2=2))
    score = inside.take(np.diagonal(cells.pair_sum, axis1=1, axis2=2))
    represented = inside.sum(inside.weight[:, None] * n)
    positive = _positive(represented)
    mean = inside.sum(inside.weight[:, None] * score) / positive
    deviation = score - n * mean[inside.domain]
    first, second = np.triu_indices(n.shape[1])
    squares = _pair_squares(inside, cells, mean)
    left, right = deviation[:, first], deviation[:, second]
    size = positive[:, first] * positive[:, second]
    n_domain = inside.sum(n)
    return ValueSums(
        n=n_domain,
        represented=represented,
        mean=mean,
        df=n_domain - inside.blocks(n > 0),
        kept=inside.centred(inside.kept, squares, left, right) / size,
        lost=inside.centred(inside.lost, squares, left, right) / size,
    )


def pair_moments(inside: DomainCells, cells: CellMoments) -> tuple[Floats, Floats, Floats, Floats]:
    """``n_vw, S_v|w, S_w|v`` and the centred ``W_vw`` of the pairs v <= w, shape (cells, pairs)."""
    values = cells.pair_n.shape[1]
    first, second = np.triu_indices(values)
    there, back = first * values + second, second * values + first

    def flat(array: Ints, positions: Index) -> Floats:
        rows = inside.take(array).reshape(-1, values * values)
        return np.asarray(rows[:, positions], dtype=np.float64)

    n = flat(cells.pair_n, there)
    forth, reverse = flat(cells.pair_sum, there), flat(cells.pair_sum, back)
    # integers below 2^53, so the difference is exact and a constant answer gives exactly 0
    within = (n * flat(cells.pair_product, there) - forth * reverse) / np.maximum(n, 1.0)
    return n, forth, reverse, within


def _pair_squares(inside: DomainCells, cells: CellMoments, mean: Floats) -> Floats:
    """``sum_i (y_iv - theta_v)(y_iw - theta_w)`` over respondents on both, by cell and pair."""
    n, forth, reverse, within = pair_moments(inside, cells)
    first, second = np.triu_indices(mean.shape[1])
    forth -= n * mean[:, first][inside.domain]
    reverse -= n * mean[:, second][inside.domain]
    return np.asarray(within + forth * reverse / np.maximum(n, 1.0))


def _positive(represented: Floats) -> Floats:
    """NaN where nobody answered, so that nothing is said there."""
    return np.where(represented > 0, represented, np.nan)
