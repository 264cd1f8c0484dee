"""PostgreSQL: the same SQL text on a temporary table, for those whose answers live there.

Needs the extra ``cermin[postgres]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import psycopg.sql
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from cermin.core.errors import UserError
from cermin.core.moments import CountTable, TabulationSpec
from cermin.engines import sql
from cermin.engines.tabulate import Rows, counted_by


@dataclass(frozen=True)
class PostgresEngine:
    """Counts inside the server at ``dsn``; nothing is left behind there."""

    dsn: str

    def count(self, snapshot: Path, spec: TabulationSpec) -> CountTable:
        """Return the moments of all cells of ``snapshot``."""
        try:
            with psycopg.connect(self.dsn) as connection:
                connection.execute(_trusted(_table(spec)))
                _load(connection, snapshot, spec)
                return counted_by(lambda query: _run(connection, query), spec)
        except psycopg.OperationalError as error:
            raise UserError(
                "PostgreSQL tidak dapat dihubungi: {detail}", detail=str(error).strip()
            ) from error


def _table(spec: TabulationSpec) -> str:
    keys = [f"{name} text NOT NULL" for name in sql.key_columns(spec)]
    items = [f"{name} smallint" for name in sql.item_columns(spec)]
    return f"CREATE TEMPORARY TABLE answers ({', '.join(keys + items)}) ON COMMIT DROP"


def _load(connection: psycopg.Connection, snapshot: Path, spec: TabulationSpec) -> None:
    copy = _trusted("COPY answers FROM STDIN (FORMAT csv)")
    with connection.cursor() as cursor, cursor.copy(copy) as stream:
        for block in _csv_blocks(snapshot, spec):
            stream.write(block)
    connection.execute("ANALYZE answers")


def _csv_blocks(snapshot: Path, spec: TabulationSpec) -> Iterator[bytes]:
    """Yield the rows as CSV without header, one row group at a time."""
    options = pyarrow.csv.WriteOptions(include_header=False)
    columns = ["agency", "unit", *spec.strata, *spec.items]
    with pq.ParquetFile(snapshot) as file:
        for batch in file.iter_batches(columns=columns):
            sink = pa.BufferOutputStream()
            pyarrow.csv.write_csv(batch.select(columns), sink, options)
            yield sink.getvalue().to_pybytes()


def _trusted(text: str) -> psycopg.sql.SQL:
    """Mark our own generated text, which holds no words of a user, as safe for psycopg."""
    return psycopg.sql.SQL(text)


def _run(connection: psycopg.Connection, query: sql.Query) -> Rows:
    rows = connection.execute(_trusted(query.text)).fetchall()
    labels = [[str(row[k]) for row in rows] for k in range(query.n_labels)]
    numbers = np.array([row[query.n_labels :] for row in rows], dtype=np.int64)
    return labels, numbers.reshape(len(rows), query.n_integers)
