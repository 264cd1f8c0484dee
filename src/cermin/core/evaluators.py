"""Agreement of evaluators who score the same subjects: kappa for categories, ICC for scores.

References
----------
Cohen, J. (1960). A coefficient of agreement for nominal scales. EPM 20.
Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70.
Fleiss, Cohen & Everitt (1969). Large sample standard errors of kappa and weighted kappa.
Psychological Bulletin 72.
Shrout & Fleiss (1979). Intraclass correlations: uses in assessing rater reliability.
Psychological Bulletin 86.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cermin.core.errors import UserError

Floats = npt.NDArray[np.float64]
KappaWeights = Literal["none", "linear", "quadratic"]


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance and its large-sample standard error (None when undefined)."""

    kappa: float | None
    ase: float | None
    n: int


@dataclass(frozen=True)
class EvaluatorIcc:
    """The six coefficients of Shrout & Fleiss; NaN where nothing varies.

    ``single_*``: reliability of one evaluator's score; ``mean_*``: of the mean of all k.
    """

    subjects: int
    evaluators: int
    single_oneway: float  # ICC(1,1): evaluators differ from subject to subject
    single_random: float  # ICC(2,1): absolute agreement, evaluators a sample
    single_fixed: float  # ICC(3,1): consistency, these evaluators only
    mean_oneway: float  # ICC(1,k)
    mean_random: float  # ICC(2,k)
    mean_fixed: float  # ICC(3,k)


def agreement_weights(categories: int, weights: KappaWeights) -> Floats:
    """Agreement weights w_ij in [0, 1]: identity, 1 - |i-j|/(c-1) or 1 - (i-j)^2/(c-1)^2."""
    if weights == "none" or categories == 1:
        return np.eye(categories)
    position = np.arange(categories)
    distance = np.abs(position[:, np.newaxis] - position) / (categories - 1)
    return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)


def cohen_kappa(table: npt.ArrayLike, *, weights: KappaWeights = "none") -> Kappa:
    """Cohen's (weighted) kappa from the joint table of two evaluators.

    kappa = (p_o - p_e) / (1 - p_e). Standard error by Fleiss, Cohen & Everitt (1969):
    n (1 - p_e)^2 ase^2 = sum p_ij [w_ij - (w_i. + w_.j)(1 - kappa)]^2
    - [kappa - p_e (1 - kappa)]^2.

    Parameters
    ----------
    table
        ``(c, c)`` counts; rows: first evaluator, columns: second, categories in order.
    weights
        "none" for nominal categories, "linear" or "quadratic" for ordered ones.

    Raises
    ------
    UserError
        When the table is not square, has negative counts or is empty.
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise UserError("Tabel dua penilai harus memuat kategori yang sama pada baris dan kolom.")
    n = counts.sum()
    if n <= 0 or counts.min() < 0:
        raise UserError("Tabel dua penilai kosong atau memuat cacah negatif.")
    p = counts / n
    w = agreement_weights(p.shape[0], weights)
    row, column = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((w * p).sum()), float(row @ w @ column)
    if expected >= 1 - 1e-15:  # both always use one and the same category
        return Kappa(None, None, int(n))
    kappa = (observed - expected) / (1 - expected)
    mean_weight = (w @ column)[:, np.newaxis] + (row @ w)[np.newaxis, :]
    spread = float((p * (w - mean_weight * (1 - kappa)) ** 2).sum())
    variance = spread - (kappa - expected * (1 - kappa)) ** 2
    ase = float(np.sqrt(max(variance, 0.0) / n)) / (1 - expected)
    return Kappa(kappa, ase, int(n))


def evaluator_icc(
    *, subject_sums: npt.ArrayLike, evaluator_sums: npt.ArrayLike, sum_of_squares: float
) -> EvaluatorIcc:
    """Shrout & Fleiss coefficients when every evaluator scored every subject.

    Parameters
    ----------
    subject_sums
        ``(n,)`` sum of the k scores of each subject.
    evaluator_sums
        ``(k,)`` sum of the n scores of each evaluator.
    sum_of_squares
        Sum of all n k squared scores.

    Raises
    ------
    UserError
        With fewer than two subjects or two evaluators.
    """
    rows, columns = np.asarray(subject_sums, float), np.asarray(evaluator_sums, float)
    n, k = len(rows), len(columns)
    if n < 2 or k < 2:
        raise UserError("Kesepakatan penilai memerlukan sedikitnya dua penilai dan dua objek.")
    mean = rows.sum() / (n * k)
    total = sum_of_squares - n * k * mean**2
    subjects = k * float(((rows / k - mean) ** 2).sum())
    raters = n * float(((columns / n - mean) ** 2).sum())
    bms = subjects / (n - 1)
    wms = (total - subjects) / (n * (k - 1))
    jms = raters / (k - 1)
    ems = (total - subjects - raters) / ((n - 1) * (k - 1))
    return EvaluatorIcc(
        subjects=n,
        evaluators=k,
        single_oneway=_divide(bms - wms, bms + (k - 1) * wms),
        single_random=_divide(bms - ems, bms + (k - 1) * ems + k * (jms - ems) / n),
        single_fixed=_divide(bms - ems, bms + (k - 1) * ems),
        mean_oneway=_divide(bms - wms, bms),
        mean_random=_divide(bms - ems, bms + (jms - ems) / n),
        mean_fixed=_divide(bms - ems, bms),
    )


def _divide(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else float("nan")
