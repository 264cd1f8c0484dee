"""Runs the SQL text through a driver and assembles the result; shared by all SQL engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cermin.core.errors import UserError
from cermin.core.moments import CountTable, Ints, TabulationSpec
from cermin.engines import sql
from cermin.engines.assemble import (
    LabelledCareless,
    LabelledCells,
    LabelledComplete,
    count_table,
)

Rows = tuple[Sequence[Sequence[str]], Ints]
Run = Callable[[sql.Query], Rows]  # label columns, integers (rows, columns)


def counted_by(run: Run, spec: TabulationSpec) -> CountTable:
    """Return the table that ``run`` counts with the three statements."""
    (agencies,), flags = run(sql.careless_query(spec))
    if flags[:, 2].any():
        raise UserError("Ada jawaban di luar {low}-{high}.", low=spec.low, high=spec.high)
    complete_labels, complete = run(sql.complete_query(spec))
    labels, numbers = run(sql.cell_query(spec))
    items = len(spec.items)
    return count_table(
        spec,
        LabelledCells(labels, sql.cell_moments(numbers, spec)),
        LabelledComplete(
            complete_labels,
            n=complete[:, 0],
            sum=complete[:, 1 : 1 + items],
            product=sql.symmetric(complete[:, 1 + items :], items),
        ),
        LabelledCareless(agencies, straight_lined=flags[:, 0], mostly_missing=flags[:, 1]),
    )
