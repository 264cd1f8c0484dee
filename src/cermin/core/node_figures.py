"""Figures of published nodes and groups of one agency, each as a publishable `Estimate`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan

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
from cermin.core.spread import Spread, spread

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

TOTAL = -1  # column of the total beside those of the values


@dataclass(frozen=True)
class NodeFigures:
    """Estimates of D groups of respondents: the nodes of a plan, or their parts.

    Attributes
    ----------
    estimates
        Rows are nodes.
    own_sd
        Whether a node may show standard errors from its own answers, shape (D,).
    spread
        Own and pooled SDs, columns values and total.
    population
        People on the roster, shape (D,).
    agency
        Row of the whole agency; None where no row is.
    pooled_df
        Degrees of freedom of the pooled SD.
    codings
        Indices of the agency that may only be printed as a bound.
    """

    estimates: DomainEstimates
    own_sd: npt.NDArray[np.bool_]
    spread: Spread
    population: Ints
    pooled_df: int
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

    def total(self, node: int) -> Estimate | None:
        """Return the plain mean of the values at one node; None where not even a bound is safe."""
        found = self.estimates
        n = int(found.n[node])
        if node == self.agency and self.codings:
            bound = code_mean_of(found.value_index[node], self.codings)
            return None if bound is None else Estimate(bound[1], n, coded=bound[0])
        return self._estimate(
            node,
            TOTAL,
            index=float(found.total_index[node]),
            n=n,
            own=(
                float(found.total_se[node]),
                float(found.total_se_change[node]),
                float(found.total_se_bound[node]),
            ),
            df=int(found.total_df[node]),
        )

    def _estimate(
        self, node: int, column: int, *, index: float, n: int, own: tuple[float, ...], df: int
    ) -> Estimate:
        whole_agency = node == self.agency
        if self.own_sd[node] and df >= 1 and not isnan(own[0]):
            low, high = scale_interval(index, own[0], df)
            change, bound = own[1:] if whole_agency else (None, None)
            return Estimate(index, n, own[0], low, high, float(df), change, bound)
        if whole_agency:
            return Estimate(index, n)  # the pooled SD of so few people would be their own
        se = float(self.spread.pooled[column] * np.sqrt(self._uncounted(node) / n))
        low, high = scale_interval(index, se, self.pooled_df)
        return Estimate(index, n, se, low, high, float(self.pooled_df), pooled_sd=True)

    def _uncounted(self, node: int) -> float:
        """Finite population correction 1 - f of a node."""
        people = max(int(self.population[node]), 1)
        return max(0.0, 1.0 - float(self.estimates.n[node]) / people)


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
    if not cells:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
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
    population = roll_up(plan, aligned.frame.headcount.sum(axis=1))
    figures = group_figures(
        asked,
        aligned,
        (cell, node),
        population,
        reliability=reliability,
        reliability_total=reliability_total,
    )
    return replace(figures, agency=0, codings=plan.codings)


def group_figures(
    asked: EvaluationInput,
    aligned: Aligned,
    pairs: tuple[Ints, Ints],
    population: Ints,
    *,
    reliability: Floats | float = 1.0,
    reliability_total: float = 1.0,
) -> NodeFigures:
    """Estimate groups of cells that may overlap.

    Parameters
    ----------
    pairs
        Cell and group of each membership.
    population
        People of each group; its length is the number of groups.
    """
    cell, group = pairs
    design = aligned.design
    cells = aligned.cells.taken(cell)
    found = estimate_domains(
        cells,
        Design(design.cell_stratum[cell], design.population, design.n),
        group,
        population.size,
        spec=asked.table.spec,
        scoring=asked.method.scoring,
        reliability=reliability,
        reliability_total=reliability_total,
    )
    _, slope = index_scale(asked.table.spec, asked.method.scoring)
    spreads = spread(
        cells.merged(group, population.size),
        aligned.by_unit(),
        points_per_score=slope / asked.table.spec.score_scale,
    )
    index = np.column_stack([found.value_index, found.total_index])
    return NodeFigures(
        estimates=found,
        own_sd=spreads.own_publishable(found.n, np.nan_to_num(index)),
        spread=spreads,
        population=population,
        pooled_df=max(1, int(aligned.cells.n.sum()) - len(aligned.frame.units)),
    )
