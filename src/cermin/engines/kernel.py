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

import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.moments import CellMoments, Ints, TabulationSpec
from cermin.engines.packing import (
    ABSENT_BIT,
    FLAG_BITS,
    FLAG_FIELDS,
    Plan,
    Words,
    fits,
    plan,
    product_pairs,
    shared_words,
)

__all__ = ["Codes", "Flags", "Plan", "States", "count_runs", "empty_cells", "fits", "plan"]

States = npt.NDArray[np.uint8]  # (items, rows): 0 missing, 1 lowest answer, ...
Codes = npt.NDArray[np.unsignedinteger[Any]]  # (values, rows): joint code of a value's answers

BLOCK = 16_384
MUCH = 1 << 19  # integers, from which NumPy would ask for huge pages


@dataclass(frozen=True)
class Flags:
    """Careless answers by run."""

    straight_lined: Ints  # (R,)
    mostly_missing: Ints  # (R,)


def empty_cells(cells: int, spec: TabulationSpec) -> CellMoments:
    """Return room for ``cells`` cells, not yet filled."""
    items, values = len(spec.items), len(spec.values)
    pairs = (values, values)
    shapes = [(), (items, spec.levels), pairs, pairs, pairs, (values,)]
    return CellMoments(*(_room((cells, *shape)) for shape in shapes))


def _room(shape: tuple[int, ...]) -> Ints:
    """Return an array not yet filled, for much data in ordinary pages.

    NumPy asks for huge pages; on a virtual machine their first touch is slow (counting five
    million answers spent 0.9-1.5 s in the kernel with them, 0.6-0.7 s without, in four turns).
    """
    size = math.prod(shape)
    if size < MUCH:
        return np.empty(shape, dtype=np.int64)
    return np.frombuffer(mmap.mmap(-1, 8 * size), dtype=np.int64).reshape(shape)


def count_runs(
    states: States, starts: Ints, how: Plan, targets: Sequence[tuple[slice, CellMoments]]
) -> Flags:
    """Count the runs that begin at ``starts`` (the first is 0).

    ``targets``: for slices of the runs, the moments to overwrite with them.
    """
    rows = states.shape[1]
    pieces, first_piece = _pieces(starts, rows, how.max_rows)
    edges = np.r_[pieces, rows]
    packed = _Packed.empty(how, pieces.size)
    codes = _codes(states, how)
    for first, last in _blocks(pieces, rows):
        inside = slice(edges[first], edges[last])
        begins = pieces[first:last] - edges[first]
        _count_answers(states[:, inside], begins, how, packed.histogram[:, first:last])
        _count_scores(codes[:, inside], begins, how, packed, slice(first, last))
    missing = np.zeros(rows, dtype=np.uint8)
    for column in states:
        missing += column == 0
    rare = np.flatnonzero(missing)
    repairs = _repairs(codes, rare, np.searchsorted(pieces, rare, side="right") - 1, how)
    ends = np.r_[first_piece, pieces.size]
    for runs, target in targets:
        if runs.stop > runs.start:
            mine = slice(int(ends[runs.start]), int(ends[runs.stop]))
            firsts = ends[runs] - ends[runs.start]
            here = _Pieces(packed.part(mine), repairs.part(mine), np.diff(edges)[mine])
            _fill(target, here, firsts, how)
    return _flags(states, missing, rare, starts)


def _flags(states: States, missing: npt.NDArray[np.uint8], rare: Ints, starts: Ints) -> Flags:
    items, runs = len(states), starts.size
    different = missing != 0
    for above, below in pairwise(states):
        different |= above != below
    straight = np.flatnonzero(~different)
    mostly = rare[2 * (items - missing[rare].astype(np.int64)) < items]
    run = [np.searchsorted(starts, rows, side="right") - 1 for rows in (straight, mostly)]
    return Flags(*(np.bincount(r, minlength=runs).astype(np.int64) for r in run))


@dataclass(frozen=True)
class _Packed:
    """Packed counters of the pieces, before unpacking."""

    histogram: Words  # (I * words, P)
    sums: Words  # (V words, P)
    products: Words  # (value x word, P)

    @classmethod
    def empty(cls, how: Plan, pieces: int) -> _Packed:
        heights = (
            len(how.spec.items) * len(how.one_hot),
            len(shared_words(how)),
            len(product_pairs(how)),
        )
        return cls(*(np.empty((height, pieces), dtype=np.uint64) for height in heights))

    def part(self, where: slice) -> _Packed:
        return _Packed(self.histogram[:, where], self.sums[:, where], self.products[:, where])


@dataclass(frozen=True)
class _Repairs:
    """What rows with a missing answer change, for the pieces that have such rows."""

    partial_piece: Ints  # (A,)
    partial: Words  # (flag words, A), packed
    piece: Ints  # (B,) pieces with absent scores
    less_n: Ints  # (B, V, V) to subtract from pair_n
    less_sum: Ints  # (B, V, V) to subtract from pair_sum

    def part(self, where: slice) -> _Repairs:
        a = slice(*np.searchsorted(self.partial_piece, [where.start, where.stop]))
        b = slice(*np.searchsorted(self.piece, [where.start, where.stop]))
        return _Repairs(
            self.partial_piece[a] - where.start,
            self.partial[:, a],
            self.piece[b] - where.start,
            self.less_n[b],
            self.less_sum[b],
        )


@dataclass(frozen=True)
class _Pieces:
    """All that is known of neighbouring pieces."""

    packed: _Packed
    repairs: _Repairs
    sizes: Ints


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


# ------------------------------------------------------------------ one block


def _count_answers(states: States, starts: Ints, how: Plan, histogram: Words) -> None:
    words = len(how.one_hot)
    counters = np.empty(states.shape[1], dtype=np.uint64)
    for i, column in enumerate(states):
        index = column.astype(np.intp)
        for w, table in enumerate(how.one_hot):
            np.take(table, index, out=counters, mode="clip")
            np.add.reduceat(counters, starts, out=histogram[i * words + w])


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
    for (d, k), target in zip(product_pairs(how), packed.products, strict=True):
        np.multiply(scores[d], words[k], out=buffer)
        np.add.reduceat(buffer, starts, out=target[where])


def _score_words(codes: Codes, how: Plan) -> tuple[list[Words], list[Words]]:
    """Return every person's scores, alone and packed."""
    scores = []
    for table, code in zip(how.scores, codes, strict=True):
        score = np.empty(code.size, dtype=np.uint64)
        scores.append(np.take(table, code.astype(np.intp), out=score, mode="clip"))
    words = []
    for members in shared_words(how):
        word = scores[members[0]]
        for field, v in enumerate(members[1:], start=1):
            word = word + (scores[v] << np.uint64(how.product_bits * field))
        words.append(word)
    return scores, words


# ------------------------------------------------------------------ rows with missing answers


def _repairs(codes: Codes, rare: Ints, piece: Ints, how: Plan) -> _Repairs:
    """Count what only rows with a missing answer have: partial values, absent scores."""
    values = len(codes)
    code = codes[:, rare].astype(np.intp)
    flags = np.zeros((-(-values // FLAG_FIELDS), rare.size), dtype=np.uint64)
    for v in range(values):
        flags[v // FLAG_FIELDS] += how.flags[v][code[v]]
    some = np.flatnonzero((flags >> np.uint64(ABSENT_BIT)).any(axis=0))
    absent_piece, less_n, less_sum = _absent(code[:, some], piece[some], how)
    flags &= np.uint64((1 << ABSENT_BIT) - 1)
    begins = _changes(piece)
    return _Repairs(
        partial_piece=piece[begins],
        partial=np.add.reduceat(flags, begins, axis=1) if begins.size else flags,
        piece=absent_piece,
        less_n=less_n,
        less_sum=less_sum,
    )


def _absent(code: Ints, piece: Ints, how: Plan) -> tuple[Ints, Ints, Ints]:
    values = len(code)
    absent = np.stack([how.flags[v][code[v]] >> np.uint64(ABSENT_BIT) for v in range(values)])
    absent = absent.astype(np.int64)
    score = np.stack([how.scores[v][code[v]] for v in range(values)]).astype(np.int64)
    less_n = (absent[:, None] | absent[None, :]).transpose(2, 0, 1)
    less_sum = (score[:, None] * absent[None, :]).transpose(2, 0, 1)
    begins = _changes(piece)
    if begins.size:
        less_n, less_sum = np.add.reduceat(less_n, begins), np.add.reduceat(less_sum, begins)
    return piece[begins], less_n, less_sum


def _changes(sorted_numbers: Ints) -> Ints:
    if not sorted_numbers.size:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.r_[True, sorted_numbers[1:] != sorted_numbers[:-1]])


# ------------------------------------------------------------------ unpacking


def _fill(target: CellMoments, here: _Pieces, firsts: Ints, how: Plan) -> None:
    """Write runs to ``target``; ``firsts``: first piece of each run."""
    if firsts.size == here.sizes.size:
        _unpack(target, here, how)
        return
    pieces = empty_cells(here.sizes.size, how.spec)
    _unpack(pieces, here, how)
    for field in fields(CellMoments):
        np.add.reduceat(getattr(pieces, field.name), firsts, out=getattr(target, field.name))


def _unpack(target: CellMoments, here: _Pieces, how: Plan) -> None:
    packed, repairs, sizes = here.packed, here.repairs, here.sizes
    target.n[:] = sizes
    _unpack_histogram(target.histogram, packed.histogram, how)
    words = shared_words(how)
    for (d, k), product in zip(product_pairs(how), packed.products, strict=True):
        for field, e in enumerate(words[k]):
            both = _field(product, field, how.product_bits)
            target.pair_product[:, d, e] = both
            target.pair_product[:, e, d] = both
    for k, word in enumerate(words):
        for field, v in enumerate(word):
            target.pair_sum[:, v, :] = _field(packed.sums[k], field, how.product_bits)[:, None]
    target.pair_n[:] = sizes[:, None, None]
    target.pair_n[repairs.piece] -= repairs.less_n
    target.pair_sum[repairs.piece] -= repairs.less_sum
    target.partial[:] = 0
    for v in range(len(how.spec.values)):
        counts = _field(repairs.partial[v // FLAG_FIELDS], v % FLAG_FIELDS, FLAG_BITS)
        target.partial[repairs.partial_piece, v] = counts


def _unpack_histogram(target: Ints, packed: Words, how: Plan) -> None:
    words = len(how.one_hot)
    per_word = -(-how.spec.levels // words)
    mask = np.uint64((1 << how.level_bits) - 1)
    by_piece = np.ascontiguousarray(packed.T).reshape(packed.shape[1], -1, words)
    for w in range(words):
        levels = range(w * per_word, min((w + 1) * per_word, how.spec.levels))
        shifts = np.array([how.level_bits * (k % per_word) for k in levels], dtype=np.uint64)
        part = target[:, :, levels.start : levels.stop].view(np.uint64)
        np.right_shift(by_piece[:, :, w, None], shifts, out=part)
        np.bitwise_and(part, mask, out=part)


def _field(words: Words, field: int, bits: int) -> Ints:
    shifted = words >> np.uint64(bits * field) if field else words
    return (shifted & np.uint64((1 << bits) - 1)).view(np.int64)
