"""Every rule of counting, on every engine, with numbers worked out by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cermin.core.errors import UserError
from cermin.core.moments import CountTable, TabulationSpec
from cermin.engines.base import Engine
from cermin.engines.choose import choose_engine
from cermin.engines.columnar import ColumnarEngine
from cermin.engines.duckdb import DuckdbEngine
from cermin.engines.memory import MemoryEngine
from cermin.engines.postgres import PostgresEngine
from cermin.engines.snapshot import SnapshotDescription, write_snapshot

DSN = os.environ.get("CERMIN_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")
ENGINES = {
    "memory": MemoryEngine(),
    "duckdb": DuckdbEngine(),
    "columnar": ColumnarEngine(threads=2),
    "postgres": PostgresEngine(DSN),
}
DESCRIPTION = SnapshotDescription(
    agency="",
    year=2025,
    questionnaire="uji",
    questionnaire_sha256="0" * 64,
    strata=("golongan",),
    items=("q1", "q2", "q3", "q4", "q5", "q6"),
    low=1,
    high=5,
)
SPEC = TabulationSpec(
    items=DESCRIPTION.items,
    values=((0, 1, 2), (3, 4, 5)),
    low=1,
    high=5,
    min_answered=2,
    strata=("golongan",),
)
ROWS: list[tuple[object, ...]] = [
    ("B", "u1", "x", 1, 1, 1, 5, 5, 5),
    ("A", "u2", "y", 4, 4, 4, 4, 4, 4),
    ("A", "u1", "x", 1, 2, 3, 3, None, 4),
    ("A", "u1", "x", 5, None, None, 2, 2, 2),
    ("A", "u1", "y", None, None, None, None, None, 1),
]


def arrow(rows: list[tuple[object, ...]], description: SnapshotDescription) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(description.schema.names)
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, description.schema, strict=True)
    ]
    return pa.table(arrays, names=description.schema.names)


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@pytest.fixture
def counted(engine: Engine, tmp_path: Path) -> CountTable:
    snapshot = write_snapshot(arrow(ROWS, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    return engine.count(snapshot, SPEC)


def cell(table: CountTable, agency: str, unit: str, stratum: str) -> int:
    wanted = (table.units.index((agency, unit)), table.strata.index((stratum,)))
    pairs = zip(table.cell_unit.tolist(), table.cell_stratum.tolist(), strict=True)
    return list(pairs).index(wanted)


def test_cells_are_the_answered_ones_in_label_order(counted: CountTable) -> None:
    assert counted.agencies == ("A", "B")
    assert counted.units == (("A", "u1"), ("A", "u2"), ("B", "u1"))
    assert counted.strata == (("x",), ("y",))
    assert counted.cell_unit.tolist() == [0, 0, 1, 2]
    assert counted.cell_stratum.tolist() == [0, 1, 1, 0]
    assert counted.cells.n.tolist() == [2, 1, 1, 1]
    assert counted.unit_agency.tolist() == [0, 0, 1]


def test_every_array_is_int64(counted: CountTable) -> None:
    for part in (counted.cells, counted.complete, counted.careless):
        for array in vars(part).values():
            assert array.dtype == np.int64


def test_histogram_counts_answers_and_no_missing_ones(counted: CountTable) -> None:
    c = cell(counted, "A", "u1", "x")
    assert counted.cells.histogram[c].tolist() == [
        [1, 0, 0, 0, 1],
        [0, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 1, 0, 1, 0],
    ]


def test_a_value_score_needs_two_of_three_answers(counted: CountTable) -> None:
    c = cell(counted, "A", "u1", "x")
    # person 1 scores 6 x 2 = 12 and 7 x 3 = 21; person 2 has one answer of three, and 12
    assert counted.cells.pair_n[c].tolist() == [[1, 1], [1, 2]]
    assert counted.cells.pair_sum[c].tolist() == [[12, 12], [21, 33]]
    assert counted.cells.pair_product[c].tolist() == [[144, 252], [252, 441 + 144]]


def test_partial_counts_who_answered_some_but_not_all(counted: CountTable) -> None:
    assert counted.cells.partial[cell(counted, "A", "u1", "x")].tolist() == [1, 1]
    assert counted.cells.partial[cell(counted, "A", "u1", "y")].tolist() == [0, 1]
    assert counted.cells.partial[cell(counted, "A", "u2", "y")].tolist() == [0, 0]


def test_item_products_are_of_complete_respondents_by_agency_and_stratum(
    counted: CountTable,
) -> None:
    complete = counted.complete
    assert complete.agency.tolist() == [0, 1]
    assert complete.stratum.tolist() == [1, 0]
    assert complete.n.tolist() == [1, 1]
    assert complete.sum.tolist() == [[4] * 6, [1, 1, 1, 5, 5, 5]]
    assert complete.product[1].tolist() == np.outer([1, 1, 1, 5, 5, 5], [1, 1, 1, 5, 5, 5]).tolist()


def test_careless_flags_are_counted_by_agency(counted: CountTable) -> None:
    assert counted.careless.n.tolist() == [4, 1]
    assert counted.careless.straight_lined.tolist() == [1, 0]
    assert counted.careless.mostly_missing.tolist() == [1, 0]  # 1 of 6; not 4 of 6, not 5 of 6


def test_exactly_half_of_the_items_is_not_mostly_missing(engine: Engine, tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("A", "u", "x", 1, 2, 3, None, None, None)]
    snapshot = write_snapshot(arrow(rows, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    assert engine.count(snapshot, SPEC).careless.mostly_missing.tolist() == [0]


def test_labels_may_hold_anything(engine: Engine, tmp_path: Path) -> None:
    odd = ['Dinas "A", B', "a;b\nc", "'; DROP TABLE answers; --", "", "Ünit", "ünit", "u\\N"]
    rows: list[tuple[object, ...]] = [("X", unit, "x", 1, 1, 1, 1, 1, 1) for unit in odd]
    snapshot = write_snapshot(arrow(rows, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    assert [unit for _agency, unit in engine.count(snapshot, SPEC).units] == sorted(odd)


def test_no_respondents_give_an_empty_table(engine: Engine, tmp_path: Path) -> None:
    snapshot = write_snapshot(arrow([], DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    table = engine.count(snapshot, SPEC)
    assert (table.agencies, table.units, table.strata) == ((), (), ())
    assert table.cells.histogram.shape == (0, 6, 5)
    assert table.complete.product.shape == (0, 6, 6)
    assert table.careless.n.shape == (0,)


def test_without_strata_a_unit_is_a_cell(engine: Engine, tmp_path: Path) -> None:
    description = replace(DESCRIPTION, strata=())
    rows = [(*row[:2], *row[3:]) for row in ROWS]
    snapshot = write_snapshot(arrow(rows, description), description=description, folder=tmp_path)
    table = engine.count(snapshot, replace(SPEC, strata=()))
    assert table.strata == ((),)
    assert table.cells.n.tolist() == [3, 1, 1]
    assert table.complete.stratum.tolist() == [0, 0]


def test_votes_are_counted_too(engine: Engine, tmp_path: Path) -> None:
    description = replace(DESCRIPTION, low=0, high=1, items=("q1", "q2"))
    spec = TabulationSpec(("q1", "q2"), ((0,), (1,)), 0, 1, 1, ("golongan",))
    rows: list[tuple[object, ...]] = [("A", "u", "x", 0, 1), ("A", "u", "x", None, 1)]
    snapshot = write_snapshot(arrow(rows, description), description=description, folder=tmp_path)
    table = engine.count(snapshot, spec)
    assert table.cells.histogram.tolist() == [[[1, 0], [0, 2]]]
    assert table.cells.pair_n.tolist() == [[[1, 1], [1, 2]]]
    assert table.cells.pair_sum.tolist() == [[[0, 0], [1, 2]]]
    assert table.complete.n.tolist() == [1]


def test_a_value_with_too_few_items_has_no_score(engine: Engine, tmp_path: Path) -> None:
    snapshot = write_snapshot(arrow(ROWS, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    table = engine.count(snapshot, replace(SPEC, values=((0,), (1, 2, 3))))
    assert table.cells.pair_n[:, 0, 0].tolist() == [0, 0, 0, 0]
    assert table.cells.pair_sum[0].tolist() == [[0, 0], [0, 8 * 2]]


@pytest.mark.parametrize("wrong", [0, 6, -1, 127])
def test_an_answer_outside_the_scale_is_refused(engine: Engine, tmp_path: Path, wrong: int) -> None:
    path = tmp_path / "unchecked.parquet"
    pq.write_table(arrow([("A", "u", "x", 1, 1, 1, 1, 1, wrong)], DESCRIPTION), path)
    with pytest.raises(UserError, match=r"di luar 1-5"):
        engine.count(path, SPEC)


def test_a_missing_server_is_a_plain_error(tmp_path: Path) -> None:
    snapshot = write_snapshot(arrow(ROWS, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    with pytest.raises(UserError, match="tidak dapat dihubungi"):
        PostgresEngine("postgresql://nobody@127.0.0.1:1/none").count(snapshot, SPEC)


def test_the_server_keeps_nothing(tmp_path: Path) -> None:
    import psycopg

    snapshot = write_snapshot(arrow(ROWS, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    PostgresEngine(DSN).count(snapshot, SPEC)
    with psycopg.connect(DSN) as connection:
        found = connection.execute("SELECT 1 FROM pg_class WHERE relname = 'answers'").fetchall()
    assert found == []


def test_sorted_snapshots_that_fit_are_counted_by_the_columnar_engine(tmp_path: Path) -> None:
    snapshot = write_snapshot(arrow(ROWS, DESCRIPTION), description=DESCRIPTION, folder=tmp_path)
    assert isinstance(choose_engine(snapshot, SPEC), ColumnarEngine)
    assert isinstance(choose_engine(snapshot, replace(SPEC, min_answered=4)), DuckdbEngine)
    assert isinstance(choose_engine(snapshot, replace(SPEC, low=-1)), DuckdbEngine)
    one_big_value = replace(SPEC, high=9, values=(tuple(range(6)),))
    assert isinstance(choose_engine(snapshot, one_big_value), DuckdbEngine)


@pytest.mark.parametrize("statistics", [True, False])
def test_row_groups_out_of_order_or_unknown_are_counted_by_duckdb(
    tmp_path: Path, *, statistics: bool
) -> None:
    path = tmp_path / "unsorted.parquet"
    pq.write_table(arrow(ROWS, DESCRIPTION), path, row_group_size=1, write_statistics=statistics)
    assert isinstance(choose_engine(path, SPEC), DuckdbEngine)
