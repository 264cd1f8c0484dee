"""Figures of published nodes and groups of one agency, each as a publishable `Estimate`."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isnan, log10

import numpy as np
import numpy.typing as npt

from cermin.core.alignment import Aligned
from cermin.core.domain_sums import Design
from cermin.core.estimates import DomainEstimates, estimate_domains, index_scale
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.exposure import Coding, code_mean_of
from cermin.core.intervals import mean_interval
from cermin.core.publication import AgencyPlan, roll_up
from cermin.core.result import Estimate
from cermin.core.spread import node_spread, pooled_spread, spread_plan

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TOTAL = -1  # column of the total beside those of the values
CHANGE_DIGITS = 2  # significant digits of the other two standard errors of the agency


@dataclass(frozen=True)
class NodeFigures:
    """Estimates of D groups of respondents: the nodes of a plan, or their parts.

    Attributes
    ----------
    estimates
        Rows are nodes.
    own_sd
        Whether a node may show standard errors from its own answers, shape (D,).
    pooled_sd
        SD inside atoms of the agency, values and total, shape (V + 1,); None where not even the
        agency may show its spread.
    pooled_df
        Degrees of freedom of the pooled SD.
    uncertain
        ``sum w^2 (1 - f) n / (sum w n)^2``, what the pooled variance is to be multiplied by,
        shape (D, V + 1).
    population
        People on the roster, shape (D,).
    agency
        Row of the whole agency; None where no row is.
    codings
        Indices of the agency that may only be printed as a bound.
    """

    estimates: DomainEstimates
    own_sd: Bools
    pooled_sd: Floats | None
    pooled_df: int
    uncertain: Floats
    population: Ints
    agency: int | None = None
    codings: tuple[Coding, ...] = ()

    def value(self, node: int, value: int) -> Estimate:
        """Return the estimate of one value at one node."""
        found = self.estimates
        coding = next((c for c in self.codings if c.statistic == value), None)
        if coding is not None and node == self.agency:
            return Estimate(coding.bound, int(found.value_n[node, value]), coded=coding.code)
        return self._estimate(
            node,
            value,
            index=float(found.value_index[node, value]),
            n=int(found.value_n[node, value]),
            own=(
                float(found.value_se[node, value]),
                float(found.value_se_change[node, value]),
                float(found.value_se_bound[node, value]),
            ),
            df=int(found.value_df[node, value]),
        )

    def total(self, node: int) -> Estimate:
        """Return the plain mean of the values at one node."""
        found = self.estimates
        return self._estimate(
            node,
            TOTAL,
            index=float(found.total_index[node]),
            n=int(found.n[node]),
            own=(
                float(found.total_se[node]),
                float(found.total_se_change[node]),
                float(found.total_se_bound[node]),
            ),
            df=int(found.total_df[node]),
        )

    def agency_total(self) -> Estimate | None:
        """Return the total of the agency; None where not even a bound is safe."""
        if not self.codings:
            return self.total(0)
        bound = code_mean_of(self.estimates.value_index[0], self.codings)
        if bound is None:
            return None
        return Estimate(bound[1], int(self.estimates.n[0]), coded=bound[0])

    def _estimate(
        self, node: int, column: int, *, index: float, n: int, own: tuple[float, ...], df: int
    ) -> Estimate:
        whole_agency = node == self.agency
        if self.own_sd[node] and df >= 1 and not isnan(own[0]):
            low, high = scale_interval(index, own[0], df)
            change, bound = map(rounded_up, own[1:]) if whole_agency else (None, None)
            return Estimate(index, n, own[0], low, high, float(df), change, bound)
        if whole_agency or self.pooled_sd is None:
            return Estimate(index, n)  # the pooled SD of so few people would be their own
        se = float(self.pooled_sd[column] * np.sqrt(self.uncertain[node, column]))
        low, high = scale_interval(index, se, self.pooled_df)
        return Estimate(index, n, se, low, high, float(self.pooled_df), pooled_sd=True)


def rounded_up(se: float) -> float:
    """Round a standard error up at `CHANGE_DIGITS` significant digits.

    Exact, the three errors of an agency (factors 1 - f, 1 - f R and 1) are three equations for
    the spread inside strata of different response f: a stratum of three people could be solved.
    """
    if not se > 0.0:
        return se
    step = 10.0 ** (floor(log10(se)) + 1 - CHANGE_DIGITS)
    return float(max(se, step * ceil(se / step - 1e-9)))


def scale_interval(index: float, se: float, df: float) -> tuple[float, float]:
    """95 % interval of an index by Student's t, kept inside 0..100."""
    low, high = mean_interval(index, se, df)
    return max(0.0, low), min(100.0, high)


def member_cells(plan: AgencyPlan, cell_unit: Ints) -> tuple[Ints, Ints]:
    """Pairs (cell, node) for every node that counts the cell: its atom and all above."""
    atom = plan.unit_atom[cell_unit]
    cell = np.flatnonzero(atom >= 0)
    node = atom[cell]
    cells, nodes = [], []
    while cell.size:
        cells.append(cell)
        nodes.append(node)
        above = plan.node_parent[node]
        cell, node = cell[above >= 0], above[above >= 0]
    order = np.argsort(np.concatenate(nodes), kind="stable")
    return np.concatenate(cells)[order], np.concatenate(nodes)[order]


def node_figures(
    asked: EvaluationInput,
    aligned: Aligned,
    plan: AgencyPlan,
    *,
    reliability: Floats,
    reliability_total: float,
) -> NodeFigures:
    """Estimate every published node; row 0 is the agency.

    Parameters
    ----------
    reliability
        Of each value, shape (V,); how much of an answer would be given again.
    """
    cell, node = member_cells(plan, aligned.unit)
    design, spec, scoring = aligned.design, asked.table.spec, asked.method.scoring
    points = index_scale(spec, scoring)[1] / spec.score_scale
    cells = aligned.cells.taken(cell)
    nodes = cells.merged(node, len(plan.nodes))
    found = estimate_domains(
        cells,
        Design(design.cell_stratum[cell], design.population, design.n),
        node,
        len(plan.nodes),
        spec=spec,
        scoring=scoring,
        reliability=reliability,
        reliability_total=reliability_total,
    )
    atom = np.array([one.atom for one in plan.nodes])
    index = np.nan_to_num(np.column_stack([found.value_index, found.total_index]))
    own_sd = spread_plan(
        plan.node_parent, atom, found.n, index, node_spread(nodes, points_per_score=points)
    )
    pooled, freedom = pooled_spread(nodes.taken(np.flatnonzero(atom)), points_per_score=points)
    return NodeFigures(
        estimates=found,
        own_sd=own_sd,
        pooled_sd=pooled if own_sd[0] else None,
        pooled_df=max(1, freedom),
        uncertain=_uncertain(aligned, cell, node, len(plan.nodes)),
        population=roll_up(plan, aligned.frame.headcount.sum(axis=1)),
        agency=0,
        codings=plan.codings,
    )


def group_figures(
    asked: EvaluationInput,
    aligned: Aligned,
    nodes: NodeFigures,
    pairs: tuple[Ints, Ints],
    population: Ints,
) -> NodeFigures:
    """Estimate parts of nodes; their errors come from the pooled SD alone.

    A part's own spread would give that of the other parts away, which may be small.

    Parameters
    ----------
    nodes
        The figures of the nodes themselves.
    pairs
        Cell and part of each membership.
    population
        People of each part; its length is the number of parts.
    """
    cell, part = pairs
    design = aligned.design
    found = estimate_domains(
        aligned.cells.taken(cell),
        Design(design.cell_stratum[cell], design.population, design.n),
        part,
        population.size,
        spec=asked.table.spec,
        scoring=asked.method.scoring,
    )
    return NodeFigures(
        estimates=found,
        own_sd=np.zeros(population.size, dtype=np.bool_),
        pooled_sd=nodes.pooled_sd,
        pooled_df=nodes.pooled_df,
        uncertain=_uncertain(aligned, cell, part, population.size),
        population=population,
    )


def _uncertain(aligned: Aligned, cell: Ints, domain: Ints, domains: int) -> Floats:
    """``sum w^2 (1 - f) n / (sum w n)^2`` of values and total by domain; 0 where nobody is."""
    design, cells = aligned.design, aligned.cells
    kept = 1.0 - (design.n / np.maximum(design.population, 1))[design.cell_stratum]
    every = np.arange(cells.pair_n.shape[1])
    n = np.column_stack([cells.pair_n[:, every, every], cells.n])
    weight = aligned.weight[:, np.newaxis]
    squared, people = np.zeros((domains, n.shape[1])), np.zeros((domains, n.shape[1]))
    np.add.at(squared, domain, (weight**2 * kept[:, np.newaxis] * n)[cell])
    np.add.at(people, domain, (weight * n)[cell])
    return np.asarray(squared / np.where(people > 0, people, 1.0) ** 2)
