"""Turns labelled rows of integers, in any order, into a CountTable in label order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from cermin.core.moments import (
    CarelessCounts,
    CellMoments,
    CompleteMoments,
    CountTable,
    Ints,
    TabulationSpec,
)

Labels = Sequence[Sequence[str]]  # one sequence per key column


@dataclass(frozen=True)
class CellIndex:
    """Cells in label order and what they are called."""

    agencies: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    strata: tuple[tuple[str, ...], ...]
    cell_unit: Ints
    cell_stratum: Ints


def label_ranks(labels: Sequence[str]) -> tuple[list[str], Ints]:
    """Return the sorted distinct labels and the rank of each label."""
    distinct = sorted(set(labels))
    rank = {label: i for i, label in enumerate(distinct)}
    return distinct, np.array([rank[label] for label in labels], dtype=np.int64)


def stratum_numbers(
    names: Sequence[Sequence[str]], ranks: Sequence[Ints], rows: int
) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """Return the strata that occur, sorted, and the stratum of each row."""
    code = np.zeros(rows, dtype=np.int64)
    for labels, rank in zip(names, ranks, strict=True):
        code = code * max(len(labels), 1) + rank
    occurring, first, number = np.unique(code, return_index=True, return_inverse=True)
    strata = tuple(
        tuple(labels[rank[i]] for labels, rank in zip(names, ranks, strict=True)) for i in first
    )
    assert len(strata) == len(occurring)  # noqa: S101 - states what unique promises
    return strata, number.astype(np.int64)


def cell_index(names: Sequence[Sequence[str]], ranks: Sequence[Ints]) -> CellIndex:
    """Return the index of cells whose key ranks are given in label order.

    ``names``: sorted labels of agency, unit and each stratum column; ``ranks``: per column, the
    rank of each cell's label.
    """
    cells = ranks[0].size
    strata, cell_stratum = stratum_numbers(names[2:], ranks[2:], cells)
    new_unit = np.ones(cells, dtype=bool)
    new_unit[1:] = (ranks[0][1:] != ranks[0][:-1]) | (ranks[1][1:] != ranks[1][:-1])
    starts = np.flatnonzero(new_unit)
    return CellIndex(
        agencies=tuple(names[0]),
        units=tuple(
            (names[0][a], names[1][u])
            for a, u in zip(ranks[0][starts].tolist(), ranks[1][starts].tolist(), strict=True)
        ),
        strata=strata,
        cell_unit=np.cumsum(new_unit, dtype=np.int64) - 1,
        cell_stratum=cell_stratum,
    )


@dataclass(frozen=True)
class LabelledCells:
    """Cell moments with one label sequence per key column (agency, unit, strata)."""

    labels: Labels
    moments: CellMoments


@dataclass(frozen=True)
class LabelledComplete:
    """Complete-respondent moments with labels (agency, strata)."""

    labels: Labels
    n: Ints
    sum: Ints
    product: Ints


@dataclass(frozen=True)
class LabelledCareless:
    """Careless counts with the label of the agency."""

    agency: Sequence[str]
    straight_lined: Ints
    mostly_missing: Ints


def count_table(
    spec: TabulationSpec,
    cells: LabelledCells,
    complete: LabelledComplete,
    careless: LabelledCareless,
) -> CountTable:
    """Sort everything by label and number the agencies, units and strata."""
    ranked = [label_ranks(column) for column in cells.labels]
    ranks = [rank for _names, rank in ranked]
    order = np.lexsort(ranks[::-1]) if ranks[0].size else np.zeros(0, dtype=np.int64)
    index = cell_index([names for names, _rank in ranked], [rank[order] for rank in ranks])
    moments = CellMoments(*(getattr(cells.moments, f.name)[order] for f in fields(CellMoments)))
    return CountTable(
        spec=spec,
        agencies=index.agencies,
        units=index.units,
        strata=index.strata,
        cell_unit=index.cell_unit,
        cell_stratum=index.cell_stratum,
        cells=moments,
        complete=_complete(complete, index),
        careless=_careless(careless, index, moments.n),
    )


def respondents_by_agency(index: CellIndex, n: Ints) -> Ints:
    """Return the respondents of each agency."""
    position = {agency: i for i, agency in enumerate(index.agencies)}
    agency = np.array([position[a] for a, _unit in index.units], dtype=np.int64)
    total = np.zeros(len(index.agencies), dtype=np.int64)
    np.add.at(total, agency[index.cell_unit], n)
    return total


def _complete(complete: LabelledComplete, index: CellIndex) -> CompleteMoments:
    agency = _positions(complete.labels[0], index.agencies)
    tuples = list(zip(*complete.labels[1:], strict=True)) or [()] * len(complete.labels[0])
    stratum = _positions(tuples, index.strata)
    order = np.lexsort((stratum, agency))
    return CompleteMoments(
        agency=agency[order],
        stratum=stratum[order],
        n=complete.n[order],
        sum=complete.sum[order],
        product=complete.product[order],
    )


def _careless(careless: LabelledCareless, index: CellIndex, n: Ints) -> CarelessCounts:
    order = np.argsort(_positions(careless.agency, index.agencies))
    return CarelessCounts(
        n=respondents_by_agency(index, n),
        straight_lined=careless.straight_lined[order],
        mostly_missing=careless.mostly_missing[order],
    )


def _positions(labels: Sequence[object], among: Sequence[object]) -> npt.NDArray[np.int64]:
    position = {label: i for i, label in enumerate(among)}
    return np.array([position[label] for label in labels], dtype=np.int64)
