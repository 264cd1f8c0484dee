"""The choice of engine, in one explicit place."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from cermin.core.moments import TabulationSpec
from cermin.engines import kernel
from cermin.engines.base import Engine
from cermin.engines.columnar import ColumnarEngine
from cermin.engines.duckdb import DuckdbEngine


def choose_engine(snapshot: Path, spec: TabulationSpec) -> Engine:
    """Return the columnar engine for sorted snapshots that fit its packing, else DuckDB."""
    if kernel.fits(spec) and _agencies_in_order(snapshot):
        return ColumnarEngine()
    return DuckdbEngine()


def _agencies_in_order(snapshot: Path) -> bool:
    """Say whether row groups follow each other by agency, as far as the file's statistics tell."""
    metadata = pq.read_metadata(snapshot)
    column = metadata.schema.to_arrow_schema().get_field_index("agency")
    last = ""
    for g in range(metadata.num_row_groups):
        statistics = metadata.row_group(g).column(column).statistics
        if statistics is None or not statistics.has_min_max or statistics.min < last:
            return False
        last = statistics.max
    return True
