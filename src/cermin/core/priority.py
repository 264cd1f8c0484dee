"""What to improve first: score against association with the whole.

The importance-performance grid of Martilla & James (1977, Journal of Marketing 41), with the
derived importance of an item: its correlation with the rest (item-rest, or value with the other
values). Association is not cause: the matrix orders attention, it proves no lever.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from statistics import median
from typing import Literal

from cermin.core.rounding import plain_mean

Priority = Literal["", "keep", "improve_first", "improve", "watch"]

_QUADRANT: dict[tuple[bool, bool], Priority] = {  # by: is the score high, the association
    (True, True): "keep",
    (False, True): "improve_first",
    (False, False): "improve",
    (True, False): "watch",
}


def priority_matrix(
    scores: Sequence[float | None],
    associations: Sequence[float | None],
    *,
    score_cut: float | None = None,
    association_cut: float | None = None,
) -> tuple[Priority, ...]:
    """Place values or behaviours in four quadrants.

    Cut rules: a score is high when it reaches ``score_cut``, by default the mean of the placed
    scores (for the seven values: the total index). An association is high when it reaches
    ``association_cut``, by default the median of the placed associations, so that about half
    are high whatever the level of correlation. Exactly on a cut is high. Scores or associations
    that are None or NaN are not placed (""), and do not move the cuts.

    Raises
    ------
    ValueError
        When the two sequences differ in length.
    """
    pairs = [_placed(s, a) for s, a in zip(scores, associations, strict=True)]
    placed = [pair for pair in pairs if pair is not None]
    if not placed:
        return tuple("" for _ in pairs)
    low = plain_mean([s for s, _ in placed]) if score_cut is None else score_cut
    weak = median(a for _, a in placed) if association_cut is None else association_cut
    return tuple(_quadrant(pair, low, weak) for pair in pairs)


def _quadrant(pair: tuple[float, float] | None, low: float, weak: float) -> Priority:
    return "" if pair is None else _QUADRANT[(pair[0] >= low, pair[1] >= weak)]


def _placed(score: float | None, association: float | None) -> tuple[float, float] | None:
    if score is None or association is None or isnan(score) or isnan(association):
        return None
    return score, association
