"""Response rate.

References
----------
AAPOR (2023), *Standard Definitions*, 10th ed.: RR1. On a roster every listed person is eligible,
so RR1 is respondents over people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class ResponseRate:
    """Respondents ``n`` of ``population`` people, by domain; ``rate`` is a share, NaN for nobody.

    ``over_roster`` marks more answers than people: the roster or the answers are of another day.
    """

    n: npt.NDArray[np.int64]
    population: npt.NDArray[np.int64]
    rate: npt.NDArray[np.float64]
    over_roster: npt.NDArray[np.bool_]


def response_rate(
    n: npt.NDArray[np.integer[Any]],
    population: npt.NDArray[np.integer[Any]],
    domain: npt.NDArray[np.integer[Any]],
    domains: int,
) -> ResponseRate:
    """Add up respondents and people of frame cells by domain, then divide: never a mean of rates.

    Parameters
    ----------
    n, population
        Of each frame cell, shape (C,).
    domain
        Domain of each cell, -1 outside all, shape (C,).
    domains
        Number of domains.
    """
    inside = np.asarray(domain) >= 0
    totals = [
        np.bincount(domain[inside], weights=counts[inside], minlength=domains).astype(np.int64)
        for counts in (np.asarray(n), np.asarray(population))
    ]
    people = np.where(totals[1] > 0, totals[1], np.nan)
    return ResponseRate(
        n=totals[0],
        population=totals[1],
        rate=totals[0] / people,
        over_roster=totals[0] > totals[1],
    )
