"""Spread between people: own SD of published nodes, and the agency's pooled one for small nodes.

The total score of a person is the mean of the value scores; its variance is the mean of all
entries of the value covariance matrix, taken from pairwise moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.exposure import own_sd_publishable
from cermin.core.moments import CellMoments
from cermin.core.reliability import pairwise_covariance

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Standard deviations in index points; the last column is the total. D nodes, V values.

    ``own`` has shape (D, V + 1); ``pooled`` within units of the agency, shape (V + 1,).
    """

    own: Floats
    pooled: Floats

    def own_publishable(self, n: Ints, index: Floats) -> npt.NDArray[np.bool_]:
        """Tell which nodes may show all their own SDs; ``index`` has shape (D, V + 1)."""
        count = np.broadcast_to(n[:, np.newaxis], self.own.shape)
        safe = own_sd_publishable(count, index, np.nan_to_num(self.own))
        return np.asarray(safe.all(axis=1))


def spread(nodes: CellMoments, units: CellMoments, *, points_per_score: float) -> Spread:
    """SDs of published nodes, and pooled within ``units`` (rows of own respondents).

    Parameters
    ----------
    points_per_score
        Index points of one unit of the value score.
    """
    own = pairwise_covariance(n=nodes.pair_n, sums=nodes.pair_sum, products=nodes.pair_product)
    within = pairwise_covariance(n=units.pair_n, sums=units.pair_sum, products=units.pair_product)
    freedom = np.maximum(units.pair_n - 1, 0)
    pooled = np.nansum(within * freedom, axis=0) / np.maximum(freedom.sum(axis=0), 1)
    return Spread(
        own=points_per_score * _deviations(own),
        pooled=points_per_score * _deviations(pooled[np.newaxis])[0],
    )


def _deviations(covariance: Floats) -> Floats:
    values = covariance.shape[-1]
    variance = np.concatenate(
        [
            np.diagonal(covariance, axis1=1, axis2=2),
            covariance.sum(axis=(1, 2))[:, np.newaxis] / values**2,
        ],
        axis=1,
    )
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
