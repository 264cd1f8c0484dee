"""All agencies and units of the country at once, from one table of counts.

The same weights, estimates and publication rule as one agency's evaluation, on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.agreement import unit_icc_by_group, unit_moments
from cermin.core.category import category_probability
from cermin.core.disclosure import ForestPlan, IndexSums, Respondents, plan_forest
from cermin.core.domain_cells import Design, Runs
from cermin.core.estimates import DomainEstimates, estimate_nested
from cermin.core.moments import CountTable, Ints
from cermin.core.reliability import ValueReliability, value_reliability
from cermin.core.scheme import Band, ItemKind, Scoring
from cermin.core.weights import FrameCells, Weights, post_stratify

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NationalFrame:
    """The roster as arrays.

    Attributes
    ----------
    cells
        All cells with people or answers; agencies and units numbered as in the count table.
    position
        Place in ``cells`` of each counted cell, shape (C,).
    """

    cells: FrameCells
    position: Ints


@dataclass(frozen=True)
class NationalResult:
    """Before publication: only what ``plan`` allows may leave. A agencies, U units, V values.

    Attributes
    ----------
    agencies, units
        Estimates; units are the own respondents of each.
    icc1, icc2
        Between units, by agency and value, shape (A, V).
    category
        Probability of each band of the agency's total, highest band first, shape (A, bands).
    plan
        Entries 0..A-1 are the agencies, A..A+U-1 the units.
    """

    weights: Weights
    agencies: DomainEstimates
    units: DomainEstimates
    reliability: ValueReliability
    icc1: Floats
    icc2: Floats
    category: Floats
    plan: ForestPlan


def national_result(
    table: CountTable,
    frame: NationalFrame,
    *,
    scoring: Scoring,
    kinds: Sequence[ItemKind],
    bands: tuple[Band, ...],
    threshold: int = 10,
) -> NationalResult:
    """Weigh, estimate and plan the publication of every agency and unit.

    Raises
    ------
    UserError
        If the items are ipsative, so that reliability means nothing.
    """
    weights = post_stratify(frame.cells)
    design = Design(weights.cell_stratum[frame.position], weights.population, weights.n)
    unit_agency = table.unit_agency
    heaviest = np.zeros(len(table.units))
    np.maximum.at(heaviest, table.cell_unit, weights.cell_weight[frame.position])

    # NumPy lets go of the interpreter lock, so independent steps share the processors.
    with ThreadPoolExecutor() as pool:
        agreement = pool.submit(_icc, table, unit_agency)
        reliability = value_reliability(
            table.complete, table.spec, agencies=len(table.agencies), kinds=kinds
        )
        units, agencies = estimate_nested(
            table.cells, design, table.cell_unit, unit_agency, len(table.agencies),
            spec=table.spec, scoring=scoring,
        )  # fmt: skip
        icc1, icc2 = agreement.result()
        return NationalResult(
            weights=weights,
            agencies=agencies,
            units=units,
            reliability=reliability,
            icc1=icc1,
            icc2=icc2,
            category=_categories(agencies, bands),
            plan=_plan(frame.cells, units, heaviest, threshold),
        )


def _icc(table: CountTable, unit_agency: Ints) -> tuple[Floats, Floats]:
    """ICC of the units of every agency; units of an agency stand together."""
    cell_units = Runs(table.cell_unit, len(table.units))
    n, sums, squares = (
        cell_units.sum(np.ascontiguousarray(moments.T)) for moments in unit_moments(table.cells)
    )
    found = unit_icc_by_group(n, sums, squares, unit_agency, len(table.agencies))
    return found.icc1.T, found.icc2.T


def _categories(agencies: DomainEstimates, bands: tuple[Band, ...]) -> Floats:
    figures = zip(
        agencies.total_index.tolist(),
        agencies.total_se.tolist(),
        agencies.total_df.tolist(),
        strict=True,
    )
    rows = [
        list(category_probability(index, se, bands, df=df).values())
        if df >= 1 and np.isfinite(se)
        else [np.nan] * len(bands)
        for index, se, df in figures
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(bands))


def _plan(
    cells: FrameCells, units: DomainEstimates, heaviest: Floats, threshold: int
) -> ForestPlan:
    """Plan agencies (without people of their own) and, under them, their units."""
    unit_agency = np.asarray(cells.unit_agency)
    agencies = int(unit_agency.max(initial=-1)) + 1
    above = np.asarray(cells.unit_parent)
    parent = np.r_[np.full(agencies, -1), np.where(above < 0, unit_agency, agencies + above)]
    values = units.value_n.shape[1]
    none = np.zeros((agencies, values))
    weight = units.value_represented
    weighted = np.where(weight > 0, weight * units.value_index, 0.0)
    respondents = Respondents(
        answered=np.r_[none.astype(np.int64), units.value_n],
        indices=IndexSums(
            weighted_sum=np.r_[none, weighted],
            weight=np.r_[none, weight],
            largest_weight=np.r_[np.zeros(agencies), heaviest],
        ),
    )
    return plan_forest(parent, respondents, threshold=threshold)
