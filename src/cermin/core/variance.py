"""Design-based variance of survey statistics from integer moments per cell.

Taylor linearisation. Inside a cell every respondent has the same weight and domain, so the
influence of respondent i on a mean or total is *affine* in the answer,

    x_i = a_c + b_c (y_i - ybar_c),

and the variance needs only ``n``, the sums and the products of each cell. Clusters join by their
index; calibration (post-stratification, raking) changes only ``a_c``.

Shapes: C cells, K study variables, E estimates, H strata, P primary sampling units.

References
----------
Särndal, Swensson & Wretman (1992), *Model Assisted Survey Sampling*, chapters 3-5.
Deville & Särndal (1992), J. Am. Stat. Assoc. 87:376-382 (calibration residuals).
Lumley (2004), J. Stat. Softw. 9(8): the R package ``survey``, whose conventions are followed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.integer[Any]]
LonelyStratum = Literal["certainty", "adjust", "average", "remove"]

RAKING_SWEEPS = 10  # of the residual calibration, as in R survey


@dataclass(frozen=True)
class SampleCells:
    """Moments of respondents in cells within which weight, stratum and domain are constant.

    Attributes
    ----------
    n
        Respondents, shape (C,).
    sum
        Sums of the study variables, shape (C, K).
    product
        Sums of products, shape (C, K, K).
    weight
        Final weight of each respondent of the cell, shape (C,).
    """

    n: npt.NDArray[Any]
    sum: npt.NDArray[Any]
    product: npt.NDArray[Any]
    weight: Floats

    @property
    def mean(self) -> Floats:
        """Cell means, shape (C, K); 0 for a cell without respondents."""
        return np.asarray(self.sum / np.maximum(self.n, 1)[:, None], dtype=np.float64)

    @property
    def within(self) -> Floats:
        """Centred products ``W = Q - S S'/n``, shape (C, K, K)."""
        outer = self.sum[:, :, None] * self.sum[:, None, :]
        n = np.maximum(self.n, 1)[:, None, None]
        return np.asarray((n * self.product - outer) / n, dtype=np.float64)


@dataclass(frozen=True)
class Linearised:
    """Estimates with their influence, affine within cells.

    Attributes
    ----------
    estimate
        Point estimates, shape (E,).
    level
        ``a_c``, shape (E, C).
    slope
        ``b_c``, shape (E, C).
    variable
        Which study variable each estimate is about, shape (E,).
    """

    estimate: Floats
    level: Floats
    slope: Floats
    variable: Index


def domain_means(
    cells: SampleCells, domains: Sequence[npt.NDArray[np.bool_]] | None = None
) -> Linearised:
    """Weighted means of every study variable in every domain.

    ``theta = sum w d S / sum w d n``; ``b_c = w_c d_c / N_d``; ``a_c = b_c (ybar_c - theta)``.
    Domains may cross strata and overlap. An item that some did not answer is a domain: put
    "answered" into the cell key.

    Parameters
    ----------
    cells
        The moments.
    domains
        Membership of the cells, each of shape (C,); the whole sample if None.

    Returns
    -------
    Linearised
        Estimates in the order (domain, variable).
    """
    flags = np.ones((1, cells.n.size)) if domains is None else np.array(domains, dtype=float)
    weight = flags * cells.weight  # (D, C)
    represented = weight @ cells.n  # (D,)
    estimate = (weight @ cells.sum) / represented[:, None]  # (D, K)
    slope = weight / represented[:, None]
    level = slope[:, None, :] * (cells.mean.T[None] - estimate[:, :, None])  # (D, K, C)
    domain_count, variables = estimate.shape
    return Linearised(
        estimate=estimate.ravel(),
        level=level.reshape(domain_count * variables, -1),
        slope=np.repeat(slope, variables, axis=0),
        variable=np.tile(np.arange(variables), domain_count),
    )


def totals(cells: SampleCells) -> Linearised:
    """Weighted totals of every study variable: ``a_c = w_c ybar_c``, ``b_c = w_c``."""
    variables = cells.sum.shape[1]
    return Linearised(
        estimate=np.asarray(cells.weight @ cells.sum, dtype=np.float64),
        level=cells.weight * cells.mean.T,
        slope=np.tile(cells.weight, (variables, 1)),
        variable=np.arange(variables),
    )


def post_stratified(
    linearised: Linearised, cells: SampleCells, post_stratum: Index, base_weight: Floats
) -> Linearised:
    """Residuals of post-stratification.

    ``a_c -= w_c [sum_g n a w0 / w] / [sum_g n w0]`` over the post-stratum g of the cell, with
    w0 the weight before and w the weight after post-stratification.

    Parameters
    ----------
    linearised
        Estimates with the final weights.
    cells
        The moments, with the final weights.
    post_stratum
        Post-stratum of each cell, shape (C,).
    base_weight
        Weight before post-stratification, shape (C,).
    """
    represented = cells.n * base_weight
    mean = _group_mean(linearised.level / cells.weight, represented, post_stratum)
    return replace(linearised, level=linearised.level - cells.weight * mean)


def raked(linearised: Linearised, cells: SampleCells, margins: Sequence[Index]) -> Linearised:
    """Residuals of raking: ten sweeps of ``a_c -= w_c mean_margin(a / w)``.

    The mean is over respondents, as in R ``survey`` (``svyrecvar``).

    Parameters
    ----------
    linearised
        Estimates with the raked weights.
    cells
        The moments, with the raked weights.
    margins
        For each margin, the category of each cell, shape (C,).
    """
    ratio = linearised.level / cells.weight
    for _sweep in range(RAKING_SWEEPS):
        for margin in margins:
            ratio = ratio - _group_mean(ratio, cells.n, margin)
    return replace(linearised, level=cells.weight * ratio)


def stratified_covariance(
    linearised: Linearised,
    cells: SampleCells,
    stratum: Index,
    *,
    population: npt.NDArray[Any] | None = None,
    lonely: LonelyStratum = "certainty",
) -> Floats:
    """Covariance matrix under stratified simple random sampling of persons.

    ``V = sum_h (1 - f_h) n_h/(n_h - 1) {sum_c [n_c a_c^2 + b_c^2 W_c] - (sum_c n_c a_c)^2 / n_h}``

    Parameters
    ----------
    linearised
        The estimates.
    cells
        The moments. Every cell of the sample must be there, also those outside a domain.
    stratum
        Stratum of each cell, 0..H-1, shape (C,).
    population
        People per stratum, shape (H,); None leaves the finite population correction out.
    lonely
        What a stratum of one respondent adds: nothing (certainty, remove), the square of its
        influence (adjust), or the mean of the other strata (average).

    Returns
    -------
    numpy.ndarray
        Shape (E, E).
    """
    n_stratum: Floats = np.bincount(stratum, weights=cells.n).astype(float)
    kept = 1.0 - n_stratum / population if population is not None else np.ones(n_stratum.size)
    covariance = _element_covariance(linearised, cells, stratum, n_stratum, kept)
    alone = n_stratum == 1
    if lonely == "adjust":
        levels = _group_sum(linearised.level * cells.n, stratum)[:, alone]
        covariance = covariance + (levels * kept[alone]) @ levels.T
    if lonely == "average":
        covariance = covariance * (n_stratum > 0).sum() / (n_stratum > 1).sum()
    return covariance


def cluster_covariance(
    linearised: Linearised,
    cells: SampleCells,
    psu: Index,
    psu_stratum: Index,
    *,
    psus_population: npt.NDArray[Any] | None = None,
    psu_population: npt.NDArray[Any] | None = None,
) -> Floats:
    """Covariance matrix under (stratified) cluster sampling, one or two stages.

    ``V = sum_h (1 - m_h/M_h) m_h/(m_h - 1) sum_p (T_p - Tbar_h)^2`` with ``T_p = sum n_c a_c``;
    two stages add ``(m_h/M_h) (1 - n_p/N_p) n_p/(n_p - 1) (within-cluster squares)``.
    A lonely cluster in its stratum adds nothing.

    Parameters
    ----------
    linearised
        The estimates.
    cells
        The moments, with the cluster in the key.
    psu
        Cluster (primary sampling unit) of each cell, 0..P-1, shape (C,).
    psu_stratum
        Stratum of each cluster, 0..H-1, shape (P,).
    psus_population
        Clusters in the population per stratum, shape (H,); None leaves the correction out.
    psu_population
        People per cluster, shape (P,), when people were sampled inside clusters.

    Returns
    -------
    numpy.ndarray
        Shape (E, E).
    """
    psu_total = _group_sum(linearised.level * cells.n, psu)  # (E, P)
    m = np.bincount(psu_stratum).astype(float)
    fraction = m / psus_population if psus_population is not None else np.zeros(m.size)
    centred = psu_total - (_group_sum(psu_total, psu_stratum) / m)[:, psu_stratum]
    factor = (1 - fraction) * m / np.maximum(m - 1, 1)
    covariance = (centred * factor[psu_stratum]) @ centred.T
    if psu_population is not None:
        n_psu: Floats = np.bincount(psu, weights=cells.n).astype(float)
        kept = fraction[psu_stratum] * (1 - n_psu / psu_population)
        covariance = covariance + _element_covariance(linearised, cells, psu, n_psu, kept)
    return np.asarray(covariance)


def contrast(estimate: Floats, covariance: Floats, coefficients: Floats) -> tuple[float, float]:
    """Return the linear combination ``c' theta`` and its standard error ``sqrt(c' V c)``."""
    variance = float(coefficients @ covariance @ coefficients)
    return float(coefficients @ estimate), math.sqrt(max(variance, 0.0))


def _element_covariance(
    linearised: Linearised, cells: SampleCells, group: Index, n_group: Floats, kept: Floats
) -> Floats:
    """Sum over groups of ``kept_g n_g/(n_g - 1)`` times the centred squares of the influence."""
    factor = kept * n_group / np.maximum(n_group - 1, 1)
    between = _group_sum(linearised.level * cells.n, group)  # (E, G)
    mean = between / np.maximum(n_group, 1)
    deviation = linearised.level - mean[:, group]
    squares = (deviation * (cells.n * factor[group])) @ deviation.T
    variable = linearised.variable
    spread = np.zeros_like(squares)
    for cell, within in enumerate(cells.within):
        slope = linearised.slope[:, cell]
        spread += factor[group[cell]] * np.outer(slope, slope) * within[np.ix_(variable, variable)]
    return squares + spread


def _group_sum(array: npt.NDArray[Any], group: Index) -> Floats:
    """Add up the columns of (E, C) by group: shape (E, G)."""
    return np.array([np.bincount(group, weights=row) for row in array])


def _group_mean(array: Floats, weight: npt.NDArray[Any], group: Index) -> Floats:
    """Weighted mean of the columns of (E, C) over their group, given back per column."""
    mean = _group_sum(array * weight, group) / np.bincount(group, weights=weight)
    return np.asarray(mean[:, group])
