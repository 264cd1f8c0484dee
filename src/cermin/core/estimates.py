"""Indices of many domains at once, with standard errors, from cell moments and weights.

A domain is any set of cells: a unit, a directorate, an agency, the nation. Everything comes from
the integer moments; no loop runs over cells or domains.

Value v of domain d: ``theta = sum_c w_c S_cv / sum_c w_c n_cv`` over those who have a score on v
(missing answers are domain membership); the total is the plain mean of the values. With
``b_v = w / N_dv``, the squared influence on the total adds up over a cell to

    sum_vw b_v b_w [P_vw - theta_w S_v|w - theta_v S_w|v + n_vw theta_v theta_w],

computed here around the cell's own means, so that nothing cancels. The variance is
``sum_h k_h {sum of squares in h - (sum in h)^2 / n_h}`` with ``k_h = (1 - f_h) n_h/(n_h - 1)``.

References
----------
Särndal, Swensson & Wretman (1992), *Model Assisted Survey Sampling*, sections 5.8 and 10.3.
Hansen, Hurwitz & Bershad (1961), Bull. Int. Stat. Inst. 38:359-374 (simple response variance).
Newman (2014), Organ. Res. Methods 17:372-411 (use the available answers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from cermin.core.domain_cells import (
    Design,
    DomainCells,
    Floats,
    Index,
    Ints,
    domain_parts,
    nested_parts,
)
from cermin.core.domain_sums import (
    ItemSums,
    ValueSums,
    item_moments,
    item_sums,
    pair_moments,
    value_sums,
)
from cermin.core.moments import CellMoments, TabulationSpec
from cermin.core.scheme import Scoring

_Table = TypeVar("_Table", ItemSums, ValueSums)


@dataclass(frozen=True)
class DomainEstimates:
    """Estimates of D domains, V values, I items, L answer levels. NaN where nobody answered.

    Indices, gaps and standard errors are in points of 0..100. ``se``: finite population
    correction (default); ``se_change``: factor ``1 - f R``, because answers wobble; ``se_bound``:
    no correction. ``df``: respondents minus variance strata in the domain. Where ``df`` is below
    1 the standard errors say nothing.

    Attributes
    ----------
    n
        Respondents, shape (D,).
    represented
        People they stand for (sum of weights), shape (D,).
    item_n, item_index, item_se
        Available cases of each item, shape (D, I).
    level_shares
        Weighted shares of the answer levels, low first, shape (D, I, L).
    value_n, value_represented, value_index, value_se, value_se_change, value_se_bound, value_df
        Shape (D, V).
    total_index, total_se, total_se_change, total_se_bound, total_df
        Shape (D,).
    proration_gap
        |value index - mean of the indices of its items|, shape (D, V).
    """

    n: Ints
    represented: Floats
    item_n: Ints
    item_index: Floats
    item_se: Floats
    level_shares: Floats
    value_n: Ints
    value_represented: Floats
    value_index: Floats
    value_se: Floats
    value_se_change: Floats
    value_se_bound: Floats
    value_df: Ints
    total_index: Floats
    total_se: Floats
    total_se_change: Floats
    total_se_bound: Floats
    total_df: Ints
    proration_gap: Floats


def index_scale(spec: TabulationSpec, scoring: Scoring) -> tuple[float, float]:
    """Return ``(intercept, slope)`` with ``index = intercept + slope * mean answer``.

    A value score is ``spec.score_scale`` times an answer: divide it first.
    """
    if scoring is Scoring.PERCENT_OF_RANGE:
        slope = 100.0 / (spec.high - spec.low)
        return -slope * spec.low, slope
    if scoring is Scoring.PERCENT_OF_MAXIMUM:
        return 0.0, 100.0 / spec.high
    return 0.0, 100.0  # share of 0/1 votes


def estimate_domains(
    cells: CellMoments,
    design: Design,
    domain: Index,
    domains: int,
    *,
    spec: TabulationSpec,
    scoring: Scoring,
    reliability: npt.ArrayLike = 1.0,
    reliability_total: float = 1.0,
) -> DomainEstimates:
    """Estimate items, values and total of every domain.

    Fastest when the cells of a domain stand together (snapshots are sorted by unit).

    Parameters
    ----------
    cells
        Moments of the cells with respondents.
    design
        Their variance strata. Strata must be whole: respondents outside a domain count in n.
    domain
        Domain of each cell, shape (C,); -1 outside all.
    domains
        Number of domains D.
    spec
        What was counted.
    scoring
        How answers become 0..100.
    reliability
        R of each value, 0..1, for ``value_se_change``; a scalar or shape (V,).
    reliability_total
        R of the total, for ``total_se_change``.

    Returns
    -------
    DomainEstimates
        Arrays in the order of the domains.
    """
    domain = np.asarray(domain)
    parts = [_sums([part], cells, spec) for part in domain_parts(design, domain, domains)]
    (sums,) = zip(*parts, strict=True)
    return _estimates(
        sums,
        spec=spec,
        scoring=scoring,
        reliability=np.asarray(reliability),
        reliability_total=reliability_total,
    )


def estimate_nested(
    cells: CellMoments,
    design: Design,
    domain: Index,
    parent: Index,
    parents: int,
    *,
    spec: TabulationSpec,
    scoring: Scoring,
) -> tuple[DomainEstimates, DomainEstimates]:
    """Estimate every domain and every parent of domains in one pass over the cells.

    The same figures as two calls of :func:`estimate_domains`; what the cells say by themselves
    is worked out once.

    Parameters
    ----------
    cells, design, domain, spec, scoring
        As in :func:`estimate_domains`.
    parent
        Parent of each domain, ascending, shape (D,).
    parents
        Number of parents.

    Raises
    ------
    ValueError
        If the domains of a parent do not stand together.
    """
    parts = nested_parts(design, np.asarray(domain), np.asarray(parent), parents)
    below, above = zip(*(_sums(part, cells, spec) for part in parts), strict=True)
    return (
        _estimates(below, spec=spec, scoring=scoring),
        _estimates(above, spec=spec, scoring=scoring),
    )


@dataclass(frozen=True)
class _Sums:
    """All sums of consecutive domains."""

    n: Ints
    represented: Floats
    items: ItemSums
    values: ValueSums


def _sums(levels: Sequence[DomainCells], cells: CellMoments, spec: TabulationSpec) -> list[_Sums]:
    """Sums of the same cells by the domains of each level."""
    n = levels[0].take(cells.n)
    items = item_moments(levels[0], cells, spec)
    pairs = pair_moments(levels[0], cells)
    return [
        _Sums(
            n=inside.sum(n),
            represented=inside.sum(inside.weight * n),
            items=item_sums(inside, items, spec),
            values=value_sums(inside, cells, pairs),
        )
        for inside in levels
    ]


def _estimates(
    parts: Sequence[_Sums],
    *,
    spec: TabulationSpec,
    scoring: Scoring,
    reliability: Floats | float = 1.0,
    reliability_total: float = 1.0,
) -> DomainEstimates:
    """Put sums on the scale of the index."""
    items = _joined([part.items for part in parts])
    values = _joined([part.values for part in parts])
    intercept, slope = index_scale(spec, scoring)
    score = slope / spec.score_scale
    item_index = intercept + slope * items.mean
    value_index = intercept + score * values.mean
    of_items = [item_index[:, list(positions)].mean(axis=1) for positions in spec.values]
    kept, lost = values.variances(values.kept), values.variances(values.lost)
    kept_total = values.variance_of_plain_mean(values.kept)
    lost_total = values.variance_of_plain_mean(values.lost)
    return DomainEstimates(
        n=np.concatenate([part.n for part in parts]),
        represented=np.concatenate([part.represented for part in parts]),
        item_n=items.n,
        item_index=item_index,
        item_se=slope * np.sqrt(items.variance),
        level_shares=items.shares,
        value_n=values.n,
        value_represented=values.represented,
        value_index=value_index,
        value_se=score * np.sqrt(kept),
        value_se_change=score * np.sqrt(kept + (1.0 - reliability) * lost),
        value_se_bound=score * np.sqrt(kept + lost),
        value_df=values.df,
        total_index=value_index.sum(axis=1) / len(spec.values),
        total_se=score * np.sqrt(kept_total),
        total_se_change=score * np.sqrt(kept_total + (1.0 - reliability_total) * lost_total),
        total_se_bound=score * np.sqrt(kept_total + lost_total),
        total_df=values.df.min(axis=1),
        proration_gap=np.abs(value_index - np.stack(of_items, axis=1)),
    )


def _joined(parts: Sequence[_Table]) -> _Table:
    """One table of sums from the tables of consecutive domains."""
    columns = {f.name: [getattr(part, f.name) for part in parts] for f in fields(parts[0])}
    return replace(parts[0], **{name: np.concatenate(rows) for name, rows in columns.items()})


class Weighting(StrEnum):
    """What a national mean is a mean of."""

    PERSONS = "persons"  # every person counts the same (roster)
    AGENCIES = "agencies"  # every agency counts the same


def mean_over_agencies(
    index: Floats, se: Floats, population: npt.NDArray[np.integer[Any]], weighting: Weighting
) -> tuple[Floats, Floats]:
    """National mean of agency results and its standard error.

    ``sum p_a m_a`` and ``sqrt(sum p_a^2 se_a^2)`` with ``p_a`` the share of the agency in the
    people, or 1/A. Agencies are not a sample, so their spread adds nothing.

    Parameters
    ----------
    index, se
        Per agency, shape (A,) or (A, V).
    population
        People on the roster, shape (A,).
    weighting
        Persons or agencies.
    """
    amount = np.asarray(population if weighting is Weighting.PERSONS else np.ones(len(index)))
    share = amount / amount.sum()
    return np.asarray(share @ index), np.sqrt(share**2 @ se**2)
