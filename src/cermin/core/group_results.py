"""The one breakdown of a publication, for example by sex."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cermin.core.alignment import Aligned
from cermin.core.crossing import MOST_GROUPS, CellIndices, Cells, plan_crossing
from cermin.core.errors import UserError
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.node_figures import NodeFigures, group_figures, member_cells
from cermin.core.publication import AgencyPlan, atom_rows, roll_up
from cermin.core.result import Breakdown, GroupResult

Ints = npt.NDArray[np.int64]


def breakdown(
    asked: EvaluationInput,
    aligned: Aligned,
    plan: AgencyPlan,
    nodes: NodeFigures,
    variable: str,
) -> Breakdown:
    """Break every node down by ``variable`` where that gives no small group away.

    Raises
    ------
    UserError
        When the roster has no such variable, or it has too many groups.
    """
    frame = asked.frame
    if variable not in frame.stratum_variables:
        raise UserError(
            "Rincian menurut {variable} tidak dapat dibuat: kolom itu tidak ada pada daftar "
            "pegawai dan jawaban.",
            variable=variable,
        )
    place = frame.stratum_variables.index(variable)
    groups = sorted({labels[place] for labels in frame.strata})
    if len(groups) > MOST_GROUPS:
        raise UserError(
            "Rincian menurut {variable} tidak dapat dibuat: ada {groups} kelompok, paling banyak "
            "{most}.",
            variable=variable,
            groups=len(groups),
            most=MOST_GROUPS,
        )
    group_of = np.array([groups.index(labels[place]) for labels in frame.strata], dtype=np.int64)
    cell_group = group_of[aligned.stratum]
    broken = plan_crossing(
        plan.node_parent,
        _cells(asked, aligned, plan, cell_group, len(groups)),
        threshold=asked.method.threshold,
    )
    if plan.codings:
        broken[:] = False
    shown = np.flatnonzero(broken)
    figures = _figures(aligned, asked, plan, nodes, group_of)
    return Breakdown(
        variable=variable,
        groups=tuple(
            _group(asked, figures, plan.nodes[node].id, groups[g], node * len(groups) + g)
            for node in shown.tolist()
            for g in range(len(groups))
            if figures.estimates.n[node * len(groups) + g] > 0
        ),
        hidden_units=tuple(
            node.id or frame.agency for node, ok in zip(plan.nodes, broken, strict=True) if not ok
        ),
    )


def _group(
    asked: EvaluationInput, figures: NodeFigures, unit: str, group: str, row: int
) -> GroupResult:
    total = figures.total(row)
    return GroupResult(
        unit=unit or None,
        group=group,
        population=int(figures.population[row]),
        n=int(figures.estimates.n[row]),
        values={value.id: figures.value(row, v) for v, value in enumerate(asked.value_set.values)},
        total=total,
    )


def _cells(
    asked: EvaluationInput, aligned: Aligned, plan: AgencyPlan, cell_group: Ints, groups: int
) -> Cells:
    """Respondents of the atoms by group: those with each value, and all of them.

    Who answered no value at all is in no index, but the printed n counts him.
    """
    units, values = len(asked.frame.units), len(asked.table.spec.values)
    every = np.arange(values)
    answered = np.zeros((units, groups, values + 1), dtype=np.int64)
    n_value = aligned.cells.pair_n[:, every, every]
    n_each = np.column_stack([n_value, aligned.cells.n])
    np.add.at(answered, (aligned.unit, cell_group), n_each)
    sums, weights = aligned.value_sums(asked.method.scoring, asked.table)
    shape = (units, groups, values)
    weighted_sum, weight = np.zeros(shape), np.zeros(shape)
    np.add.at(weighted_sum, (aligned.unit, cell_group), sums)
    np.add.at(weight, (aligned.unit, cell_group), weights)
    heaviest = np.zeros((len(plan.nodes), groups))
    np.maximum.at(heaviest, (plan.unit_atom[aligned.unit], cell_group), aligned.weight)
    return Cells(
        answered=atom_rows(plan, answered),
        indices=CellIndices(
            weighted_sum=atom_rows(plan, weighted_sum),
            weight=atom_rows(plan, weight),
            largest_weight=heaviest,
        ),
    )


def _figures(
    aligned: Aligned, asked: EvaluationInput, plan: AgencyPlan, nodes: NodeFigures, group_of: Ints
) -> NodeFigures:
    """Figures of every part node x group; row ``node * groups + group``."""
    groups = int(group_of.max()) + 1
    by_group = np.zeros((len(aligned.frame.units), groups), dtype=np.int64)
    np.add.at(by_group.T, group_of, aligned.frame.headcount.T)
    cell, node = member_cells(plan, aligned.unit)
    part = node * groups + group_of[aligned.stratum[cell]]
    return group_figures(asked, aligned, nodes, (cell, part), roll_up(plan, by_group).ravel())
