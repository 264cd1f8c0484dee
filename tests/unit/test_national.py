"""The national result is every agency's own result, computed at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from cermin.core.errors import UserError
from cermin.core.moments import CountTable
from cermin.core.national import NationalFrame, NationalResult, national_result
from cermin.core.scheme import Band, ItemKind, Scoring, Text
from cermin.core.weights import FrameCells
from cermin.engines.columnar import ColumnarEngine
from cermin.engines.snapshot import SnapshotDescription, spec_of, write_snapshot

ITEMS = tuple(f"q{i}" for i in range(6))
DESCRIPTION = SnapshotDescription("", 2025, "uji", "0" * 64, ("s",), ITEMS, 1, 5)
SPEC = spec_of(DESCRIPTION, values=[(0, 1, 2), (3, 4, 5)], min_answered=2)
BANDS = (Band("A", Text("A", "A"), 60.0), Band("B", Text("B", "B"), 0.0))
UNITS = {"a1": 40, "a2": 25, "a3": 4, "b1": 30, "b2": 30}


def survey(folder: Path, agencies: str) -> CountTable:
    """Count a survey; every unit has its own seed, so agencies do not depend on each other."""
    tables = []
    for k, (unit, n) in enumerate(UNITS.items()):
        if unit[0] in agencies:
            rng = np.random.default_rng(k)
            level = rng.normal(3.2 + 0.2 * k, 0.8, n)
            items = [np.clip(np.rint(level + rng.normal(0, 0.7, n)), 1, 5) for _ in ITEMS]
            answers = [pa.array(x, pa.int8(), mask=rng.random(n) < 0.05) for x in items]
            strata = pa.array(np.where(np.arange(n) % 2, "x", "y"))
            labels = [pa.array([unit[0]] * n), pa.array([unit] * n), strata]
            tables.append(pa.table([*labels, *answers], names=DESCRIPTION.schema.names))
    rows = pa.concat_tables(tables)
    path = write_snapshot(rows, description=DESCRIPTION, folder=folder)
    return ColumnarEngine().count(path, SPEC)


def result(table: CountTable, kind: ItemKind = ItemKind.LIKERT) -> NationalResult:
    cells = FrameCells(
        unit=table.cell_unit,
        stratum=table.cell_stratum,
        population=2 * table.cells.n,
        n=table.cells.n,
        unit_parent=np.full(len(table.units), -1),
        unit_agency=table.unit_agency,
    )
    frame = NationalFrame(cells, np.arange(table.cells.n.size))
    return national_result(
        table, frame, scoring=Scoring.PERCENT_OF_RANGE, kinds=[kind] * 6, bands=BANDS
    )


def test_an_agency_is_the_same_alone_and_among_others(tmp_path: Path) -> None:
    together = result(survey(tmp_path, "ab"))
    for a, agency in enumerate("ab"):
        alone = result(survey(tmp_path, agency))
        for name in ("total_index", "total_se", "value_se", "item_index", "level_shares"):
            np.testing.assert_allclose(
                getattr(together.agencies, name)[a], getattr(alone.agencies, name)[0], rtol=1e-12
            )
        for name in ("icc1", "icc2", "category"):
            np.testing.assert_allclose(getattr(together, name)[a], getattr(alone, name)[0])
        np.testing.assert_allclose(together.reliability.alpha[a], alone.reliability.alpha[0])


def test_units_add_up_to_their_agency(tmp_path: Path) -> None:
    found = result(survey(tmp_path, "ab"))
    assert found.units.n.tolist() == list(UNITS.values())
    weight = found.units.value_represented
    for a, units in enumerate((slice(0, 3), slice(3, 5))):
        mean = np.average(found.units.value_index[units], axis=0, weights=weight[units])
        np.testing.assert_allclose(found.agencies.value_index[a], mean)


def test_a_small_unit_is_not_published(tmp_path: Path) -> None:
    plan = result(survey(tmp_path, "ab")).plan
    published = plan.published[:7].tolist()
    assert published[:2] == [True, True]  # agencies
    assert published[4] is False  # a3: four people
    assert published[5:] == [True, True]


def test_an_agency_without_spread_has_no_category(tmp_path: Path) -> None:
    labels = [pa.array(["a"]), pa.array(["u"]), pa.array(["x"])]
    one = pa.table([*labels, *[pa.array([3], pa.int8())] * 6], names=DESCRIPTION.schema.names)
    path = write_snapshot(one, description=DESCRIPTION, folder=tmp_path)
    assert np.isnan(result(ColumnarEngine().count(path, SPEC)).category).all()


def test_ipsative_items_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        result(survey(tmp_path, "a"), ItemKind.CHOOSE_K)
