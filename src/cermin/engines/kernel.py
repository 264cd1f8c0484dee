"""Counting of sorted rows in plain NumPy: several small counters ride in one 64-bit word.

Cells are runs of neighbouring rows, so a sum per cell is one ``np.add.reduceat``. What makes it
fast is doing few of them on words that hold several counters each:

* histogram: an answer becomes ``1 << (bits * level)``; one sum counts all levels of an item;
* value scores: the answers of a value form one small code, looked up in a table of scores;
* products: ``x_d * (x_a + x_b << 21 + x_c << 42)`` gives three products in one multiplication.

A counter is exact while it cannot overflow into its neighbour, so runs longer than
``Plan.max_rows`` are counted in pieces. A missing score is 0 in the sums; what that gets wrong
(``pair_n`` and ``pair_sum``) is corrected from the few rows concerned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.moments import Ints, TabulationSpec

Words = npt.NDArray[np.uint64]
States = npt.NDArray[np.uint8]  # (items, rows): 0 missing, 1 lowest answer, ...
Codes = npt.NDArray[np.unsignedinteger[Any]]  # (values, rows): joint code of a value's answers

MAX_CODE = 1 << 16
LEVELS_PER_WORD = 6
MIN_ROWS_PER_PIECE = 256
BLOCK = 32_768


@dataclass(frozen=True)
class Plan:
    """Look-up tables and packing of one specification."""

    spec: TabulationSpec
    one_hot: tuple[Words, ...]  # per word of the histogram: state -> counter
    level_bits: int
    scores: tuple[Words, ...]  # per value: code -> score, 0 when missing

    unscored: tuple[npt.NDArray[np.bool_], ...]  # code -> has no score
    partial: tuple[npt.NDArray[np.bool_], ...]  # code -> some but not all answered
    product_fields: int
    product_bits: int
    max_rows: int  # rows that one piece may hold
    code_type: type[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class RunCounts:
    """Moments of runs, transposed to (…, runs); plain sums where CellMoments has pairs."""

    histogram: Ints  # (I * L, R)
    pair_n: Ints  # (V * V, R)
    pair_sum: Ints  # (V * V, R)
    pair_product: Ints  # (V * V, R)
    partial: Ints  # (V, R)
    straight_lined: Ints  # (R,)
    mostly_missing: Ints  # (R,)


def fits(spec: TabulationSpec) -> bool:
    """Say whether the packing is exact and worthwhile for ``spec``."""
    states = spec.levels + 1
    longest = max((len(positions) for positions in spec.values), default=0)
    top = _top_score(spec)
    return (
        spec.low >= 0
        and spec.levels <= 31  # squares of 16k rows stay exact in float32
        and 0 < len(spec.items) <= 255
        and longest > 0
        and states**longest <= MAX_CODE
        and top * top * MIN_ROWS_PER_PIECE < 1 << 62
    )


def plan(spec: TabulationSpec) -> Plan:
    """Return the packing of ``spec``."""
    words = -(-spec.levels // LEVELS_PER_WORD)
    per_word = -(-spec.levels // words)
    level_bits = 64 // per_word
    square = max(_top_score(spec) ** 2, 1)
    fields = next(f for f in (3, 2, 1) if square * MIN_ROWS_PER_PIECE < 1 << (63 // f))
    bits = 63 // fields
    tables = [_code_tables(spec, len(positions)) for positions in spec.values]
    states = spec.levels + 1
    longest = max(len(positions) for positions in spec.values)
    return Plan(
        spec=spec,
        one_hot=tuple(_one_hot(spec.levels, w * per_word, per_word) for w in range(words)),
        level_bits=level_bits,
        scores=tuple(score for score, _u, _p in tables),
        unscored=tuple(unscored for _s, unscored, _p in tables),
        partial=tuple(partial for _s, _u, partial in tables),
        product_fields=fields,
        product_bits=bits,
        max_rows=min((1 << min(level_bits, 30)) - 1, ((1 << bits) - 1) // square),
        code_type=np.uint8 if states**longest <= 256 else np.uint16,
    )


def count_runs(states: States, starts: Ints, how: Plan) -> RunCounts:
    """Count the runs that begin at ``starts`` (the first is 0)."""
    rows = states.shape[1]
    pieces, piece_of_run = _pieces(starts, rows, how.max_rows)
    edges = np.r_[pieces, rows]
    packed = _Packed.empty(how, pieces.size)
    for first, last in _blocks(pieces, rows):
        block = states[:, edges[first] : edges[last]]
        _count_block(block, pieces[first:last] - edges[first], how, packed, slice(first, last))
    return _unpacked(packed, np.diff(edges), piece_of_run, how)


@dataclass(frozen=True)
class _Packed:
    """Packed counters of the pieces, before unpacking."""

    histogram: Words  # (I * words, P)
    sums: Words  # (V words, P)
    products: list[Words]  # per (d, word): (P,)
    less_n: Ints  # (V * V, P) to subtract
    less_sum: Ints  # (V * V, P)
    partial: Ints  # (V, P)
    straight_lined: Ints
    mostly_missing: Ints

    @classmethod
    def empty(cls, how: Plan, pieces: int) -> _Packed:
        values, items = len(how.spec.values), len(how.spec.items)
        return cls(
            histogram=np.empty((items * len(how.one_hot), pieces), dtype=np.uint64),
            sums=np.empty((len(_words(how)), pieces), dtype=np.uint64),
            products=[np.empty(pieces, dtype=np.uint64) for _ in _products(how)],
            less_n=np.zeros((values * values, pieces), dtype=np.int64),
            less_sum=np.zeros((values * values, pieces), dtype=np.int64),
            partial=np.zeros((values, pieces), dtype=np.int64),
            straight_lined=np.zeros(pieces, dtype=np.int64),
            mostly_missing=np.zeros(pieces, dtype=np.int64),
        )


# ------------------------------------------------------------------ tables


def _top_score(spec: TabulationSpec) -> int:
    return spec.high * spec.score_scale


def _one_hot(levels: int, first: int, per_word: int) -> Words:
    table = np.zeros(levels + 1, dtype=np.uint64)
    for k in range(min(per_word, levels - first)):
        table[1 + first + k] = np.uint64(1 << (64 // per_word * k))
    return table


def _code_tables(
    spec: TabulationSpec, size: int
) -> tuple[Words, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return score, "has no score" and "partly answered" of every joint code."""
    states = spec.levels + 1
    code = np.arange(states**size)
    digits = np.stack([code // states**k % states for k in range(size)])
    answered = (digits > 0).sum(axis=0)
    total = np.where(digits > 0, digits + spec.low - 1, 0).sum(axis=0)
    scored = answered >= spec.min_answered
    score = np.where(scored, total * spec.score_scale // np.maximum(answered, 1), 0)
    return score.astype(np.uint64), ~scored, (answered > 0) & (answered < size)


# ------------------------------------------------------------------ pieces and blocks


def _pieces(starts: Ints, rows: int, max_rows: int) -> tuple[Ints, Ints]:
    """Cut runs into pieces of at most ``max_rows``; return their starts and first piece by run."""
    lengths = np.diff(np.r_[starts, rows])
    parts = -(-lengths // max_rows)
    first = np.cumsum(parts) - parts
    if int(parts.sum()) == starts.size:
        return starts, first
    run = np.repeat(np.arange(starts.size), parts)
    within = np.arange(run.size) - first[run]
    return starts[run] + within * max_rows, first


def _blocks(pieces: Ints, rows: int) -> list[tuple[int, int]]:
    """Group pieces into blocks of about BLOCK rows, which stay in the processor's cache."""
    marks = np.searchsorted(pieces, np.arange(0, rows, BLOCK))
    edges = np.unique(np.r_[0, marks, pieces.size])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _words(how: Plan) -> list[range]:
    """Values that share a word."""
    values = len(how.spec.values)
    return [
        range(first, min(first + how.product_fields, values))
        for first in range(0, values, how.product_fields)
    ]


def _products(how: Plan) -> list[tuple[int, int]]:
    """Pairs (value d, word k) whose product covers every pair of values (d, e <= d)."""
    return [
        (d, k)
        for d in range(len(how.spec.values))
        for k, word in enumerate(_words(how))
        if word[0] <= d
    ]


# ------------------------------------------------------------------ one block


def _count_block(states: States, starts: Ints, how: Plan, packed: _Packed, where: slice) -> None:
    words = len(how.one_hot)
    for i, column in enumerate(states):
        for w, table in enumerate(how.one_hot):
            counters = np.take(table, column)
            np.add.reduceat(counters, starts, out=packed.histogram[i * words + w, where])
    codes = _codes(states, how)
    _count_scores(codes, starts, how, packed, where)
    missing = np.zeros(states.shape[1], dtype=np.uint8)
    for column in states:
        missing += column == 0
    rare = np.flatnonzero(missing)
    piece = np.zeros(states.shape[1], dtype=np.int32)
    piece[starts[1:]] = 1
    piece = np.cumsum(piece, dtype=np.int32)
    if rare.size:
        _correct(codes[:, rare], piece[rare], how, packed, where)
    straight = np.flatnonzero((missing == 0) & (states.min(axis=0) == states.max(axis=0)))
    mostly = rare[2 * (len(states) - missing[rare].astype(np.int64)) < len(states)]
    size = starts.size
    packed.straight_lined[where] = np.bincount(piece[straight], minlength=size)
    packed.mostly_missing[where] = np.bincount(piece[mostly], minlength=size)


def _codes(states: States, how: Plan) -> Codes:
    """Return the joint code of each value: first answer + base * second + ..."""
    base = how.spec.levels + 1
    codes = np.empty((len(how.spec.values), states.shape[1]), dtype=how.code_type)
    for v, positions in enumerate(how.spec.values):
        code = codes[v]
        code[:] = states[positions[-1]]
        for i in positions[-2::-1]:
            code *= how.code_type(base)
            code += states[i]
    return codes


def _count_scores(codes: Codes, starts: Ints, how: Plan, packed: _Packed, where: slice) -> None:
    scores, words = _score_words(codes, how)
    for k, word in enumerate(words):
        np.add.reduceat(word, starts, out=packed.sums[k, where])
    buffer = np.empty(codes.shape[1], dtype=np.uint64)
    for (d, k), target in zip(_products(how), packed.products, strict=True):
        np.multiply(scores[d], words[k], out=buffer)
        np.add.reduceat(buffer, starts, out=target[where])


def _score_words(codes: Codes, how: Plan) -> tuple[list[Words], list[Words]]:
    """Return every person's scores, alone and packed."""
    scores = [np.take(table, code) for table, code in zip(how.scores, codes, strict=True)]
    words = []
    for members in _words(how):
        word = scores[members[0]]
        for field, v in enumerate(members[1:], start=1):
            word = word + (scores[v] << np.uint64(how.product_bits * field))
        words.append(word)
    return scores, words


def _correct(
    codes: Codes, piece: npt.NDArray[np.int32], how: Plan, packed: _Packed, where: slice
) -> None:
    """Count what only rows with a missing answer have: partial values, absent scores."""
    values = len(codes)
    size = where.stop - where.start
    for v in range(values):
        hits = piece[how.partial[v][codes[v]]]
        packed.partial[v, where] = np.bincount(hits, minlength=size)
    absent = np.stack([how.unscored[v][codes[v]] for v in range(values)])
    some = np.flatnonzero(absent.any(axis=0))
    if not some.size:
        return
    absent, piece = absent[:, some], piece[some]
    score = np.stack([how.scores[v][codes[v, some]] for v in range(values)]).astype(np.int64)
    change = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1]])
    columns = where.start + piece[change]
    for v in range(values):
        for w in range(values):
            cell = v * values + w
            less = absent[v] | absent[w]
            packed.less_n[cell, columns] = np.add.reduceat(less, change, dtype=np.int64)
            packed.less_sum[cell, columns] = np.add.reduceat(score[v] * absent[w], change)


# ------------------------------------------------------------------ unpacking


def _unpacked(packed: _Packed, sizes: Ints, piece_of_run: Ints, how: Plan) -> RunCounts:
    values = len(how.spec.values)
    pair_product = np.empty((values, values, sizes.size), dtype=np.int64)
    words = _words(how)
    for (d, k), product in zip(_products(how), packed.products, strict=True):
        for field, e in enumerate(words[k]):
            pair_product[d, e] = pair_product[e, d] = _field(product, field, how.product_bits)
    pair_sum = -packed.less_sum.reshape(values, values, -1)
    for k, word in enumerate(words):
        for field, v in enumerate(word):
            pair_sum[v] += _field(packed.sums[k], field, how.product_bits)
    counts = RunCounts(
        histogram=_histogram(packed, how),
        pair_n=sizes - packed.less_n,
        pair_sum=pair_sum.reshape(values * values, -1),
        pair_product=pair_product.reshape(values * values, -1),
        partial=packed.partial,
        straight_lined=packed.straight_lined,
        mostly_missing=packed.mostly_missing,
    )
    if piece_of_run.size == sizes.size:
        return counts
    return RunCounts(
        *(np.add.reduceat(array, piece_of_run, axis=-1) for array in vars(counts).values())
    )


def _histogram(packed: _Packed, how: Plan) -> Ints:
    items, levels, words = len(how.spec.items), how.spec.levels, len(how.one_hot)
    per_word = -(-levels // words)
    histogram = np.empty((items * levels, packed.histogram.shape[1]), dtype=np.int64)
    for i in range(items):
        for level in range(levels):
            word = packed.histogram[i * words + level // per_word]
            histogram[i * levels + level] = _field(word, level % per_word, how.level_bits)
    return histogram


def _field(words: Words, field: int, bits: int) -> Ints:
    shifted = words >> np.uint64(bits * field) if field else words
    return (shifted & np.uint64((1 << bits) - 1)).view(np.int64)
