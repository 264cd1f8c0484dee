"""Weights: what each answer stands for.

The frame is the roster, so the response is treated as a simple random sample inside unit x
stratum. A cell that nobody or one person answered, or whose answers would weigh too much, first
joins a neighbour; then every answer of a variance stratum weighs ``population / n``.

References
----------
Holt & Smith (1979), J. R. Stat. Soc. A 142:33-46 (post-stratification).
Deming & Stephan (1940), Ann. Math. Stat. 11:427-444 (raking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.errors import UserError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.integer[Any]]

HEAVY = 5.0  # times the agency's median weight; judgement, there is no standard figure


@dataclass(frozen=True)
class FrameCells:
    """All cells of the frame, answered or not; C cells, U units.

    Attributes
    ----------
    unit
        Unit of each cell, shape (C,).
    stratum
        Stratum of each cell, shape (C,).
    population
        People on the roster, shape (C,).
    n
        Respondents, shape (C,).
    unit_parent
        Parent of each unit, -1 directly under the agency, shape (U,).
    unit_agency
        Agency of each unit, 0..A-1, shape (U,).
    """

    unit: Index
    stratum: Index
    population: Ints
    n: Ints
    unit_parent: Index
    unit_agency: Index


@dataclass(frozen=True)
class Weights:
    """Variance strata and weights of the frame cells; C cells, H variance strata, A agencies.

    Attributes
    ----------
    cell_weight
        Weight of each answer of the cell, shape (C,); 0 where a whole agency did not answer.
    cell_stratum
        Variance stratum of each cell, shape (C,).
    population
        People per variance stratum, shape (H,); at least ``n``.
    n
        Respondents per variance stratum, shape (H,).
    collapsed
        Rows (cell, cell it joined), in the order of joining, shape (joins, 2).
    over_roster
        Cells with more answers than people; their population is taken as their answers.
    weight_ratio
        Largest weight over median weight, per agency, shape (A,); 1 where nobody answered.
    """

    cell_weight: Floats
    cell_stratum: Ints
    population: Ints
    n: Ints
    collapsed: Ints
    over_roster: Ints
    weight_ratio: Floats


def post_stratify(cells: FrameCells) -> Weights:
    """Weigh the answers of every cell up to its people, after collapsing weak cells.

    ``w = N_h / n_h``. A cell is weak with ``n < 2`` or ``N/n`` above five times the median of its
    own agency (so an agency's weights do not depend on who is computed with it). It joins another
    cell of its unit, else of a unit with the same parent, else of the agency; among several the
    same stratum first, then the nearest unit, then the nearest stratum, in the order of the
    frame; repeated until the joined cells are no longer weak. Empty cells (no people, no answers)
    stay alone.

    Parameters
    ----------
    cells
        All cells of the frame, of any number of agencies.

    Returns
    -------
    Weights
        Weights, variance strata and what was done to get them.
    """
    agency = np.asarray(cells.unit_agency)[cells.unit]
    population = np.maximum(cells.population, cells.n)
    agencies = int(np.max(cells.unit_agency, initial=-1)) + 1
    median = _agency_medians(agency, population, cells.n, agencies)
    group, collapsed = _collapse(cells, agency, population, HEAVY * median[agency])
    _, cell_stratum = np.unique(group, return_inverse=True)
    stratum_population = _total(cell_stratum, population)
    stratum_n = _total(cell_stratum, cells.n)
    weight = np.where(stratum_n > 0, stratum_population / np.maximum(stratum_n, 1), 0.0)
    largest = np.zeros(agencies)
    np.maximum.at(largest, agency, weight[cell_stratum])
    answered = largest > 0
    return Weights(
        cell_weight=weight[cell_stratum],
        cell_stratum=cell_stratum.astype(np.int64),
        population=stratum_population,
        n=stratum_n,
        collapsed=collapsed,
        over_roster=np.flatnonzero(np.asarray(cells.n) > cells.population).astype(np.int64),
        weight_ratio=np.where(answered, largest / np.where(answered, median, 1.0), 1.0),
    )


def rake(
    n: npt.NDArray[Any],
    base_weight: Floats,
    margins: Sequence[tuple[Index, npt.NDArray[Any]]],
    *,
    tolerance: float = 1e-12,
    sweeps: int = 1000,
) -> Floats:
    """Weights whose sums meet every margin (iterative proportional fitting).

    Parameters
    ----------
    n
        Respondents of each cell, shape (C,).
    base_weight
        Weight before raking, shape (C,).
    margins
        Pairs of the category of each cell, shape (C,), and the people of each category.
    tolerance
        Largest relative misfit of any category.
    sweeps
        Most passes over the margins.

    Returns
    -------
    numpy.ndarray
        Weight of each respondent of the cell, shape (C,).

    Raises
    ------
    UserError
        If a category with people has no answers, or the margins contradict each other.
    """
    weight = np.asarray(base_weight, dtype=np.float64)
    for category, people in margins:
        if np.any((_total(category, n, len(people)) == 0) & (np.asarray(people) > 0)):
            raise UserError(
                "Ada kategori yang berisi pegawai tetapi tanpa jawaban, sehingga bobot tidak dapat"
                " dihitung. Gabungkan kategori itu dengan kategori lain."
            )
    for _sweep in range(sweeps):
        misfit = 0.0
        for category, people in margins:
            reached = _total(category, n * weight, len(people))
            factor = np.asarray(people) / np.where(reached > 0, reached, 1.0)
            factor = np.where(reached > 0, factor, 1.0)
            misfit = max(misfit, float(np.max(np.abs(factor - 1.0))))
            weight = weight * factor[category]
        if misfit <= tolerance:
            return weight
    raise UserError(
        "Jumlah pegawai menurut kategori yang berbeda tidak cocok satu sama lain, sehingga bobot"
        " tidak dapat dihitung. Periksa jumlah pegawai pada setiap kategori."
    )


def _agency_medians(agency: Index, population: Ints, n: Ints, agencies: int) -> Floats:
    """Median of N/n over the answered cells of each agency; 0 without any."""
    answered = n > 0
    owner = agency[answered]
    ratio = population[answered] / n[answered]
    order = np.lexsort((ratio, owner))
    ratio = ratio[order]
    count = np.bincount(owner, minlength=agencies)
    median = np.zeros(agencies)
    some = count > 0
    start = (np.cumsum(count) - count)[some]
    low, high = start + (count[some] - 1) // 2, start + count[some] // 2
    median[some] = (ratio[low] + ratio[high]) / 2
    return median


def _collapse(
    cells: FrameCells, agency: Index, population: Ints, most: Floats
) -> tuple[Ints, Ints]:
    """Join weak cells to neighbours; the group of each cell and the joins."""
    parent = np.asarray(cells.unit_parent)[cells.unit]
    order = np.lexsort((cells.stratum, cells.unit, parent, agency))
    listed = order[population[order] > 0]
    ordered = replace(
        cells,
        unit=np.asarray(cells.unit)[listed],
        stratum=np.asarray(cells.stratum)[listed],
        population=population[listed],
        n=np.asarray(cells.n)[listed],
    )
    limit = most[listed]
    weak = np.flatnonzero((ordered.n < 2) | (ordered.population > limit * ordered.n))
    blocks = _blocks(ordered.unit, parent[listed], agency[listed], weak)
    root, joins = _join_weak(ordered, weak, blocks, limit)
    group = np.arange(population.size, dtype=np.int64)
    group[listed] = listed[root]
    return _first_of_group(group), listed[np.array(joins, dtype=np.int64).reshape(-1, 2)]


def _blocks(
    unit: Index, parent: Index, agency: Index, weak: Ints
) -> list[tuple[tuple[int, int], ...]]:
    """For each weak cell, the slices of its unit, its siblings and its agency."""
    levels = []
    changed = np.zeros(unit.size, dtype=bool)
    for label in (agency, parent, unit):
        changed = changed | np.r_[True, label[1:] != label[:-1]][: unit.size]
        starts = np.flatnonzero(changed)
        block = np.searchsorted(starts, weak, side="right") - 1
        ends = np.r_[starts[1:], unit.size]
        levels.append(zip(starts[block].tolist(), ends[block].tolist(), strict=True))
    return list(zip(*reversed(levels), strict=True))


def _join_weak(
    cells: FrameCells, weak: Ints, blocks: list[tuple[tuple[int, int], ...]], limit: Floats
) -> tuple[Ints, list[tuple[int, int]]]:
    """Grow each weak group, unit level first for all, until no group is weak."""
    root = np.arange(cells.n.size, dtype=np.int64)
    group_n, group_people = cells.n.tolist(), cells.population.tolist()
    members: dict[int, list[int]] = {}
    joins: list[tuple[int, int]] = []
    for level in range(3):
        for cell, slices in zip(weak.tolist(), blocks, strict=True):
            mine = int(root[cell])
            while group_n[mine] < 2 or group_people[mine] > limit[cell] * group_n[mine]:
                into = _nearest(cells, cell, root, slices[level])
                if into is None:
                    break
                theirs = int(root[into])
                joins.append((cell, into))
                moving = members.pop(mine, [mine])
                members.setdefault(theirs, [theirs]).extend(moving)
                root[moving] = theirs
                group_n[theirs] += group_n[mine]
                group_people[theirs] += group_people[mine]
                mine = theirs
    return root, joins


def _nearest(cells: FrameCells, cell: int, root: Ints, block: tuple[int, int]) -> int | None:
    """Nearest cell of the block outside the group of ``cell``."""
    other = np.flatnonzero(root[slice(*block)] != root[cell])
    if other.size == 0:
        return None
    other += block[0]
    stratum_gap = np.abs(cells.stratum[other] - cells.stratum[cell])
    unit_gap = np.abs(cells.unit[other] - cells.unit[cell])
    # same stratum first, then the nearest unit, then the nearest stratum; earlier cell on a tie
    best = np.lexsort((stratum_gap, unit_gap, stratum_gap > 0))[0]
    return int(other[best])


def _first_of_group(group: Ints) -> Ints:
    """Name each group after its first cell, so that strata are numbered in frame order."""
    first = np.full(group.size, group.size, dtype=np.int64)
    np.minimum.at(first, group, np.arange(group.size))
    return first[group]


def _total(group: Index, amount: npt.NDArray[Any], groups: int = 0) -> npt.NDArray[Any]:
    """Sums by group in the type of ``amount`` (whole people stay whole)."""
    return np.bincount(group, weights=amount, minlength=groups).astype(np.asarray(amount).dtype)
