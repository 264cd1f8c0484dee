"""How counters are packed into words for one specification: look-up tables and widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.moments import TabulationSpec

Words = npt.NDArray[np.uint64]

MAX_CODE = 1 << 16
LEVELS_PER_WORD = 6
MIN_ROWS_PER_PIECE = 256
FLAG_FIELDS, FLAG_BITS, ABSENT_BIT = 3, 20, 60  # up to three absent scores add up above bit 60


@dataclass(frozen=True)
class Plan:
    """Look-up tables and packing of one specification."""

    spec: TabulationSpec
    one_hot: tuple[Words, ...]  # per word of the histogram: state -> counter
    level_bits: int
    scores: tuple[Words, ...]  # per value: code -> score, 0 when missing

    flags: tuple[Words, ...]  # per value: code -> partly answered, has no score
    product_fields: int
    product_bits: int
    max_rows: int  # rows that one piece may hold
    code_type: type[np.unsignedinteger[Any]]


def fits(spec: TabulationSpec) -> bool:
    """Say whether the packing is exact and worthwhile for ``spec``."""
    states = spec.levels + 1
    sizes = [len(positions) for positions in spec.values] or [0]
    longest = max(sizes)
    top = _top_score(spec)
    return (
        spec.low >= 0
        and spec.levels <= 31  # squares of 16k rows stay exact in float32
        and 0 < len(spec.items) <= 255
        and min(sizes) >= max(spec.min_answered, 1)  # complete rows have all scores
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
        scores=tuple(score for score, _flags in tables),
        flags=tuple(
            flags << np.uint64(FLAG_BITS * (v % FLAG_FIELDS)) | absent << np.uint64(ABSENT_BIT)
            for v, (_score, (flags, absent)) in enumerate(tables)
        ),
        product_fields=fields,
        product_bits=bits,
        max_rows=min((1 << min(level_bits, FLAG_BITS)) - 1, ((1 << bits) - 1) // square),
        code_type=np.uint8 if states**longest <= 256 else np.uint16,
    )


def shared_words(how: Plan) -> list[range]:
    """Values that share a word."""
    values = len(how.spec.values)
    return [
        range(first, min(first + how.product_fields, values))
        for first in range(0, values, how.product_fields)
    ]


def product_pairs(how: Plan) -> list[tuple[int, int]]:
    """Pairs (value d, word k) whose product covers every pair of values (d, e <= d)."""
    return [
        (d, k)
        for d in range(len(how.spec.values))
        for k, word in enumerate(shared_words(how))
        if word[0] <= d
    ]


def _top_score(spec: TabulationSpec) -> int:
    return spec.high * spec.score_scale


def _one_hot(levels: int, first: int, per_word: int) -> Words:
    table = np.zeros(levels + 1, dtype=np.uint64)
    for k in range(min(per_word, levels - first)):
        table[1 + first + k] = np.uint64(1 << (64 // per_word * k))
    return table


def _code_tables(spec: TabulationSpec, size: int) -> tuple[Words, tuple[Words, Words]]:
    """Return of every joint code: score, whether partly answered, whether without score."""
    states = spec.levels + 1
    code = np.arange(states**size)
    digits = np.stack([code // states**k % states for k in range(size)])
    answered = (digits > 0).sum(axis=0)
    total = np.where(digits > 0, digits + spec.low - 1, 0).sum(axis=0)
    scored = answered >= spec.min_answered
    score = np.where(scored, total * spec.score_scale // np.maximum(answered, 1), 0)
    partial = (answered > 0) & (answered < size)
    return score.astype(np.uint64), (partial.astype(np.uint64), (~scored).astype(np.uint64))
