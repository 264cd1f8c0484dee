"""Published units, pools and what is not published, of one agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cermin.core.evaluation_input import EvaluationInput
from cermin.core.headline import categorise, composite
from cermin.core.node_figures import NodeFigures
from cermin.core.population import Frame
from cermin.core.publication import OWN_STAFF_SUFFIX, ROOT, AgencyPlan, PublishedNode
from cermin.core.result import Estimate, Suppressed, UnitResult


def unit_results(
    asked: EvaluationInput, plan: AgencyPlan, figures: NodeFigures
) -> tuple[UnitResult, ...]:
    """Return every published node below the agency, parents before children, with ranks."""
    depth = _depths(plan)
    units = [
        _unit(asked, figures, node, position, depth[position])
        for position, node in enumerate(plan.nodes)
        if node.kind != "agency"
    ]
    return tuple(_ranked(units))


def suppressed_units(frame: Frame, plan: AgencyPlan) -> tuple[Suppressed, ...]:
    """Return the units that are not printed by themselves, in the order of the frame."""
    names = {unit.id: unit.name for unit in frame.units}
    pools = {node.id for node in plan.nodes if node.kind == "pool"}
    return tuple(
        Suppressed(
            unit=hidden.unit,
            name=names[hidden.unit],
            reason=hidden.reason,
            pool=hidden.published_in if hidden.published_in in pools else None,
        )
        for hidden in plan.suppressed
    )


def _depths(plan: AgencyPlan) -> list[int]:
    depth = [0] * len(plan.nodes)
    for node, parent in enumerate(plan.node_parent.tolist()):
        depth[node] = 0 if parent < 0 else depth[parent] + 1
    return depth


def _unit(
    asked: EvaluationInput,
    figures: NodeFigures,
    node: PublishedNode,
    position: int,
    depth: int,
) -> UnitResult:
    ids = [value.id for value in asked.value_set.values]
    names = {unit.id: unit.name for unit in asked.frame.units}
    total = figures.total(position)
    evidence = asked.evidence.get(node.id) if asked.method.evidence_weight else None
    combined = None if evidence is None else composite(total, evidence, asked.method)
    found = figures.estimates
    unit_id = node.id.removesuffix(OWN_STAFF_SUFFIX)
    return UnitResult(
        id=node.id,
        name=names.get(unit_id, names.get(node.parent or ROOT, "")),
        parent=node.parent or None,
        depth=depth,
        atom=node.atom,
        members=node.members,
        population=int(figures.population[position]),
        n=int(found.n[position]),
        represented=float(found.represented[position]),
        values={id: figures.value(position, v) for v, id in enumerate(ids)},
        total=total,
        category=categorise(combined or total, asked.method),
        evidence=evidence,
        composite=combined,
        rank=None,
        rank_low=None,
        rank_high=None,
        minimum=None,
        minimum_met=None,
        kind="unit" if node.kind == "agency" else node.kind,
        value_represented={
            id: float(found.value_represented[position, v]) for v, id in enumerate(ids)
        },
    )


def _ranked(units: Sequence[UnitResult]) -> list[UnitResult]:
    """Rank top-level units; ranks that the intervals cannot tell apart stand beside.

    Units are ranked by the number that the method announces for them; a unit without evidence
    has no composite and is not ranked among those that have one.
    """
    top = [unit for unit in units if unit.depth == 1 and unit.kind == "unit"]
    with_evidence = [unit for unit in top if unit.composite is not None]
    ranked = with_evidence or top
    announced = {unit.id: unit.composite or unit.total for unit in ranked}
    return [_with_rank(unit, announced) if unit.id in announced else unit for unit in units]


def _with_rank(unit: UnitResult, announced: dict[str, Estimate]) -> UnitResult:
    mine = announced[unit.id]
    others = [one for id, one in announced.items() if id != unit.id]
    return replace(
        unit,
        rank=1 + sum(other.index > mine.index for other in others),
        rank_low=1 + sum(_low(other) > _high(mine) for other in others),
        rank_high=1 + sum(_high(other) >= _low(mine) for other in others),
    )


def _low(estimate: Estimate) -> float:
    """Lower end of what the index may be; without an interval nothing can be told apart."""
    return 0.0 if estimate.low is None else estimate.low


def _high(estimate: Estimate) -> float:
    return 100.0 if estimate.high is None else estimate.high
