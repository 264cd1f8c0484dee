"""The cells of domains in the order of the domains, with the factors of their strata.

Arrays of cells have the cells on their *last* axis: a sum by domain is then a sum over runs of
neighbouring numbers, and a weight multiplies whole rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.integer[Any]]

PART = 4096  # cells of a part that stays in the processor's cache


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

    @cached_property
    def stratum_cells(self) -> Ints:
        """Number of cells of each stratum, shape (H,)."""
        return np.bincount(self.cell_stratum, minlength=len(self.n))


class Runs:
    """Sums over runs of equal, ascending numbers ``number`` below ``count``."""

    def __init__(self, number: Index, count: int) -> None:
        change = np.ones(number.size, dtype=bool)
        change[1:] = number[1:] != number[:-1]
        self.starts = np.flatnonzero(change)
        self._present = number[self.starts]
        self._count = count

    def sum(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Add up the last axis by number: shape (..., count), 0 for a number without a run."""
        if self.starts.size == self._count > 0:
            return np.asarray(np.add.reduceat(array, self.starts, axis=-1))
        total = np.zeros((*array.shape[:-1], self._count), dtype=array.dtype)
        if self.starts.size:
            total[..., self._present] = np.add.reduceat(array, self.starts, axis=-1)
        return total


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
        self._runs = Runs(domain, domains)
        self._find_blocks(stratum, design.stratum_cells[stratum] > 1)

    def _find_blocks(self, stratum: Index, perhaps: npt.NDArray[np.bool_]) -> None:
        candidates = np.flatnonzero(perhaps)
        key = self.domain[candidates] * (np.max(stratum, initial=0) + 1) + stratum[candidates]
        _, block, size = np.unique(key, return_inverse=True, return_counts=True)
        several = size > 1
        together = np.flatnonzero(several[block])
        together = together[np.argsort(block[together], kind="stable")]
        self.shared = candidates[together]  # cells of blocks of several cells, by block
        number = np.cumsum(several) - 1
        self._blocks = Runs(number[block[together]], int(several.sum()))
        self.shared_first = self.shared[self._blocks.starts]  # one cell for the facts of each
        self._block_runs = Runs(self.domain[self.shared_first], self.domains)
        self._alone = np.ones(stratum.size)
        self._alone[self.shared] = 0.0

    def take(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Rows of the cells inside, in the order of the domains."""
        return array[self.rows]

    def sum(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Add up (..., cells inside) by domain: shape (..., D)."""
        return self._runs.sum(array)

    def spread(self, array: Floats) -> Floats:
        """Give every cell the figure of its domain: (..., D) to (..., cells inside)."""
        return array.take(self.domain, axis=-1)

    def centred(
        self, factors: Sequence[Floats], squares: Floats, left: Floats, right: Floats
    ) -> list[Floats]:
        """``sum_blocks factor {sum squares - (sum left)(sum right) / n_h}`` by domain.

        Parameters
        ----------
        factors
            Each of shape (cells,), constant in a stratum.
        squares, left, right
            Shape (P, cells).

        Returns
        -------
        Of each factor, shape (P, D).
        """
        inside = left * right
        inside *= self._alone / self.n_stratum
        np.subtract(squares, inside, out=inside)
        totals = [self.sum(inside * factor) for factor in factors]
        if self.shared.size:
            shared = self._block_sum(left) * self._block_sum(right)
            for k, factor in enumerate(factors):
                share = (factor / self.n_stratum)[self.shared_first]
                totals[k] -= self._block_runs.sum(share * shared)
        return totals

    def blocks(self, answered: npt.NDArray[np.bool_]) -> Ints:
        """Count the blocks with an answer, by domain: shape (P, D)."""
        count = self.sum(answered * self._alone)
        shared = self._block_sum(answered.astype(np.float64)) > 0
        count += self._block_runs.sum(shared.astype(np.float64))
        return np.asarray(count, dtype=np.int64)

    def _block_sum(self, array: Floats) -> Floats:
        """Add up the cells that share a block: shape (..., shared blocks)."""
        return np.asarray(self._blocks.sum(array[..., self.shared]))


def domain_parts(
    design: Design, domain: Index, domains: int, *, cells: int = PART
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
    for part, _ in nested_parts(design, domain, np.arange(domains), domains, cells=cells):
        yield part


def nested_parts(
    design: Design, domain: Index, parent: Index, parents: int, *, cells: int = PART
) -> Iterator[tuple[DomainCells, DomainCells]]:
    """The same cells twice, by domain and by the parent of the domain; no parent is cut.

    Parameters
    ----------
    design, domain, cells
        As in :func:`domain_parts`.
    parent
        Parent of each domain, ascending, shape (D,).
    parents
        Number of parents.

    Raises
    ------
    ValueError
        If the domains of a parent do not stand together.
    """
    if np.any(parent[1:] < parent[:-1]):
        raise ValueError("domains must stand in the order of their parents")
    inside = np.flatnonzero(domain >= 0)
    order = inside[np.argsort(domain[inside], kind="stable")]
    whole = bool(np.array_equal(order, np.arange(domain.size)))
    lower = domain[order]
    upper = parent[lower]
    edges = np.searchsorted(upper, np.arange(parents + 1))
    cuts = np.searchsorted(edges, np.arange(cells, order.size, cells))
    cuts = np.unique(np.r_[0, cuts, parents])
    for low, high in itertools.pairwise(cuts.tolist()):
        here = slice(int(edges[low]), int(edges[high]))
        rows = here if whole else order[here]
        first, last = np.searchsorted(parent, [low, high]).tolist()
        yield (
            DomainCells(design, rows, lower[here] - first, last - first),
            DomainCells(design, rows, upper[here] - low, high - low),
        )
