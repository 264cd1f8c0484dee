"""Reliability of multi-item scores from moments.

Everything starts from counts, sums and products, so a figure for an agency, a province or the
nation is computed from merged integers. Matrices may carry leading axes (agencies): every
function works on the last two.

Choose-k items are ipsative (each vote takes a vote from another item): their covariances say
nothing about reliability, so :func:`refuse_ipsative` raises for them.

References
----------
Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16.
Cronbach, Schönemann & McKie (1965). Alpha coefficients for stratified-parallel tests. EPM 25.
McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum (omega).
Feldt, Woodruff & Salih (1987). Statistical inference for coefficient alpha. APM 11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.distributions import f_quantile
from cermin.core.errors import UserError
from cermin.core.moments import CompleteMoments, Ints, TabulationSpec
from cermin.core.one_factor import fit_one_factor
from cermin.core.scheme import ItemKind

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ValueReliability:
    """Reliability of every value in every agency, complete respondents only.

    NaN where a figure does not exist: fewer than two respondents, no variance, one item (alpha),
    fewer than three items or a Heywood case (omega).
    """

    n: Ints  # (A,) respondents who answered all items
    alpha: Floats  # (A, V)
    omega: Floats  # (A, V)
    item_rest: Floats  # (A, I) correlation with the other items of the same value
    total_alpha: Floats  # (A,) stratified alpha of the sum over all values


def refuse_ipsative(kinds: Iterable[ItemKind]) -> None:
    """Raise when any item is answered by choosing k of a list.

    Raises
    ------
    UserError
        For choose-k items: alpha, omega and item correlations are meaningless there.
    """
    if ItemKind.CHOOSE_K in set(kinds):
        raise UserError(
            "Reliabilitas dan korelasi butir tidak dapat dihitung untuk butir pilih-k: "
            "setiap suara mengurangi suara bagi butir lain (ipsatif)."
        )


# Covariance and correlation


def covariance_matrix(*, n: Ints, sums: Ints, products: Ints) -> Floats:
    """Sample covariance of complete respondents, C = (n P - S S') / (n (n - 1)).

    The numerator is formed in exact integers, so constants added to the answers cannot matter.

    Parameters
    ----------
    n, sums, products
        Respondents ``(...)``, sums ``(..., I)`` and sums of products ``(..., I, I)``.

    Returns
    -------
    ``(..., I, I)``; NaN where n < 2.
    """
    count = np.asarray(n)[..., np.newaxis, np.newaxis]
    total = np.asarray(sums)
    row, column = total[..., :, np.newaxis], total[..., np.newaxis, :]
    return _centred(count, row, column, np.asarray(products))


def pairwise_covariance(*, n: Ints, sums: Ints, products: Ints) -> Floats:
    """Covariance of each pair over the respondents who have both (R: ``use = "pairwise"``).

    Parameters
    ----------
    n, sums, products
        Each ``(..., I, I)``: ``n[i, j]`` respondents with both, ``sums[i, j]`` sum of i over
        them, ``products[i, j]`` sum of products over them (layout of ``CellMoments``).

    Returns
    -------
    ``(..., I, I)``; NaN for pairs with fewer than two respondents.
    """
    total = np.asarray(sums)
    return _centred(np.asarray(n), total, np.swapaxes(total, -1, -2), np.asarray(products))


def _centred(count: Ints, row: Ints, column: Ints, product: Ints) -> Floats:
    largest = int(np.max(count, initial=0)) * int(np.max(np.abs(product), initial=0))
    if largest > np.iinfo(np.int64).max:  # Python integers: slower, still exact
        count, row, column, product = (a.astype(object) for a in (count, row, column, product))
    numerator = (count * product - row * column).astype(np.float64)
    denominator = (count * (count - 1)).astype(np.float64)
    return _ratio(numerator, denominator)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient with NaN where the denominator is not positive."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlations from a covariance matrix ``(..., I, I)``; NaN for items without variance."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    scale = np.sqrt(variance[..., :, np.newaxis] * variance[..., np.newaxis, :])
    return _ratio(covariance, scale)


def item_rest_correlation(covariance: Floats) -> Floats:
    """Corrected item-total correlation: each item with the sum of the others.

    r_i = (c_i - s_ii) / sqrt(s_ii (c - 2 c_i + s_ii)), c_i row sums, c the grand sum.

    Returns
    -------
    ``(..., I)``; NaN where the item or the rest does not vary.
    """
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    row = covariance.sum(axis=-1)
    rest = covariance.sum(axis=(-1, -2))[..., np.newaxis] - 2 * row + variance
    return _ratio(row - variance, np.sqrt(np.maximum(variance * rest, 0.0)))


# Alpha


def cronbach_alpha(covariance: Floats) -> Floats:
    """Cronbach's alpha, k / (k - 1) (1 - tr C / 1'C1).

    With :func:`pairwise_covariance` this is the pairwise alpha of R's ``psych``.

    Returns
    -------
    ``(...)``; NaN with one item, or where the sum score does not vary.
    """
    k = covariance.shape[-1]
    if k < 2:
        return np.full(covariance.shape[:-2], np.nan)
    trace = np.trace(covariance, axis1=-2, axis2=-1)
    total = covariance.sum(axis=(-1, -2))
    alpha: Floats = k / (k - 1) * _ratio(total - trace, total)
    return alpha


def stratified_alpha(covariance: Floats, values: Sequence[Sequence[int]]) -> Floats:
    """Reliability of the sum over values, 1 - sum_v var_v (1 - alpha_v) / var_total.

    Parameters
    ----------
    covariance
        Item covariances ``(..., I, I)``.
    values
        Positions of the items of each value. A value of one item has no alpha: result NaN.

    References
    ----------
    Cronbach, Schönemann & McKie (1965).
    """
    used = np.concatenate([np.asarray(v, dtype=np.intp) for v in values])
    total = _block(covariance, used).sum(axis=(-1, -2))
    error = np.zeros(covariance.shape[:-2])
    for positions in values:
        block = _block(covariance, np.asarray(positions, dtype=np.intp))
        variance = block.sum(axis=(-1, -2))
        # a value that everybody scores alike adds neither variance nor error
        error += np.where(variance == 0, 0.0, variance * (1 - cronbach_alpha(block)))
    return 1 - _ratio(error, total)


def alpha_interval(
    alpha: npt.ArrayLike, *, n: npt.ArrayLike, items: int, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Confidence interval of alpha (Feldt, Woodruff & Salih 1987).

    (1 - alpha) / (1 - estimate) follows F with n - 1 and (n - 1)(k - 1) degrees of freedom when
    items are normal and essentially tau-equivalent.

    Returns
    -------
    Lower and upper bounds; NaN where n < 2 or there is one item.
    """
    estimate = np.asarray(alpha, dtype=np.float64)
    df = np.maximum(np.asarray(n, dtype=np.float64) - 1, 0)
    df_error = df * (items - 1)
    tail = (1 - confidence) / 2
    valid = df_error > 0
    df, df_error = np.where(valid, df, 1.0), np.where(valid, df_error, 1.0)
    low = 1 - (1 - estimate) * f_quantile(df, df_error, 1 - tail)
    high = 1 - (1 - estimate) * f_quantile(df, df_error, tail)
    return np.where(valid, low, np.nan), np.where(valid, high, np.nan)


# Omega


def mcdonald_omega(covariance: Floats) -> Floats:
    """McDonald's omega of one factor, (sum l)^2 / ((sum l)^2 + sum psi).

    Three items: closed form. More: maximum likelihood. The denominator is the variance of the
    sum under the model; with three items that is the observed variance.

    Returns
    -------
    ``(...)``; NaN with fewer than three items (not identified), and where the one-factor model
    does not fit admissibly: see :func:`omega_of_three` and :func:`omega_by_likelihood`.
    """
    k = covariance.shape[-1]
    if k < 3:
        return np.full(covariance.shape[:-2], np.nan)
    return omega_of_three(covariance) if k == 3 else omega_by_likelihood(covariance)


def omega_of_three(covariance: Floats) -> Floats:
    """Omega of three items in closed form: l1^2 = s12 s13 / s23, and so on.

    Returns
    -------
    ``(...)``; NaN when a covariance is not positive (the items do not point the same way) or a
    squared loading exceeds the item's variance (Heywood case: negative unique variance).
    """
    if covariance.shape[-1] != 3:
        raise ValueError("the closed form needs three items")
    s12, s13, s23 = (covariance[..., i, j] for i, j in ((0, 1), (0, 2), (1, 2)))
    squared = np.stack(
        [_ratio(s12 * s13, s23), _ratio(s12 * s23, s13), _ratio(s13 * s23, s12)], axis=-1
    )
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    # the margin keeps perfectly parallel items (unique variance zero) admissible
    proper = np.all((squared > 0) & (squared <= variance * (1 + 1e-12)), axis=-1)
    common = np.sqrt(np.where(squared > 0, squared, 0.0)).sum(axis=-1) ** 2
    return np.where(proper, _ratio(common, covariance.sum(axis=(-1, -2))), np.nan)


def omega_by_likelihood(covariance: Floats) -> Floats:
    """Omega of three or more items from the maximum-likelihood one-factor model.

    Returns
    -------
    ``(...)``; NaN when a matrix is not positive definite, or when the likelihood rises towards a
    unique variance of zero or less (Heywood case): see :mod:`cermin.core.one_factor`.
    """
    k = covariance.shape[-1]
    if k < 3:
        raise ValueError("one factor is not identified with fewer than three items")
    flat = covariance.reshape(-1, k, k)
    correlation = correlation_matrix(flat)
    fit = fit_one_factor(correlation)
    deviation = np.sqrt(np.maximum(np.diagonal(flat, axis1=-2, axis2=-1), 0.0))
    common = (fit.loadings * deviation).sum(axis=-1) ** 2
    error = (fit.unique * deviation**2).sum(axis=-1)
    return _ratio(common, common + error).reshape(covariance.shape[:-2])


# All agencies at once


def value_reliability(
    complete: CompleteMoments,
    spec: TabulationSpec,
    *,
    agencies: int,
    kinds: Sequence[ItemKind],
) -> ValueReliability:
    """Alpha, omega and item-rest correlations of every value in every agency.

    Strata of an agency are merged by addition first.

    Parameters
    ----------
    complete
        Moments of complete respondents by agency and stratum.
    spec
        What was counted; ``spec.values`` gives the items of each value.
    agencies
        Number of agencies A; ``complete.agency`` indexes them.
    kinds
        Kinds of the items, to refuse ipsative ones.

    Raises
    ------
    UserError
        For choose-k items.
    """
    refuse_ipsative(kinds)
    n, sums, products = _merge_strata(complete, agencies)
    covariance = covariance_matrix(n=n, sums=sums, products=products)
    shape = (agencies, len(spec.values))
    alpha, omega = np.full(shape, np.nan), np.full(shape, np.nan)
    item_rest = np.full((agencies, len(spec.items)), np.nan)
    for v, positions in enumerate(spec.values):
        chosen = np.asarray(positions, dtype=np.intp)
        block = _block(covariance, chosen)
        alpha[:, v] = cronbach_alpha(block)
        omega[:, v] = mcdonald_omega(block)
        item_rest[:, chosen] = item_rest_correlation(block)
    total = stratified_alpha(covariance, spec.values)
    return ValueReliability(n, alpha, omega, item_rest, total)


def _block(covariance: Floats, positions: npt.NDArray[np.intp]) -> Floats:
    block: Floats = covariance[..., positions[:, np.newaxis], positions]
    return block


def _merge_strata(complete: CompleteMoments, agencies: int) -> tuple[Ints, Ints, Ints]:
    items = complete.sum.shape[-1]
    n = np.zeros(agencies, dtype=np.int64)
    sums = np.zeros((agencies, items), dtype=np.int64)
    products = np.zeros((agencies, items, items), dtype=np.int64)
    np.add.at(n, complete.agency, complete.n)
    np.add.at(sums, complete.agency, complete.sum)
    np.add.at(products, complete.agency, complete.product)
    return n, sums, products
