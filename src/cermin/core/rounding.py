"""Rounding, classification and number text: the last step before a reader's eye.

Half is rounded up (away from zero) on the shortest decimal text of the number, as people do on
paper: 74.95 is 75.0, although the binary number nearest to it lies below.

Rounded weights are a trap: the mean of nine SKM elements is their sum divided by exactly 9, not
the sum times 0.11 (the same 29 forms give 91.48 or 90.56); of seven values, divided by exactly 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from cermin.core.errors import UserError
from cermin.core.scheme import Band

_INDONESIAN = str.maketrans(",.", ".,")


def exact(x: float) -> Fraction:
    """Return the decimal number that ``x`` is written as: 0.1 is one tenth.

    Raises
    ------
    ValueError
        For NaN and infinities.
    """
    return Fraction(repr(float(x)))


def plain_mean(scores: Sequence[float]) -> float:
    """Unweighted mean, sum / k with the exact k, exact on the decimal text of the scores.

    Raises
    ------
    ValueError
        Without scores, or with one that is not finite.
    """
    if not scores:
        raise ValueError("a mean needs at least one score")
    return float(sum((exact(score) for score in scores), Fraction()) / len(scores))


def round_half_up(x: float, decimals: int) -> float:
    """Round half away from zero at ``decimals`` decimals, on the shortest text of ``x``.

    Raises
    ------
    ValueError
        For NaN and infinities.
    """
    return float(_rounded(x, decimals))


def _rounded(x: float, decimals: int) -> Decimal:
    number = Decimal(repr(float(x)))
    if not number.is_finite():
        raise ValueError("only a finite number can be rounded")
    rounded = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded  # never "-0"


def classify(index: float, bands: Sequence[Band], *, decimals: int | None = None) -> Band:
    """Return the highest band whose lower bound the index reaches.

    Parameters
    ----------
    index
        Index on 0..100.
    bands
        In any order.
    decimals
        Round half up to this many decimals first, then classify (published bands are printed
        with one decimal: 74.95 would else fall between B 50-74.9 and A 75-100). None: classify
        the unrounded index.

    Raises
    ------
    UserError
        When the index lies below every band.
    """
    shown = index if decimals is None else round_half_up(index, decimals)
    reached = [band for band in bands if shown >= band.lower]
    if not reached:
        raise UserError(
            "Indeks {index} di bawah batas kategori terendah; lengkapi kategori pada metode.",
            index=shown,
        )
    return max(reached, key=lambda band: band.lower)


def format_number(x: float, decimals: int, language: str = "id") -> str:
    """Write a number for people: 6.000,5 in Indonesian, 6,000.5 in English ("en")."""
    text = f"{_rounded(x, decimals):,f}"
    if language == "en":
        return text
    return text.translate(_INDONESIAN)
