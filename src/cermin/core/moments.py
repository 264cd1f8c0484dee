"""Mergeable integer moments: all that statistics needs to know of the answers.

Engines count, core divides. Every array is int64; moments of cells, units, agencies and machines
merge by addition, exactly and in any order.

Notation: C cells, I items, L answer levels, V values (dimensions), G agency x stratum groups.
The *value score* of a person is ``sum of answered items * scale / number answered``, with
``scale`` divisible by every admissible number of answered items, so that it is an integer
(7 values of 3 items: scale 6, two or three answered, scores 6..30 for answers 1..5).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TabulationSpec:
    """What to count; the same for every engine.

    Attributes
    ----------
    items
        Column names of the items in the snapshot, grouped by value.
    values
        For each value, the positions in ``items`` of its items.
    low, high
        Lowest and highest answer; a missing answer is NULL.
    min_answered
        Least answered items of a value for a person to have its score (2 of 3).
    strata
        Column names of the strata in the snapshot (may be empty).
    """

    items: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    low: int
    high: int
    min_answered: int
    strata: tuple[str, ...]

    @property
    def levels(self) -> int:
        """Number of answer levels."""
        return self.high - self.low + 1

    @property
    def score_scale(self) -> int:
        """Least common multiple of all admissible numbers of answered items."""
        size = max((len(positions) for positions in self.values), default=1)
        return int(np.lcm.reduce(np.arange(self.min_answered, size + 1), initial=1))


@dataclass(frozen=True)
class CellMoments:
    """Moments of leaf cells (unit x strata), one row per cell.

    ``pair_n[c, v, w]``: respondents with a score on both v and w; ``pair_sum[c, v, w]``: sum of
    their v scores (so ``pair_sum[c, v, v]`` is the plain sum); ``pair_product[c, v, w]``: sum of
    products. ``pair_n`` and ``pair_product`` are symmetric.
    ``partial[c, v]``: respondents who answered some but not all items of v.
    """

    n: Ints  # (C,)
    histogram: Ints  # (C, I, L)
    pair_n: Ints  # (C, V, V)
    pair_sum: Ints  # (C, V, V)
    pair_product: Ints  # (C, V, V)
    partial: Ints  # (C, V)

    def merged(self, group: npt.NDArray[np.integer[Any]], groups: int) -> CellMoments:
        """Add cells up: row g of the result is the sum of the cells with ``group == g``."""
        return CellMoments(*(_sum_by(getattr(self, f.name), group, groups) for f in fields(self)))

    def taken(self, rows: npt.NDArray[np.integer[Any]]) -> CellMoments:
        """Return the cells at ``rows``, in that order; a row may be taken more than once."""
        return CellMoments(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class CompleteMoments:
    """Item moments of complete respondents by agency x stratum, for alpha, omega, correlations."""

    agency: Ints  # (G,) index into CountTable.agencies
    stratum: Ints  # (G,) index into CountTable.strata
    n: Ints  # (G,)
    sum: Ints  # (G, I)
    product: Ints  # (G, I, I)


@dataclass(frozen=True)
class CarelessCounts:
    """Flags by agency; counted and reported, never dropped. One row per agency."""

    n: Ints  # respondents
    straight_lined: Ints  # same answer to every item, all items answered
    mostly_missing: Ints  # fewer than half of the items answered


@dataclass(frozen=True)
class CountTable:
    """Everything an engine returns.

    Cells are sorted by (agency, unit, stratum) label; only cells with respondents are listed.
    """

    spec: TabulationSpec
    agencies: tuple[str, ...]  # labels, sorted
    units: tuple[tuple[str, str], ...]  # (agency label, unit label), sorted
    strata: tuple[tuple[str, ...], ...]  # one label per stratum variable, sorted
    cell_unit: Ints  # (C,) index into units
    cell_stratum: Ints  # (C,) index into strata
    cells: CellMoments
    complete: CompleteMoments
    careless: CarelessCounts

    @property
    def unit_agency(self) -> Ints:
        """Agency index of each unit, shape (units,)."""
        position = {agency: i for i, agency in enumerate(self.agencies)}
        return np.array([position[agency] for agency, _ in self.units], dtype=np.int64)


def _sum_by(array: Ints, group: npt.NDArray[np.integer[Any]], groups: int) -> Ints:
    total = np.zeros((groups, *array.shape[1:]), dtype=np.int64)
    if array.shape[0] == 0:
        return total
    order = np.argsort(group, kind="stable")
    sorted_group = np.asarray(group)[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    total[sorted_group[starts]] = np.add.reduceat(array[order], starts, axis=0)
    return total
