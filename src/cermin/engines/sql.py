"""The one SQL text of all SQL engines: SUM, COUNT, CASE, COALESCE, CAST, GROUP BY; no division.

The text reads a table ``answers`` with columns ``agency, unit, s1..sK, i1..iN``; an engine gives
its snapshot those names, so nothing needs quoting and the text is the same for DuckDB,
PostgreSQL and Spark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cermin.core.moments import CellMoments, Ints, TabulationSpec


@dataclass(frozen=True)
class Query:
    """A statement whose first columns are labels and whose other columns are integers."""

    text: str
    n_labels: int
    n_integers: int


def key_columns(spec: TabulationSpec) -> list[str]:
    """Return the names of the label columns of ``answers``."""
    return ["agency", "unit", *(f"s{k + 1}" for k in range(len(spec.strata)))]


def item_columns(spec: TabulationSpec) -> list[str]:
    """Return the names of the item columns of ``answers``."""
    return [f"i{k + 1}" for k in range(len(spec.items))]


def cell_query(spec: TabulationSpec) -> Query:
    """Leaf cells: n, histogram, pairwise value composites, partial respondents."""
    keys = key_columns(spec)
    aggregates = [
        "CAST(COUNT(*) AS BIGINT)",
        *_histogram(spec),
        *_pair_counts(spec),
        *_pair_sums(spec),
        *_pair_products(spec),
        *(
            _sum_if(f"a{v} > 0 AND a{v} < {len(positions)}")
            for v, positions in enumerate(spec.values)
        ),
    ]
    scored = f"SELECT t.*, {', '.join(_scores(spec))} FROM ({_answered(spec)}) t"  # noqa: S608 - names are ours
    return Query(_grouped(keys, aggregates, f"({scored}) u"), len(keys), len(aggregates))


def complete_query(spec: TabulationSpec) -> Query:
    """Complete respondents by agency x stratum: n, item sums, upper triangle of products."""
    keys = [key for key in key_columns(spec) if key != "unit"]
    items = item_columns(spec)
    aggregates = ["CAST(COUNT(*) AS BIGINT)", *(_sum(_wide(i)) for i in items)]
    aggregates += [_sum(f"{_wide(items[a])} * {_wide(items[b])}") for a, b in _triangle(len(items))]
    everything = " AND ".join(f"{i} IS NOT NULL" for i in items)
    text = _grouped(keys, aggregates, f"answers WHERE {everything}")
    return Query(text, len(keys), len(aggregates))


def careless_query(spec: TabulationSpec) -> Query:
    """By agency: straight-lined, mostly missing, and answers outside the scale."""
    items = item_columns(spec)
    same = [f"{items[0]} IS NOT NULL", *(f"{items[0]} = {i}" for i in items[1:])]
    answered = " + ".join(_one_if(f"{i} IS NOT NULL") for i in items)
    outside = " OR ".join(f"{i} < {spec.low} OR {i} > {spec.high}" for i in items)
    aggregates = [
        _sum_if(" AND ".join(same)),
        _sum_if(f"2 * ({answered}) < {len(items)}"),
        _sum_if(outside),
    ]
    return Query(_grouped(["agency"], aggregates, "answers"), 1, len(aggregates))


def cell_moments(numbers: Ints, spec: TabulationSpec) -> CellMoments:
    """Unpack the integer columns of ``cell_query``, shape (cells, columns)."""
    items, values = len(spec.items), len(spec.values)
    triangle = values * (values + 1) // 2
    widths = [1, items * spec.levels, triangle, values * values, triangle, values]
    n, histogram, pair_n, pair_sum, product, partial = np.split(
        numbers, np.cumsum(widths)[:-1], axis=1
    )
    return CellMoments(
        n=n[:, 0],
        histogram=histogram.reshape(-1, items, spec.levels),
        pair_n=symmetric(pair_n, values),
        pair_sum=pair_sum.reshape(-1, values, values),
        pair_product=symmetric(product, values),
        partial=partial,
    )


def symmetric(upper: Ints, size: int) -> Ints:
    """Return full matrices from upper triangles, shape (rows, size (size + 1) / 2)."""
    full = np.zeros((upper.shape[0], size, size), dtype=np.int64)
    for k, (a, b) in enumerate(_triangle(size)):
        full[:, a, b] = full[:, b, a] = upper[:, k]
    return full


def _triangle(size: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(size) for b in range(a, size)]


def _answered(spec: TabulationSpec) -> str:
    """Per person and value: number of answered items and their sum."""
    items = item_columns(spec)
    columns = [*key_columns(spec), *items]
    for v, positions in enumerate(spec.values):
        columns.append(
            " + ".join(_one_if(f"{items[i]} IS NOT NULL") for i in positions) + f" AS a{v}"
        )
        columns.append(
            " + ".join(f"COALESCE({_wide(items[i])}, 0)" for i in positions) + f" AS t{v}"
        )
    return f"SELECT {', '.join(columns)} FROM answers"  # noqa: S608 - names are ours


def _scores(spec: TabulationSpec) -> list[str]:
    """Value score: sum x scale / answered, with the division done here, on constants."""
    scores = []
    for v, positions in enumerate(spec.values):
        cases = [
            f"WHEN a{v} = {k} THEN t{v} * {spec.score_scale // k}"
            for k in range(spec.min_answered, len(positions) + 1)
        ]
        never = f"WHEN a{v} < 0 THEN t{v}"  # a value too short to be scored still has a column
        scores.append(f"CASE {' '.join(cases or [never])} END AS v{v}")
    return scores


def _histogram(spec: TabulationSpec) -> list[str]:
    return [
        _sum_if(f"{item} = {level}")
        for item in item_columns(spec)
        for level in range(spec.low, spec.high + 1)
    ]


def _pair_counts(spec: TabulationSpec) -> list[str]:
    return [
        _sum_if(f"v{a} IS NOT NULL AND v{b} IS NOT NULL") for a, b in _triangle(len(spec.values))
    ]


def _pair_sums(spec: TabulationSpec) -> list[str]:
    values = range(len(spec.values))
    return [_sum(f"CASE WHEN v{b} IS NOT NULL THEN v{a} END") for a in values for b in values]


def _pair_products(spec: TabulationSpec) -> list[str]:
    return [_sum(f"v{a} * v{b}") for a, b in _triangle(len(spec.values))]


def _wide(column: str) -> str:
    return f"CAST({column} AS INTEGER)"


def _one_if(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _sum_if(condition: str) -> str:
    return _sum(_one_if(condition))


def _sum(expression: str) -> str:
    return f"CAST(COALESCE(SUM({expression}), 0) AS BIGINT)"


def _grouped(keys: list[str], aggregates: list[str], source: str) -> str:
    named = [f"{aggregate} AS c{k}" for k, aggregate in enumerate(aggregates)]
    columns, groups = ", ".join([*keys, *named]), ", ".join(keys)
    return f"SELECT {columns} FROM {source} GROUP BY {groups}"  # noqa: S608 - names are ours
