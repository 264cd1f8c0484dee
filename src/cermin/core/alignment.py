"""Counted cells laid on the frame of one agency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.domain_sums import Design
from cermin.core.estimates import index_scale
from cermin.core.moments import CellMoments, CountTable
from cermin.core.population import Frame
from cermin.core.scheme import Scoring
from cermin.core.weights import FrameCells, Weights, post_stratify

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Aligned:
    """Cells with respondents, their place in the frame, and their weights; C cells.

    Attributes
    ----------
    unit, stratum
        Positions in ``frame.units`` and ``frame.strata``, shape (C,).
    weight
        Weight of each answer, shape (C,).
    """

    frame: Frame
    cells: CellMoments
    unit: Ints
    stratum: Ints
    weight: Floats
    design: Design
    weights: Weights

    def by_unit(self) -> CellMoments:
        """Moments of the own respondents of each unit of the frame."""
        return self.cells.merged(self.unit, len(self.frame.units))

    def value_sums(self, scoring: Scoring, table: CountTable) -> tuple[Floats, Floats]:
        """Weighted sums of the value indices and of the weights, each of shape (C, V)."""
        intercept, slope = index_scale(table.spec, scoring)
        values = np.arange(self.cells.pair_n.shape[1])
        n = self.cells.pair_n[:, values, values]
        score = self.cells.pair_sum[:, values, values] * (slope / table.spec.score_scale)
        weight = self.weight[:, np.newaxis]
        return weight * (intercept * n + score), weight * n


def align(table: CountTable, frame: Frame) -> Aligned:
    """Lay the counted cells of ``frame.agency`` on its frame and weigh them.

    Raises
    ------
    ValueError
        When a counted unit or stratum is not in the frame, or the strata are other variables or
        in another order: reading the files must refuse it.
    """
    if table.spec.strata != frame.stratum_variables:
        raise ValueError("the strata of answers and frame differ")
    unit_of = {unit.id: i for i, unit in enumerate(frame.units)}
    stratum_of = {labels: i for i, labels in enumerate(frame.strata)}
    own = np.array([agency == frame.agency for agency, _ in table.units], dtype=np.bool_)
    mine = np.flatnonzero(own[table.cell_unit])  # other agencies may have other units and strata
    try:
        unit = np.array([unit_of[table.units[u][1]] for u in table.cell_unit[mine]], dtype=np.int64)
        stratum = np.array(
            [stratum_of[table.strata[s]] for s in table.cell_stratum[mine]], dtype=np.int64
        )
    except KeyError as error:
        raise ValueError(f"counted but not in the frame: {error}") from error
    cells = table.cells.taken(mine)
    frame_cells, position = _frame_cells(frame, unit, stratum, cells.n)
    weights = post_stratify(frame_cells)
    return Aligned(
        frame=frame,
        cells=cells,
        unit=unit,
        stratum=stratum,
        weight=weights.cell_weight[position],
        design=Design(weights.cell_stratum[position], weights.population, weights.n),
        weights=weights,
    )


def _frame_cells(frame: Frame, unit: Ints, stratum: Ints, n: Ints) -> tuple[FrameCells, Ints]:
    """All cells with people or answers, and where each counted cell is among them."""
    answered = np.zeros(frame.headcount.shape, dtype=np.int64)
    np.add.at(answered, (unit, stratum), n)
    frame_unit, frame_stratum = np.nonzero((frame.headcount > 0) | (answered > 0))
    position = np.full(frame.headcount.shape, -1, dtype=np.int64)
    position[frame_unit, frame_stratum] = np.arange(frame_unit.size)
    unit_of = {one.id: i for i, one in enumerate(frame.units)}
    parent = [-1 if one.parent is None else unit_of[one.parent] for one in frame.units]
    cells = FrameCells(
        unit=frame_unit,
        stratum=frame_stratum,
        population=frame.headcount[frame_unit, frame_stratum],
        n=answered[frame_unit, frame_stratum],
        unit_parent=np.array(parent, dtype=np.int64),
        unit_agency=np.zeros(len(frame.units), dtype=np.int64),
    )
    return cells, position[unit, stratum]
