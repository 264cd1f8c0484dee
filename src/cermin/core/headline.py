"""The official number of a method, and its category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from cermin.core.category import category_probability
from cermin.core.result import Category, Estimate
from cermin.core.rounding import classify
from cermin.core.scheme import IndexType, Method


@dataclass(frozen=True)
class Headline:
    """What is announced: the composite where the method asks one and evidence is there."""

    index_type: IndexType
    estimate: Estimate


def headline(total: Estimate, evidence: float | None, method: Method) -> Headline:
    """Combine survey and evidence, ``0.8 survey + 0.2 evidence`` in the method of 2025.

    Evidence is a score, not a sample: it adds nothing to the standard error. Without evidence the
    number is an implementation index, whatever the method announces.
    """
    if not method.evidence_weight:
        return Headline(method.index_type, total)
    if evidence is None:
        return Headline(IndexType.IMPLEMENTATION, total)
    return Headline(method.index_type, composite(total, evidence, method))


def composite(total: Estimate, evidence: float, method: Method) -> Estimate:
    """``w_s survey + w_e evidence`` with the interval moved and shrunk accordingly."""

    def combined(index: float | None) -> float | None:
        if index is None:
            return None
        return method.survey_weight * index + method.evidence_weight * evidence

    def shrunk(se: float | None) -> float | None:
        return None if se is None else method.survey_weight * se

    return replace(
        total,
        index=method.survey_weight * total.index + method.evidence_weight * evidence,
        se=shrunk(total.se),
        low=combined(total.low),
        high=combined(total.high),
        se_change=shrunk(total.se_change),
        se_bound=shrunk(total.se_bound),
    )


def mean_evidence(evidence: Mapping[str, float]) -> float | None:
    """Evidence score of the agency: plain mean over the units that have one; None without.

    The official rule is not published; every unit is evaluated once, so every unit counts once.
    """
    return fmean(evidence.values()) if evidence else None


def categorise(estimate: Estimate, method: Method) -> Category:
    """Band of the rounded index, and the probability of each band under a flat prior."""
    band = classify(estimate.index, method.bands, decimals=method.decimals)
    if estimate.se is None:
        return Category(band.id, {})
    return Category(
        band.id,
        category_probability(estimate.index, estimate.se, method.bands, df=estimate.df),
    )
