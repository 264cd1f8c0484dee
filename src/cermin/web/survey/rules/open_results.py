"""What may be shown of a public questionnaire after it has closed; no small count can be derived.

A question's table is shown only when no count in it lies between 1 and the threshold, neither of
an option nor of people who skipped it. A mean is shown when, even where the table is hidden, it
does not betray that only a few chose something else than the best or the worst answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cermin.core.exposure import THRESHOLD
from cermin.core.rounding import classify, round_half_up
from cermin.core.scheme import Band, Column, Dimension, Item, ItemKind, Method, Questionnaire

_FEW_LEVELS = 3  # with so few, mean and number give the counts away

Counts = Mapping[str, Mapping[str, int]]  # by column and by code


@dataclass(frozen=True)
class ItemTable:
    """Answers to one question; ``counts`` is None where they may not be shown."""

    item: Item
    n: int | None
    counts: tuple[int, ...] | None


@dataclass(frozen=True)
class DimensionMean:
    """Mean of the questions of one dimension, None where it may not be shown."""

    dimension: Dimension
    mean: Fraction | None
    highest: int


@dataclass(frozen=True)
class OpenResult:
    """All that is shown of a questionnaire that has closed."""

    n: int | None  # None: fewer than the threshold
    tables: tuple[ItemTable, ...] = ()
    means: tuple[DimensionMean, ...] = ()
    index: float | None = None
    band: Band | None = None


def result_of(
    questionnaire: Questionnaire, method: Method | None, counts: Counts, n_answers: int
) -> OpenResult:
    """Return what may be shown; ``method`` computes an index, if the questionnaire has one."""
    if n_answers < THRESHOLD:
        return OpenResult(None)
    tables = tuple(
        _table(item, counts, n_answers)
        for item in questionnaire.items
        if item.kind is not ItemKind.COMMENT
    )
    means = tuple(_dimension(one, questionnaire, counts) for one in questionnaire.dimensions)
    index = _index(means) if method is not None else None
    if index is None or method is None:
        return OpenResult(n_answers, tables, means)
    shown = round_half_up(index, method.decimals)
    return OpenResult(n_answers, tables, means, shown, classify(shown, method.bands))


def _few(count: int) -> bool:
    return 0 < count < THRESHOLD


def _counts_of(column: Column, counts: Counts) -> list[tuple[int, int]]:
    """Return code and count of every level, also of those nobody chose."""
    found = counts.get(column.name, {})
    return [(code, found.get(str(code), 0)) for code in range(column.low, column.high + 1)]


def _table(item: Item, counts: Counts, n_answers: int) -> ItemTable:
    levels = [_counts_of(column, counts) for column in item.columns]
    answered = sum(n for _, n in levels[0])
    if item.kind is ItemKind.CHOOSE_K:
        cells = [n for votes in levels for code, n in votes if code == 1]
        derived = [answered - n for n in cells]
    else:
        cells, derived = [n for _, n in levels[0]], []
    if any(map(_few, [*cells, *derived, n_answers - answered, answered])):
        return ItemTable(item, None, None)
    return ItemTable(item, answered, tuple(cells))


def _dimension(dimension: Dimension, questionnaire: Questionnaire, counts: Counts) -> DimensionMean:
    columns = [one for one in questionnaire.columns if one.dimension == dimension.id]
    means = list(_means(columns, counts))
    highest = max((column.high for column in columns), default=0)
    if not means or None in means:
        return DimensionMean(dimension, None, highest)
    return DimensionMean(dimension, _plain(means), highest)


def _means(columns: Sequence[Column], counts: Counts) -> Iterator[Fraction | None]:
    for column in columns:
        levels = _counts_of(column, counts)
        n = sum(count for _, count in levels)
        total = sum(code * count for code, count in levels)
        hidden = any(_few(count) for _, count in levels)
        if n < THRESHOLD or (hidden and _betrays([code for code, _ in levels], n, total)):
            yield None
        else:
            yield Fraction(total, n)


def _betrays(codes: Sequence[int], n: int, total: int) -> bool:
    """Whether number and sum of answers fix the count of some answer between 1 and the threshold.

    They do not where the same sum may come about without that answer, and where it may with many
    of them. Sums that only one way of answering could give, at either end, are left aside.
    """
    if len(codes) <= _FEW_LEVELS:
        return True
    return not all(
        _possible(codes, code, 0, n, total) or _possible(codes, code, THRESHOLD, n, total)
        for code in codes
    )


def _possible(codes: Sequence[int], code: int, times: int, n: int, total: int) -> bool:
    """Whether ``n`` answers with this sum can hold ``code`` so many times, with room to spare."""
    others = [one for one in codes if one != code]
    rest, left = n - times, total - times * code
    slack = max(codes) - min(codes)
    return rest >= slack and (rest * min(others) + slack <= left <= rest * max(others) - slack)


def _index(means: Sequence[DimensionMean]) -> float | None:
    """Return the mean of all dimensions in percent of the highest answer; exactly equal weights."""
    if not means or any(one.mean is None for one in means):
        return None
    return float(_plain([100 * one.mean / one.highest for one in means if one.mean is not None]))


def _plain(means: Sequence[Fraction | None]) -> Fraction:
    return sum((mean for mean in means if mean is not None), Fraction()) / len(means)
