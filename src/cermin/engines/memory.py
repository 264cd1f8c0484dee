"""The reference engine: one person at a time, slow and obviously right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from cermin.core.errors import UserError
from cermin.core.moments import CellMoments, CountTable, Ints, TabulationSpec
from cermin.engines.assemble import (
    LabelledCareless,
    LabelledCells,
    LabelledComplete,
    count_table,
)

Answers = Sequence[int | None]


class _Cell:
    """Running moments of one cell."""

    def __init__(self, spec: TabulationSpec) -> None:
        values, items = len(spec.values), len(spec.items)
        self.n = 0
        self.histogram = np.zeros((items, spec.levels), dtype=np.int64)
        self.pair_n = np.zeros((values, values), dtype=np.int64)
        self.pair_sum = np.zeros((values, values), dtype=np.int64)
        self.pair_product = np.zeros((values, values), dtype=np.int64)
        self.partial = np.zeros(values, dtype=np.int64)

    def add(self, answers: Answers, spec: TabulationSpec) -> None:
        self.n += 1
        for i, answer in enumerate(answers):
            if answer is not None:
                self.histogram[i, answer - spec.low] += 1
        scores = [value_score(answers, positions, spec) for positions in spec.values]
        for v, x in enumerate(scores):
            for w, y in enumerate(scores):
                if x is not None and y is not None:
                    self.pair_n[v, w] += 1
                    self.pair_sum[v, w] += x
                    self.pair_product[v, w] += x * y
        for v, positions in enumerate(spec.values):
            answered = sum(answers[i] is not None for i in positions)
            self.partial[v] += 0 < answered < len(positions)


class _Complete:
    """Running moments of the complete respondents of one agency x stratum."""

    def __init__(self, spec: TabulationSpec) -> None:
        items = len(spec.items)
        self.n = 0
        self.sum = np.zeros(items, dtype=np.int64)
        self.product = np.zeros((items, items), dtype=np.int64)

    def add(self, answers: Ints) -> None:
        self.n += 1
        self.sum += answers
        self.product += np.outer(answers, answers)


def value_score(answers: Answers, positions: Sequence[int], spec: TabulationSpec) -> int | None:
    """Return the integer value score of one person, or None with too few answers."""
    answered = [a for a in (answers[i] for i in positions) if a is not None]
    if len(answered) < spec.min_answered:
        return None
    return sum(answered) * spec.score_scale // len(answered)


@dataclass(frozen=True)
class MemoryEngine:
    """Counts in plain Python; for tests and for understanding."""

    def count(self, snapshot: Path, spec: TabulationSpec) -> CountTable:
        """Return the moments of all cells of ``snapshot``."""
        cells: dict[tuple[str, ...], _Cell] = defaultdict(lambda: _Cell(spec))
        complete: dict[tuple[str, ...], _Complete] = defaultdict(lambda: _Complete(spec))
        straight: dict[str, int] = defaultdict(int)
        missing: dict[str, int] = defaultdict(int)
        columns = ["agency", "unit", *spec.strata]
        rows = pq.read_table(snapshot, columns=[*columns, *spec.items])
        for row in zip(*(rows[c].to_pylist() for c in rows.column_names), strict=True):
            key, answers = row[: len(columns)], row[len(columns) :]
            check_range(answers, spec)
            answered = [a for a in answers if a is not None]
            cells[key].add(answers, spec)
            if len(answered) == len(answers):
                complete[(key[0], *key[2:])].add(np.array(answers, dtype=np.int64))
                straight[key[0]] += len(set(answers)) == 1
            missing[key[0]] += 2 * len(answered) < len(answers)
        return count_table(
            spec,
            _labelled_cells(cells, spec),
            _labelled_complete(complete, spec),
            LabelledCareless(
                agency=list(missing),
                straight_lined=_ints([straight[a] for a in missing]),
                mostly_missing=_ints(list(missing.values())),
            ),
        )


def check_range(answers: Answers, spec: TabulationSpec) -> None:
    """Raise UserError for an answer outside the scale."""
    if any(a is not None and not spec.low <= a <= spec.high for a in answers):
        raise UserError("Ada jawaban di luar {low}-{high}.", low=spec.low, high=spec.high)


def _ints(numbers: Sequence[object], *shape: int) -> Ints:
    return np.array(numbers, dtype=np.int64).reshape(len(numbers), *shape)


def _labelled_cells(cells: dict[tuple[str, ...], _Cell], spec: TabulationSpec) -> LabelledCells:
    items, values = len(spec.items), len(spec.values)
    found = list(cells.values())
    return LabelledCells(
        labels=[[key[k] for key in cells] for k in range(2 + len(spec.strata))],
        moments=CellMoments(
            n=_ints([c.n for c in found]),
            histogram=_ints([c.histogram for c in found], items, spec.levels),
            pair_n=_ints([c.pair_n for c in found], values, values),
            pair_sum=_ints([c.pair_sum for c in found], values, values),
            pair_product=_ints([c.pair_product for c in found], values, values),
            partial=_ints([c.partial for c in found], values),
        ),
    )


def _labelled_complete(
    complete: dict[tuple[str, ...], _Complete], spec: TabulationSpec
) -> LabelledComplete:
    items = len(spec.items)
    found = list(complete.values())
    return LabelledComplete(
        labels=[[key[k] for key in complete] for k in range(1 + len(spec.strata))],
        n=_ints([c.n for c in found]),
        sum=_ints([c.sum for c in found], items),
        product=_ints([c.product for c in found], items, items),
    )
