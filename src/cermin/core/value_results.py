"""Results by value and behaviour of one agency, with reliability and priority."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.agreement import (
    histogram_moments,
    rwg_j,
    unit_icc,
    unit_moments,
    unit_variance,
)
from cermin.core.alignment import Aligned
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.exposure import behaviours_publishable
from cermin.core.headline import categorise
from cermin.core.moments import CellMoments, CompleteMoments
from cermin.core.node_figures import NodeFigures, scale_interval
from cermin.core.priority import priority_matrix
from cermin.core.reliability import item_rest_correlation, pairwise_covariance, value_reliability
from cermin.core.result import BehaviourResult, Estimate, Reliability, ValueResult
from cermin.core.scheme import Column

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AgencyReliability:
    """Reliability of V values and I items of one agency; NaN where meaningless or unknown.

    ``answers_again`` (V,) and ``total_again`` are alpha kept inside 0..1: the share of an answer
    that would be given again; 1 where alpha is unknown, which leaves the usual correction.
    """

    values: tuple[Reliability, ...]
    item_rest: Floats
    value_rest: Floats
    total: float | None
    answers_again: Floats
    total_again: float


def agency_reliability(asked: EvaluationInput, aligned: Aligned) -> AgencyReliability:
    """Reliability of the agency; all unknown for choose-k items, which are ipsative."""
    spec = asked.table.spec
    count = len(spec.values)
    n_complete, alpha, omega, item_rest, total = _of_complete(asked)
    units = aligned.by_unit()
    agreement = unit_icc(*unit_moments(units), group_size="k0")
    rwg = _median_rwg(units, asked)
    known = not asked.ipsative
    whole = aligned.cells.merged(np.zeros(aligned.cells.n.size, dtype=np.int64), 1)
    covariance = pairwise_covariance(
        n=whole.pair_n, sums=whole.pair_sum, products=whole.pair_product
    )
    return AgencyReliability(
        values=tuple(
            Reliability(
                n_complete=n_complete,
                alpha=_known(alpha[v]),
                omega=_known(omega[v]),
                icc1=_known(agreement.icc1[v]) if known else None,
                icc2=_known(agreement.icc2[v]) if known else None,
                rwg_median=_known(rwg[v]) if known else None,
            )
            for v in range(count)
        ),
        item_rest=item_rest,
        value_rest=item_rest_correlation(covariance)[0] if known else np.full(count, np.nan),
        total=_known(total),
        answers_again=np.nan_to_num(np.clip(alpha, 0.0, 1.0), nan=1.0),
        total_again=float(np.nan_to_num(np.clip(total, 0.0, 1.0), nan=1.0)),
    )


def _of_complete(asked: EvaluationInput) -> tuple[int, Floats, Floats, Floats, float]:
    """Complete respondents, alpha and omega by value, item-rest by item, alpha of the total."""
    spec, table = asked.table.spec, asked.table
    values, items = len(spec.values), len(spec.items)
    unknown = (np.full(values, np.nan), np.full(values, np.nan), np.full(items, np.nan), np.nan)
    position = table.agencies.index(asked.frame.agency)
    mine = np.flatnonzero(table.complete.agency == position)
    n_complete = int(table.complete.n[mine].sum())
    if asked.ipsative or n_complete < asked.method.threshold:
        return (n_complete if n_complete >= asked.method.threshold else 0, *unknown)
    complete = CompleteMoments(
        agency=np.zeros(mine.size, dtype=np.int64),
        stratum=table.complete.stratum[mine],
        n=table.complete.n[mine],
        sum=table.complete.sum[mine],
        product=table.complete.product[mine],
    )
    kinds = [column.kind for column in asked.questionnaire.columns]
    found = value_reliability(complete, spec, agencies=1, kinds=kinds)
    return (
        n_complete,
        found.alpha[0],
        found.omega[0],
        found.item_rest[0],
        float(found.total_alpha[0]),
    )


def _median_rwg(units: CellMoments, asked: EvaluationInput) -> Floats:
    """Median over units with at least the threshold of respondents of r_wg(j), by value."""
    spec = asked.table.spec
    large = units.taken(np.flatnonzero(units.n >= asked.method.threshold))
    if large.n.size == 0:
        return np.full(len(spec.values), np.nan)
    variances = unit_variance(*histogram_moments(large.histogram, low=spec.low))
    return np.array(
        [
            np.nanmedian(rwg_j(variances[:, list(positions)], levels=spec.levels))
            for positions in spec.values
        ]
    )


def value_results(
    asked: EvaluationInput, aligned: Aligned, figures: NodeFigures, reliability: AgencyReliability
) -> tuple[ValueResult, ...]:
    """Return every value of the agency with its behaviours, in the order of the value set."""
    estimates = [figures.value(0, v) for v in range(len(asked.value_set.values))]
    priorities = priority_matrix([e.index for e in estimates], reliability.value_rest.tolist())
    partial = aligned.cells.partial.sum(axis=0)
    shown = behaviours_publishable(partial, asked.method.threshold)
    return tuple(
        ValueResult(
            value=value.id,
            name_id=value.name.id,
            name_en=value.name.en,
            estimate=estimates[v],
            category=categorise(estimates[v], asked.method),
            reliability=reliability.values[v],
            behaviours=_behaviours(asked, figures, reliability, v) if shown[v] else (),
            behaviours_hidden=not (shown[v] and not figures.codings),
            proration_gap=float(figures.estimates.proration_gap[0, v]) if shown[v] else 0.0,
            priority=priorities[v],
        )
        for v, value in enumerate(asked.value_set.values)
    )


def _behaviours(
    asked: EvaluationInput, figures: NodeFigures, reliability: AgencyReliability, v: int
) -> tuple[BehaviourResult, ...]:
    """Return the items of one value; none when the agency's own indices are only bounds."""
    if figures.codings:
        return ()
    columns = asked.questionnaire.columns
    return tuple(
        _behaviour(columns[item], figures, item, float(reliability.item_rest[item]))
        for item in asked.table.spec.values[v]
        if figures.estimates.item_n[0, item] >= asked.method.threshold
    )


def _behaviour(
    column: Column, figures: NodeFigures, item: int, item_rest: float
) -> BehaviourResult:
    found = figures.estimates
    index, n = float(found.item_index[0, item]), int(found.item_n[0, item])
    estimate = Estimate(index, n)
    if figures.own_sd[0]:
        se, df = float(found.item_se[0, item]), float(found.total_df[0])
        low, high = scale_interval(index, se, df)
        estimate = Estimate(index, n, se, low, high, df)
    return BehaviourResult(
        item=column.name,
        behaviour=column.behaviour,
        text_id=column.text.id,
        text_en=column.text.en,
        estimate=estimate,
        shares=tuple(found.level_shares[0, item].tolist()),
        item_rest=_known(item_rest),
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
