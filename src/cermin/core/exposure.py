"""What a figure about one group gives away, and when it may stand.

`cermin.core.disclosure` chooses which groups of a tree are printed, `cermin.core.crossing` which
of them by gender and the like; the rules here look at one group (or many, by array) at a time.

References: Samuelson (1968), JASA 63:1522-1525; Bhatia & Davis (2000), Am. Math. Mon. 107:353-357.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

THRESHOLD = 10  # respondents behind any figure
COMMENT_THRESHOLD = 10  # respondents before comments of a group are shown
DRIVER_THRESHOLD = 25  # respondents before a driver analysis is shown
OWN_SD_MINIMUM = 30  # respondents before a group's own SD is considered

_TOLERANCE = 1e-9  # index points; sums of floats are not exact


@dataclass(frozen=True)
class Coding:
    """An index of a root that may only be published as a bound."""

    statistic: int
    code: Literal["at_least", "at_most"]
    bound: float


def is_extreme(weighted_sum: Floats, weight: Floats, largest_weight: Floats) -> Bools:
    """Tell where an index bounds the answer of its heaviest respondent (I2).

    Parameters
    ----------
    weighted_sum, weight
        Weighted sums of an index on 0..100 and of the weights, any shape (..., M).
    largest_weight
        Largest weight of one respondent, shape (...,).

    Returns
    -------
    bool array (..., M)
        ``min(m, 100 - m) W < 100 w_max``; unweighted that is ``n min(m, 100 - m) < 100``.
        False where nobody answered.
    """
    distance = np.minimum(weighted_sum, 100.0 * weight - weighted_sum)
    need = 100.0 * largest_weight[..., np.newaxis] - _TOLERANCE * np.maximum(weight, 1.0)
    return (weight > 0) & (distance < need)


def code_extremes(
    weighted_sum: Floats, weight: Floats, largest_weight: float
) -> tuple[Coding, ...]:
    """Top- or bottom-code the extreme indices of one group, shapes (M,).

    The bound is the most extreme mean that leaves everybody's answer open: ``100 (1 - w_max/W)``
    or ``100 w_max/W``. Show it rounded away from the end ("97,5 or more").
    """
    extreme = is_extreme(weighted_sum, weight, np.asarray(largest_weight))
    codings = []
    for statistic in np.flatnonzero(extreme).tolist():
        share = min(0.5, largest_weight / float(weight[statistic]))
        high = weighted_sum[statistic] >= 50.0 * weight[statistic]
        bound = 100.0 * (1.0 - share) if high else 100.0 * share
        codings.append(Coding(statistic, "at_least" if high else "at_most", bound))
    return tuple(codings)


def code_mean_of(
    indices: Floats, codings: tuple[Coding, ...]
) -> tuple[Literal["at_least", "at_most"], float] | None:
    """Bound the plain mean of ``indices`` of which some are coded.

    The exact mean would give a coded index away by subtraction. Returns None when some are coded
    from above and some from below: then the mean has no one-sided bound and is not published.

    Raises
    ------
    ValueError
        If nothing is coded: the mean needs no bound then.
    """
    codes = {coding.code for coding in codings}
    if not codes:
        raise ValueError("no index is coded")
    if len(codes) > 1:
        return None
    shown = np.array(indices, dtype=np.float64)
    for coding in codings:
        shown[coding.statistic] = coding.bound
    return codes.pop(), float(shown.mean())


def own_sd_publishable(n: Ints, mean: Floats, sd: Floats) -> Bools:
    """Tell where a group may show its own SD or SE; else use the agency's pooled SD.

    Samuelson's inequality ``|x - m| <= s (n - 1) / sqrt(n)`` must not exclude an end of the
    scale, so ``s (n - 1) / sqrt(n) >= max(m, 100 - m)``, and n must be at least 30. (That the
    variance is not too large for an answer at an end is always true.)
    """
    reach = sd * (n - 1) / np.sqrt(np.maximum(n, 1))
    return (n >= OWN_SD_MINIMUM) & (reach >= np.maximum(mean, 100.0 - mean))


def behaviours_publishable(partial: Ints, threshold: int = THRESHOLD) -> Bools:
    """Tell for which values item results may stand beside the value result.

    A value index is the mean of person scores, and for people who answered all its items the
    person score is the mean of the item scores. So ``value sum - sum of item sums / k`` has
    support on those who answered only part of the items: nobody or at least ``threshold``.

    Parameters
    ----------
    partial
        Respondents who answered some but not all items of each value, any shape.
    """
    return np.asarray((partial == 0) | (partial >= threshold))


def shown_count(count: int, threshold: int = THRESHOLD) -> int | None:
    """Return a count that may be shown, None for "fewer than ``threshold``"."""
    return count if count >= threshold else None
