"""The publication plan of one agency, by the names of its units.

The agency itself is the node ``ROOT``; pools and own staff get ids made from their unit's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cermin.core.disclosure import (
    REASONS,
    ForestPlan,
    IndexSums,
    Ints,
    Respondents,
    plan_forest,
)
from cermin.core.exposure import THRESHOLD, Coding
from cermin.core.population import Unit
from cermin.core.result import SuppressionReason

ROOT = ""
POOL_SUFFIX = ":pool"
OWN_STAFF_SUFFIX = ":own"

NodeKind = Literal["agency", "unit", "own_staff", "pool"]


@dataclass(frozen=True)
class PublishedNode:
    """One node that may be printed.

    Attributes
    ----------
    id
        Unit id, `ROOT`, unit id + `OWN_STAFF_SUFFIX` ("langsung di bawah ..."), or parent id +
        `POOL_SUFFIX` ("unit lain digabung").
    parent
        Id of the published node above; None for the agency.
    members
        Ids of the children that a pool stands for, else empty.
    atom
        Whether nothing below it is published; the agency is the disjoint union of its atoms.
    n
        Smallest number of respondents behind any of its figures.
    """

    id: str
    kind: NodeKind
    parent: str | None
    members: tuple[str, ...]
    atom: bool
    n: int


@dataclass(frozen=True)
class SuppressedUnit:
    """A unit that is not printed by itself; ``published_in`` is the node that counts it."""

    unit: str
    reason: SuppressionReason
    published_in: str | None


@dataclass(frozen=True)
class AgencyPlan:
    """What may be published of one agency.

    Attributes
    ----------
    nodes
        Parents before children; empty when the whole agency is below the threshold.
    node_parent
        Position in ``nodes`` of each node's parent, -1 for the agency, shape (nodes,).
    unit_atom
        Position in ``nodes`` of the atom that counts the own respondents of each unit, -1 when
        nothing is published, shape (units,). A unit with children and without respondents of its
        own stands for itself, so that its headcount is counted. `roll_up` sums by it.
    codings
        Indices of the agency that may only be printed as a bound.
    """

    nodes: tuple[PublishedNode, ...]
    node_parent: Ints
    unit_atom: Ints
    suppressed: tuple[SuppressedUnit, ...]
    codings: tuple[Coding, ...]


def plan_agency(
    units: Sequence[Unit], respondents: Respondents, *, threshold: int = THRESHOLD
) -> AgencyPlan:
    """Choose what to publish of one agency.

    Parameters
    ----------
    units
        Units, parents before children; rows of ``respondents`` are theirs.

    Raises
    ------
    ValueError
        If a parent does not stand before its child, or is unknown.
    """
    position = {unit.id: i + 1 for i, unit in enumerate(units)}
    unknown = [u.id for u in units if u.parent is not None and u.parent not in position]
    if unknown:
        raise ValueError(f"unknown parent of {unknown[0]}")
    parent = np.array([-1, *(0 if u.parent is None else position[u.parent] for u in units)])
    tie = np.argsort(np.argsort([ROOT, *(u.id for u in units)]))
    plan = plan_forest(parent, _below_a_root(respondents), threshold=threshold, tie=tie)
    return _named(plan, (ROOT, *(u.id for u in units)))


def roll_up(plan: AgencyPlan, unit_rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add rows of units up to every published node.

    Parameters
    ----------
    unit_rows
        Additive figures of the own respondents of each unit, shape (units, ...).

    Returns
    -------
    array (nodes, ...)
        Sums of the same type.
    """
    total = atom_rows(plan, unit_rows)
    for node in range(len(plan.nodes) - 1, 0, -1):
        total[plan.node_parent[node]] += total[node]
    return total


def atom_rows(plan: AgencyPlan, unit_rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add rows of units up to the atoms; other nodes have no respondents in their rows."""
    total = np.zeros((len(plan.nodes), *unit_rows.shape[1:]), dtype=unit_rows.dtype)
    inside = plan.unit_atom >= 0
    np.add.at(total, plan.unit_atom[inside], unit_rows[inside])
    return total


def _below_a_root(respondents: Respondents) -> Respondents:
    """Put a row for the agency, which has no people of its own, before the units."""
    indices = respondents.indices
    if indices is not None:
        indices = IndexSums(
            weighted_sum=np.pad(indices.weighted_sum, ((1, 0), (0, 0))),
            weight=np.pad(indices.weight, ((1, 0), (0, 0))),
            largest_weight=np.pad(indices.largest_weight, (1, 0)),
        )
    return Respondents(np.pad(respondents.answered, ((1, 0), (0, 0))), indices)


def _named(plan: ForestPlan, unit_ids: tuple[str, ...]) -> AgencyPlan:
    entries = plan.unit.size
    ids = [
        unit_ids[unit] + OWN_STAFF_SUFFIX * bool(own)
        for unit, own in zip(plan.unit, plan.own_staff, strict=True)
    ]
    ids += [ids[pool.parent] + POOL_SUFFIX for pool in plan.pools]
    shown = np.flatnonzero(plan.published).tolist()
    shown += range(entries, entries + len(plan.pools))
    place = {entry: i for i, entry in enumerate(shown)}
    nodes = tuple(_node(plan, ids, entry) for entry in shown)
    parents = [plan.pools[e - entries].parent if e >= entries else plan.parent[e] for e in shown]
    return AgencyPlan(
        nodes=nodes,
        node_parent=np.array([place.get(int(p), -1) for p in parents], dtype=np.int64),
        unit_atom=_unit_atoms(plan, len(unit_ids), place)[1:],
        suppressed=tuple(
            SuppressedUnit(
                ids[entry],
                REASONS[plan.reason[entry]],
                ids[plan.published_in[entry]] if plan.published_in[entry] >= 0 else None,
            )
            for entry in range(1, len(unit_ids))
            if not plan.published[entry]
        ),
        codings=plan.codings.get(0, ()),
    )


def _node(plan: ForestPlan, ids: list[str], entry: int) -> PublishedNode:
    entries = plan.unit.size
    if entry >= entries:
        pool = plan.pools[entry - entries]
        members = tuple(ids[member] for member in pool.members)
        return PublishedNode(ids[entry], "pool", ids[pool.parent], members, True, pool.n)
    kind: NodeKind = "own_staff" if plan.own_staff[entry] else "unit" if entry else "agency"
    parent = ids[plan.parent[entry]] if entry else None
    return PublishedNode(ids[entry], kind, parent, (), bool(plan.atom[entry]), int(plan.n[entry]))


def _unit_atoms(plan: ForestPlan, units: int, place: dict[int, int]) -> Ints:
    """Node that counts each unit's own respondents: its own-staff leaf where there is one."""
    leaf = np.arange(units)
    leaf[plan.unit[units:]] = np.arange(units, plan.unit.size)
    return np.array([place.get(int(e), -1) for e in plan.published_in[leaf]], dtype=np.int64)
