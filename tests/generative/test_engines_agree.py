"""Engines return identical integers, in any split, order and packing."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cermin.core.moments import CountTable, TabulationSpec
from cermin.engines import kernel
from cermin.engines.base import Engine
from cermin.engines.columnar import ColumnarEngine
from cermin.engines.duckdb import DuckdbEngine
from cermin.engines.memory import MemoryEngine
from cermin.engines.postgres import PostgresEngine
from cermin.engines.snapshot import SnapshotDescription, write_snapshot

DSN = os.environ.get("CERMIN_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")
SHAPES = [
    (1, 5, (3, 3), 2),
    (1, 5, (3, 2, 4), 2),
    (0, 1, (1, 1, 1, 1), 1),
    (0, 10, (2, 3), 2),
    (1, 4, (3,) * 4, 1),
    (3, 7, (5, 1), 3),
    (-2, 2, (2, 2), 1),
]


@dataclass(frozen=True)
class Survey:
    """A small survey in arrival order."""

    description: SnapshotDescription
    spec: TabulationSpec
    rows: pa.Table


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    low, high, sizes, least = draw(st.sampled_from(SHAPES))
    strata = draw(st.sampled_from([(), ("s",), ("s", "t")]))
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    missing = draw(st.sampled_from([0.0, 0.05, 0.5, 1.0]))
    items = tuple(f"q{i}" for i in range(sum(sizes)))
    ends = np.cumsum(sizes).tolist()
    values = tuple(tuple(range(e - k, e)) for e, k in zip(ends, sizes, strict=True))
    keys = [pa.array(rng.choice(["b", "a", "Z"], n)) for _ in range(2 + len(strata))]
    answers = [
        pa.array(rng.integers(low, high + 1, n), pa.int8(), mask=rng.random(n) < missing)
        for _ in items
    ]
    description = SnapshotDescription("", 2025, "q", "0" * 64, strata, items, low, high)
    return Survey(
        description,
        TabulationSpec(items, values, low, high, least, strata),
        pa.table([*keys, *answers], names=description.schema.names),
    )


def assert_same(first: CountTable, second: CountTable) -> None:
    for name in ("spec", "agencies", "units", "strata"):
        assert getattr(first, name) == getattr(second, name)
    np.testing.assert_array_equal(first.cell_unit, second.cell_unit)
    np.testing.assert_array_equal(first.cell_stratum, second.cell_stratum)
    for part in ("cells", "complete", "careless"):
        for f in fields(getattr(first, part)):
            one, other = (getattr(getattr(table, part), f.name) for table in (first, second))
            np.testing.assert_array_equal(one, other, err_msg=f"{part}.{f.name}")


def count_sorted(survey: Survey, engine: Engine, row_group_size: int | None = None) -> CountTable:
    with TemporaryDirectory() as folder:
        path = write_snapshot(survey.rows, description=survey.description, folder=Path(folder))
        if row_group_size:
            pq.write_table(pq.read_table(path), path, row_group_size=row_group_size)
        return engine.count(path, survey.spec)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(surveys(), st.integers(1, 40))
def test_fast_engines_agree_with_the_reference_for_any_row_groups(
    survey: Survey, row_group_size: int
) -> None:
    expected = count_sorted(survey, MemoryEngine())
    assert_same(expected, count_sorted(survey, ColumnarEngine(threads=2), row_group_size))
    assert_same(expected, count_sorted(survey, DuckdbEngine(threads=1), row_group_size))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(surveys())
def test_postgresql_agrees_with_the_reference(survey: Survey) -> None:
    assert_same(count_sorted(survey, MemoryEngine()), count_sorted(survey, PostgresEngine(DSN)))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(surveys(), st.randoms(use_true_random=False))
def test_arrival_order_changes_nothing(survey: Survey, random: object) -> None:
    order = list(range(survey.rows.num_rows))
    random.shuffle(order)  # type: ignore[attr-defined]
    expected = count_sorted(survey, MemoryEngine())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "unsorted.parquet"
        pq.write_table(survey.rows.take(order), path, row_group_size=7)
        for engine in (ColumnarEngine(threads=1), DuckdbEngine(threads=1)):
            assert_same(expected, engine.count(path, survey.spec))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(surveys(), st.integers(0, 60))
def test_counts_of_two_halves_add_up_to_the_whole(survey: Survey, cut: int) -> None:
    whole = count_sorted(survey, ColumnarEngine(threads=1))
    halves = [survey.rows.slice(0, cut), survey.rows.slice(cut)]
    tables = [
        count_sorted(Survey(survey.description, survey.spec, half), ColumnarEngine(threads=1))
        for half in halves
    ]
    keys = [(t.units[u], t.strata[s]) for t in [whole, *tables] for u, s in _cells(t)]
    order = {key: i for i, key in enumerate(sorted(set(keys)))}
    cells = [
        table.cells.merged(
            np.array([order[table.units[u], table.strata[s]] for u, s in _cells(table)], dtype=int),
            len(order),
        )
        for table in (whole, *tables)
    ]
    for f in fields(cells[0]):
        total, first, second = (getattr(c, f.name) for c in cells)
        np.testing.assert_array_equal(total, first + second)


def _cells(table: CountTable) -> list[tuple[int, int]]:
    return list(zip(table.cell_unit.tolist(), table.cell_stratum.tolist(), strict=True))


@pytest.mark.parametrize(("low", "high"), [(1, 5), (0, 10), (0, 1)])
def test_cells_longer_than_a_packed_counter_are_exact(tmp_path: Path, low: int, high: int) -> None:
    """One cell of top answers fills every counter to its limit and beyond."""
    items = ("q0", "q1", "q2")
    spec = TabulationSpec(items, ((0, 1), (2,)), low, high, 1, ())
    n = min(2 * kernel.plan(spec).max_rows + 1, 20_000)
    description = SnapshotDescription("", 2025, "q", "0" * 64, (), items, low, high)
    top = pa.array(np.full(n, high, dtype=np.int8))
    labels = pa.array(["a"] * n)
    table = pa.table([labels, labels, top, top, top], names=description.schema.names)
    counted = ColumnarEngine().count(
        write_snapshot(table, description=description, folder=tmp_path), spec
    )
    score = high * spec.score_scale
    assert counted.cells.n.tolist() == [n]
    assert counted.cells.histogram[0, :, -1].tolist() == [n] * 3
    assert counted.cells.pair_product.tolist() == [[[n * score**2] * 2] * 2]
    assert counted.complete.product.tolist() == [[[n * high**2] * 3] * 3]
    assert counted.careless.straight_lined.tolist() == [n]
