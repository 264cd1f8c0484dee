"""The fast engine for big sorted snapshots: NumPy over Parquet row groups, two at a time.

Only keys are read first (they are dictionary codes, so this is cheap); they give every row group
its place among the cells. Then each row group is counted by ``kernel`` and added in.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cermin.core.errors import UserError
from cermin.core.moments import (
    CarelessCounts,
    CellMoments,
    CompleteMoments,
    CountTable,
    Ints,
    TabulationSpec,
)
from cermin.engines import kernel
from cermin.engines.assemble import CellIndex, cell_index, respondents_by_agency
from cermin.engines.complete import CompleteSums, complete_sums, empty_sums
from cermin.engines.duckdb import DuckdbEngine


@dataclass(frozen=True)
class ColumnarEngine:
    """Counts sorted snapshots whose specification fits the packing; else asks DuckDB."""

    threads: int | None = None

    def count(self, snapshot: Path, spec: TabulationSpec) -> CountTable:
        """Return the moments of all cells of ``snapshot``."""
        threads = self.threads or min(os.cpu_count() or 1, 4)
        with ThreadPoolExecutor(threads) as pool:
            layout = _layout(snapshot, spec, pool) if kernel.fits(spec) else None
            if layout is None:
                return DuckdbEngine(self.threads).count(snapshot, spec)
            return _counted(snapshot, spec, layout, pool)


@dataclass(frozen=True)
class _Part:
    """One row group: where its runs start, which cell each is; agency and stratum of each."""

    number: int
    starts: Ints
    cell: Ints
    agency: Ints
    stratum: Ints


@dataclass(frozen=True)
class _Layout:
    """All cells, and the row groups that hold them."""

    index: CellIndex
    parts: tuple[_Part, ...]
    metadata: pq.FileMetaData


@dataclass(frozen=True)
class _Keys:
    """Runs of equal keys in one row group."""

    starts: Ints
    labels: list[list[str]]  # per key column: dictionary
    codes: list[Ints]  # per key column: code of each run


# ------------------------------------------------------------------ layout


def _layout(snapshot: Path, spec: TabulationSpec, pool: ThreadPoolExecutor) -> _Layout | None:
    """Return the layout, or None when equal keys do not stand together in label order."""
    metadata = pq.read_metadata(snapshot)
    columns = ["agency", "unit", *spec.strata]
    groups = [g for g in range(metadata.num_row_groups) if metadata.row_group(g).num_rows]
    keys = list(pool.map(lambda g: _keys(snapshot, metadata, g, columns), groups))
    if not keys or sum(k.starts.size for k in keys) == 0:
        return None
    names = [sorted(set().union(*(k.labels[c] for k in keys))) for c in range(len(columns))]
    ranks = [
        _ranks(names[c], [(k.labels[c], k.codes[c]) for k in keys]) for c in range(len(columns))
    ]
    new_cell = _new_cells(ranks)
    if new_cell is None:
        return None
    first = np.flatnonzero(new_cell)
    index = cell_index(names, [rank[first] for rank in ranks])
    cell = np.cumsum(new_cell, dtype=np.int64) - 1
    parts = []
    end = 0
    for group, key in zip(groups, keys, strict=True):
        begin, end = end, end + key.starts.size
        mine = cell[begin:end]
        parts.append(
            _Part(
                number=group,
                starts=key.starts,
                cell=mine,
                agency=ranks[0][begin:end],
                stratum=index.cell_stratum[mine],
            )
        )
    return _Layout(index, tuple(parts), metadata)


def _keys(snapshot: Path, metadata: pq.FileMetaData, group: int, columns: list[str]) -> _Keys:
    with pq.ParquetFile(snapshot, metadata=metadata, read_dictionary=columns) as file:
        table = file.read_row_group(group, columns=columns, use_threads=False)
    encoded = [table[name].combine_chunks() for name in columns]
    codes = [np.asarray(array.indices) for array in encoded]
    change = np.ones(table.num_rows, dtype=bool)
    change[1:] = codes[0][1:] != codes[0][:-1]
    for column in codes[1:]:
        change[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(change)
    return _Keys(
        starts=starts,
        labels=[array.dictionary.to_pylist() for array in encoded],
        codes=[column[starts].astype(np.int64) for column in codes],
    )


def _ranks(names: list[str], groups: list[tuple[list[str], Ints]]) -> Ints:
    """Return the rank among ``names`` of every run of every row group."""
    rank = {label: i for i, label in enumerate(names)}
    return np.concatenate(
        [
            np.array([rank[label] for label in labels], dtype=np.int64)[codes]
            for labels, codes in groups
        ]
    )


def _new_cells(ranks: list[Ints]) -> npt.NDArray[np.bool_] | None:
    """Say which runs begin a cell; None when runs are out of label order."""
    undecided = np.ones(ranks[0].size - 1, dtype=bool)
    for rank in ranks:
        step = np.diff(rank)
        if np.any(undecided & (step < 0)):
            return None
        undecided &= step == 0
    return np.concatenate([[True], ~undecided])


# ------------------------------------------------------------------ counting


def _counted(
    snapshot: Path, spec: TabulationSpec, layout: _Layout, pool: ThreadPoolExecutor
) -> CountTable:
    how = kernel.plan(spec)
    index = layout.index
    cells = kernel.empty_cells(index.cell_unit.size, spec)
    flags = np.zeros((2, len(index.agencies)), dtype=np.int64)
    complete = empty_sums(len(index.agencies), len(index.strata), len(spec.items))

    def work(part: _Part) -> tuple[CellMoments, kernel.Flags, CompleteSums]:
        states = _states(snapshot, layout.metadata, part.number, spec)
        first = kernel.empty_cells(1, spec)
        rest = _rows(cells, slice(int(part.cell[0]) + 1, int(part.cell[-1]) + 1))
        targets = [(slice(0, 1), first), (slice(1, part.starts.size), rest)]
        careless = kernel.count_runs(states, part.starts, how, targets)
        group = part.agency * len(index.strata) + part.stratum
        return first, careless, complete_sums(states, part.starts, group)

    done = -1  # last cell written so far: a row group may begin inside it
    for part, counted in zip(layout.parts, pool.map(work, layout.parts), strict=True):
        first, careless, sums = counted
        _put_first(cells, first, int(part.cell[0]), begun=int(part.cell[0]) == done)
        done = int(part.cell[-1])
        np.add.at(flags[0], part.agency, careless.straight_lined)
        np.add.at(flags[1], part.agency, careless.mostly_missing)
        complete.add(sums)
    n = complete.groups_n()
    return CountTable(
        spec=spec,
        agencies=index.agencies,
        units=index.units,
        strata=index.strata,
        cell_unit=index.cell_unit,
        cell_stratum=index.cell_stratum,
        cells=cells,
        complete=CompleteMoments(
            agency=n // len(index.strata),
            stratum=n % len(index.strata),
            **complete.moments(n, spec.low - 1),
        ),
        careless=CarelessCounts(
            n=respondents_by_agency(index, cells.n),
            straight_lined=flags[0],
            mostly_missing=flags[1],
        ),
    )


def _rows(cells: CellMoments, where: slice) -> CellMoments:
    return CellMoments(*(getattr(cells, f.name)[where] for f in fields(CellMoments)))


def _put_first(cells: CellMoments, first: CellMoments, cell: int, *, begun: bool) -> None:
    """Write a row group's first cell, or add it where the row group before ended inside it."""
    for f in fields(CellMoments):
        target, counts = getattr(cells, f.name), getattr(first, f.name)[0]
        target[cell] = target[cell] + counts if begun else counts


def _states(
    snapshot: Path, metadata: pq.FileMetaData, group: int, spec: TabulationSpec
) -> kernel.States:
    """Read the answers of one row group: 0 missing, 1 lowest, ...; refuse what is off the scale."""
    with pq.ParquetFile(snapshot, metadata=metadata) as file:
        table = file.read_row_group(group, columns=list(spec.items), use_threads=False)
    states = np.empty((len(spec.items), table.num_rows), dtype=np.uint8)
    for i, name in enumerate(spec.items):
        column = table[name].combine_chunks()
        blank = pa.scalar(spec.low - 1, type=pa.int8())
        filled = np.asarray(pc.fill_null(column, blank)).view(np.uint8)
        np.subtract(filled, np.uint8(spec.low - 1) if spec.low else np.uint8(255), out=states[i])
        unanswered = states.shape[1] - int(np.count_nonzero(states[i]))
        if states[i].max() > spec.levels or unanswered != column.null_count:
            raise UserError("Ada jawaban di luar {low}-{high}.", low=spec.low, high=spec.high)
    return states
