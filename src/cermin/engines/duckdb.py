"""DuckDB on the Parquet file itself: the engine for every specification."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from cermin.core.moments import CountTable, TabulationSpec
from cermin.engines import sql
from cermin.engines.tabulate import Rows, counted_by


@dataclass(frozen=True)
class DuckdbEngine:
    """Counts with an embedded DuckDB; ``threads`` None means all cores."""

    threads: int | None = None

    def count(self, snapshot: Path, spec: TabulationSpec) -> CountTable:
        """Return the moments of all cells of ``snapshot``."""
        with duckdb.connect() as connection:
            if self.threads is not None:
                connection.execute(f"SET threads = {self.threads:d}")
            connection.execute(_view(snapshot, spec))
            return counted_by(lambda query: _run(connection, query), spec)


def _view(snapshot: Path, spec: TabulationSpec) -> str:
    names = ["agency", "unit", *spec.strata, *spec.items]
    aliases = [*sql.key_columns(spec), *sql.item_columns(spec)]
    columns = ", ".join(
        f"{_quoted(name)} AS {alias}" for name, alias in zip(names, aliases, strict=True)
    )
    path = str(snapshot).replace("'", "''")
    return f"CREATE VIEW answers AS SELECT {columns} FROM read_parquet('{path}')"  # noqa: S608


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(connection: duckdb.DuckDBPyConnection, query: sql.Query) -> Rows:
    columns = list(connection.execute(query.text).fetchnumpy().values())
    labels = [[str(label) for label in column] for column in columns[: query.n_labels]]
    numbers = [np.asarray(column, dtype=np.int64) for column in columns[query.n_labels :]]
    return labels, np.column_stack(numbers)
