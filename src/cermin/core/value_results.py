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
from cermin.core.estimates import index_scale
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.exposure import behaviours_publishable, is_extreme, own_sd_publishable
from cermin.core.headline import categorise
from cermin.core.moments import CellMoments, CompleteMoments
from cermin.core.node_figures import NodeFigures, scale_interval
from cermin.core.priority import priority_matrix
from cermin.core.publication import AgencyPlan
from cermin.core.reliability import item_rest_correlation, pairwise_covariance, value_reliability
from cermin.core.result import BehaviourResult, Estimate, Reliability, ValueResult

Floats = npt.NDArray[np.float64]


RELIABILITY_DECIMALS = 3  # more would subtract from the standard errors


@dataclass(frozen=True)
class AgencyReliability:
    """Reliability of V values and I items of one agency; NaN where meaningless or unknown.

    ``answers_again`` (V,) and ``total_again`` are alpha kept inside 0..1: the share of an answer
    that would be given again; 1 where alpha is unknown, which leaves the usual correction.
    """

    n_complete: int
    alpha: Floats
    omega: Floats
    item_rest: Floats
    total: float

    @property
    def answers_again(self) -> Floats:
        return np.nan_to_num(np.clip(self.alpha, 0.0, 1.0), nan=1.0)

    @property
    def total_again(self) -> float:
        return float(np.nan_to_num(np.clip(self.total, 0.0, 1.0), nan=1.0))


@dataclass(frozen=True)
class PublishedReliability:
    """What of the reliability may stand: nothing where the agency may not show its spread."""

    values: tuple[Reliability, ...]
    item_rest: Floats
    value_rest: Floats
    total: float | None


def agency_reliability(asked: EvaluationInput) -> AgencyReliability:
    """Reliability of the agency; all unknown for choose-k items, which are ipsative."""
    return AgencyReliability(*_of_complete(asked))


def published_reliability(
    asked: EvaluationInput,
    aligned: Aligned,
    plan: AgencyPlan,
    figures: NodeFigures,
    found: AgencyReliability,
) -> PublishedReliability:
    """Reliability and agreement of the agency, as far as its spread may be told.

    Groups are atoms, not units: with the agency's standard error, the ICC tells the variance
    between groups, hence the difference of two hidden units in a pool. The median of r_wg(j) is
    over the atoms that may show their own spread.
    """
    spec = asked.table.spec
    values, items = len(spec.values), len(spec.items)
    if asked.ipsative or not figures.own_sd[0]:
        nothing = Reliability(found.n_complete, None, None, None, None, None)
        unknown = np.full(items, np.nan)
        return PublishedReliability((nothing,) * values, unknown, unknown[:values], None)
    nodes = aligned.cells.merged(plan.unit_atom[aligned.unit], len(plan.nodes))
    atom = np.array([node.atom for node in plan.nodes])
    icc = unit_icc(*unit_moments(nodes.taken(np.flatnonzero(atom))), group_size="k0")
    rwg = _median_rwg(nodes.taken(np.flatnonzero(atom & figures.own_sd)), asked)
    whole = nodes.merged(np.zeros(nodes.n.size, dtype=np.int64), 1)
    covariance = pairwise_covariance(
        n=whole.pair_n, sums=whole.pair_sum, products=whole.pair_product
    )
    return PublishedReliability(
        values=tuple(
            Reliability(
                n_complete=found.n_complete,
                alpha=_known(found.alpha[v]),
                omega=_known(found.omega[v]),
                icc1=_known(icc.icc1[v]),
                icc2=_known(icc.icc2[v]),
                rwg_median=_known(rwg[v]),
            )
            for v in range(values)
        ),
        item_rest=found.item_rest,
        value_rest=item_rest_correlation(covariance)[0],
        total=_known(found.total),
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
    """Median over ``units`` of r_wg(j), by value; NaN without units."""
    spec = asked.table.spec
    if units.n.size == 0:
        return np.full(len(spec.values), np.nan)
    variances = unit_variance(*histogram_moments(units.histogram, low=spec.low))
    return np.array(
        [
            np.nanmedian(rwg_j(variances[:, list(positions)], levels=spec.levels))
            for positions in spec.values
        ]
    )


def value_results(
    asked: EvaluationInput,
    aligned: Aligned,
    figures: NodeFigures,
    reliability: PublishedReliability,
) -> tuple[ValueResult, ...]:
    """Return every value of the agency with its behaviours, in the order of the value set."""
    estimates = [figures.value(0, v) for v in range(len(asked.value_set.values))]
    priorities = priority_matrix([e.index for e in estimates], reliability.value_rest.tolist())
    shown = _values_with_behaviours(asked, aligned, figures)
    return tuple(
        ValueResult(
            value=value.id,
            name_id=value.name.id,
            name_en=value.name.en,
            estimate=estimates[v],
            category=categorise(estimates[v], asked.method),
            reliability=reliability.values[v],
            behaviours=tuple(
                _behaviour(asked, figures, reliability, item)
                for item in asked.table.spec.values[v]
                if shown[v]
            ),
            behaviours_hidden=not shown[v],
            proration_gap=float(figures.estimates.proration_gap[0, v]) if shown[v] else 0.0,
            priority=priorities[v],
        )
        for v, value in enumerate(asked.value_set.values)
    )


def _values_with_behaviours(
    asked: EvaluationInput, aligned: Aligned, figures: NodeFigures
) -> list[bool]:
    """Tell for which values all items may stand, with their distributions.

    One item alone cannot be left out: it would be the rest. So none of a value stands where an
    item has too few answers, is so near an end that it tells them, or has so little spread that
    its distribution does; and none at all where the agency may not show its own spread (that
    includes agencies whose indices are only bounds). What is told: that a level of the scale was
    chosen by nobody among 30 people or more.
    """
    spec = asked.table.spec
    found = figures.estimates
    whole = behaviours_publishable(aligned.cells.partial.sum(axis=0), asked.method.threshold)
    answered = aligned.cells.histogram.sum(axis=2) * aligned.weight[:, np.newaxis]
    weight = answered.sum(axis=0)
    index = np.nan_to_num(found.item_index[0])
    open_ends = ~is_extreme(index * weight, weight, np.asarray(aligned.weight.max()))
    wide = own_sd_publishable(found.item_n[0], index, _item_spread(asked, aligned))
    return [
        bool(figures.own_sd[0] and whole[v] and (open_ends & wide)[list(items)].all())
        for v, items in enumerate(spec.values)
    ]


def _item_spread(asked: EvaluationInput, aligned: Aligned) -> Floats:
    """SD of every item between all respondents of the agency, in index points, shape (I,)."""
    histogram = aligned.cells.histogram.sum(axis=0)[np.newaxis]
    variance = unit_variance(*histogram_moments(histogram, low=asked.table.spec.low))[0]
    _, slope = index_scale(asked.table.spec, asked.method.scoring)
    return np.asarray(slope * np.sqrt(np.nan_to_num(variance)))


def _behaviour(
    asked: EvaluationInput, figures: NodeFigures, reliability: PublishedReliability, item: int
) -> BehaviourResult:
    column = asked.questionnaire.columns[item]
    found = figures.estimates
    index, se, df = (
        float(found.item_index[0, item]),
        float(found.item_se[0, item]),
        float(found.total_df[0]),
    )
    low, high = scale_interval(index, se, df)
    return BehaviourResult(
        item=column.name,
        behaviour=column.behaviour,
        text_id=column.text.id,
        text_en=column.text.en,
        estimate=Estimate(index, int(found.item_n[0, item]), se, low, high, df),
        shares=tuple(found.level_shares[0, item].tolist()),
        item_rest=_known(float(reliability.item_rest[item])),
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), RELIABILITY_DECIMALS)
