"""The one-factor model by maximum likelihood, for many correlation matrices at once.

Newton's method (Fisher scoring where the Hessian is not positive definite) on loadings l and unique
variances psi of Sigma = l l' + diag(psi), with step halving on the discrepancy
log |Sigma| + tr(R Sigma^-1).

References
----------
Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32.
Lawley & Maxwell (1971). Factor Analysis as a Statistical Method. Butterworths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ITERATIONS = 200
_SMALLEST_STEP = 2.0**-30
_NOISE = 1e-13  # rounding of the discrepancy, which must not stop a step near the maximum
_FLAT = 1e-9  # gradient at which to stop
_STATIONARY = 1e-7  # gradient that rounding may leave when no step lowers the discrepancy


@dataclass(frozen=True)
class OneFactorFit:
    """Standardised solution; NaN rows where there is no admissible maximum."""

    loadings: Floats  # (m, k), of arbitrary common sign
    unique: Floats  # (m, k), positive


def fit_one_factor(correlation: Floats) -> OneFactorFit:
    """Fit one factor to each correlation matrix ``(m, k, k)``, k >= 3.

    Returns
    -------
    NaN for matrices that are not positive definite, and for Heywood cases (the likelihood rises
    towards a unique variance of zero or less, or the iterations do not settle).
    """
    m, k, _ = correlation.shape
    result = np.full((m, 2 * k), np.nan)
    usable = np.flatnonzero(_positive_definite(correlation))
    if usable.size:
        theta, converged = _maximise(correlation[usable])
        result[usable[converged]] = theta[converged]
    return OneFactorFit(result[:, :k], result[:, k:])


def _positive_definite(matrices: Floats) -> Flags:
    usable: Flags = np.asarray(np.isfinite(matrices).all(axis=(-1, -2)))
    smallest = np.linalg.eigvalsh(matrices[usable])[:, 0]
    usable[usable] = smallest > 1e-10
    return usable


def _maximise(r: Floats) -> tuple[Floats, Flags]:
    """Parameters (m, 2k), loadings then unique variances, and whether each has converged."""
    theta = _start(r)
    active: Flags = np.ones(r.shape[0], dtype=bool)
    for _ in range(_ITERATIONS):
        where = np.flatnonzero(active)
        if where.size == 0:
            break
        step, gradient = _newton_step(theta[where], r[where])
        theta[where], moved = _descend(theta[where], step, r[where])
        active[where] = moved & (np.abs(gradient).max(axis=-1) >= _FLAT)
    _, gradient = _newton_step(theta, r)
    converged: Flags = np.abs(gradient).max(axis=-1) < _STATIONARY
    return theta, converged


def _start(r: Floats) -> Floats:
    """Unique variances from the inverse (as R's factanal), loadings from the first eigenvector."""
    k = r.shape[-1]
    unique = (1 - 0.5 / k) / np.diagonal(np.linalg.inv(r), axis1=-2, axis2=-1)
    values, vectors = np.linalg.eigh(r)
    towards = np.where(vectors[..., -1].sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
    size = np.sqrt(np.maximum(values[:, -1:] - unique.mean(axis=-1, keepdims=True), 0.05))
    return np.concatenate([vectors[..., -1] * towards * size, unique], axis=-1)


def _newton_step(theta: Floats, r: Floats) -> tuple[Floats, Floats]:
    """Step and gradient of half the ML discrepancy, shapes (m, 2k).

    Newton's where the Hessian is positive definite, else Fisher scoring, whose matrix always is.
    """
    k = r.shape[-1]
    inverse: Floats = np.asarray(np.linalg.inv(_implied(theta)), dtype=np.float64)
    weighted: Floats = np.asarray(inverse @ r @ inverse, dtype=np.float64)
    residual = inverse - weighted
    gradient = np.concatenate(
        [
            np.einsum("mij,mj->mi", residual, theta[:, :k]),
            np.diagonal(residual, axis1=-2, axis2=-1) / 2,
        ],
        axis=-1,
    )
    curvature = _curvature(theta[:, :k], inverse, weighted)
    convex: Flags = np.linalg.eigvalsh(curvature)[:, 0] > 1e-6
    # with the implied matrix in place of the observed one the Hessian is Fisher's information
    information = _curvature(theta[:, :k], inverse, inverse)
    matrix = np.where(convex[:, np.newaxis, np.newaxis], curvature, information)
    return np.linalg.solve(matrix, gradient[..., np.newaxis])[..., 0], gradient


def _curvature(loadings: Floats, a: Floats, b: Floats) -> Floats:
    """Hessian of half the discrepancy, (m, 2k, 2k); a = Sigma^-1, b = Sigma^-1 R Sigma^-1."""
    al, bl = (np.einsum("mij,mj->mi", matrix, loadings) for matrix in (a, b))
    lal, lbl = (np.einsum("mi,mi->m", v, loadings)[:, None, None] for v in (al, bl))
    mixed = bl[:, :, None] * al[:, None, :]
    loading = mixed + np.swapaxes(mixed, -1, -2) - al[:, :, None] * al[:, None, :]
    loading = loading + b * lal + a * (lbl - lal) + a - b
    cross = b * al[:, None, :] + a * (bl - al)[:, None, :]
    unique = a * b - a**2 / 2
    return np.block([[loading, cross], [np.swapaxes(cross, -1, -2), unique]])


def _implied(theta: Floats) -> Floats:
    k = theta.shape[-1] // 2
    loadings, unique = theta[:, :k], theta[:, k:]
    return loadings[:, :, np.newaxis] * loadings[:, np.newaxis, :] + (
        unique[:, :, np.newaxis] * np.eye(k)
    )


def _discrepancy(theta: Floats, r: Floats) -> Floats:
    """log |Sigma| + tr(R Sigma^-1); infinite where a unique variance is not positive."""
    k = r.shape[-1]
    proper: Flags = np.asarray((theta[:, k:] > 0).all(axis=-1))
    sigma = np.where(proper[:, np.newaxis, np.newaxis], _implied(theta), np.eye(k))
    fit = np.linalg.slogdet(sigma)[1] + np.einsum("mij,mji->m", r, np.linalg.inv(sigma))
    return np.where(proper, fit, np.inf)


def _descend(theta: Floats, step: Floats, r: Floats) -> tuple[Floats, Flags]:
    """Halve each step until the discrepancy does not rise; say which matrices moved."""
    before = _discrepancy(theta, r)
    result, size = theta.copy(), 1.0
    pending: Flags = np.ones(theta.shape[0], dtype=bool)
    while pending.any() and size > _SMALLEST_STEP:
        trial = theta - size * step
        better: Flags = np.logical_and(pending, _discrepancy(trial, r) <= before + _NOISE)
        result[better] = trial[better]
        pending &= ~better
        size /= 2
    return result, ~pending
