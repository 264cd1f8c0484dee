"""Statistical disclosure control of one tree of units.

**Model.** A release prints, for nodes of the tree, weighted sums of what respondents said (as
means with their bases). Weights differ by unit and stratum, so safety is stated on *support*:

    I1: every linear combination of published sums has non-zero weight on nobody, or on at least
    ``threshold`` respondents.

**Algorithm** (`plan_forest`). Top-down from a published node, children that are small are pooled;
the pool takes in its smallest siblings until it is large enough itself, and it is *printed*, so
no hidden remainder exists. Respondents of a unit that also has children form an implicit leaf
child. If everything ends in the pool, the node is published with nothing below it.

**Proof of I1.** Call published nodes without published children, and pools, *atoms*. Every
published node is a disjoint union of atoms, and published sums span exactly the sums over atoms
(the incidence is triangular). A combination with coefficient c_a on atom a gives a respondent i
of a the coefficient c_a w_i, w_i > 0; its support is the union of the atoms with c_a != 0. Every
atom has at least ``threshold`` respondents. The argument holds for each additive statistic by
itself (n, sum, sum of squares, histogram), hence also for what is computed from them.

**I2** (`exposure.is_extreme`). An index near 0 or 100 bounds everybody behind it. With weights
w_i, W = sum w_i and mean m on 0..100, the answer x_j of one person can be anything exactly when
``min(m, 100 - m) >= 100 w_j / W`` (set the others to 0 or 100). An atom that fails for any
published index is pooled further like a small one; a union of safe atoms is safe, so the walk
ends at the latest at the (safe) parent. Only an unsafe root has nothing to be pooled with: it is
published as a bound (`exposure.Coding`).

**Several years.** Surveys are anonymous and every year draws its own answers, so figures of two
years are sums over different answer vectors: their row spaces are independent, and neither I1
nor I2 of one year is weakened by the other. Two releases of the *same* wave are a different
matter (n 57 -> 58 shows one person), hence one release per wave.

**Not covered**: what colleagues know from elsewhere. The label "extreme" says that some index of
a hidden unit is near one end, neither which index nor which end.

References: Willenborg & de Waal (2001), *Elements of Statistical Disclosure Control*; Hundepool
et al. (2012), *Statistical Disclosure Control*, ch. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.exposure import THRESHOLD, Coding, code_extremes, is_extreme
from cermin.core.result import SuppressionReason

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

OUTSIDERS = 3  # people of a pool outside its largest protected member

REASONS: tuple[SuppressionReason, ...] = (
    "below_threshold",
    "protects_others",
    "extreme",
    "parent_hidden",
)
_BELOW, _PROTECTS, _EXTREME, _PARENT = range(4)
_NOWHERE = -1


@dataclass(frozen=True)
class IndexSums:
    """Weighted sums of published indices (0..100) over the own respondents of each unit.

    M statistics: the values, and whatever else is printed per unit. The plain mean of the values
    needs no column of its own: it is safe when every value is.
    """

    weighted_sum: Floats  # (U, M)
    weight: Floats  # (U, M)
    largest_weight: Floats  # (U,) weight of the heaviest respondent


@dataclass(frozen=True)
class Respondents:
    """Own respondents of each unit (not of its children); ``indices`` None skips I2."""

    answered: Ints  # (U, M) people behind each published statistic
    indices: IndexSums | None = None


@dataclass(frozen=True)
class Pool:
    """Children of ``parent`` published together; positions are entries of the plan."""

    parent: int
    members: tuple[int, ...]  # also members without respondents
    n: int


@dataclass(frozen=True)
class ForestPlan:
    """What may be published of a forest; arrays over E entries.

    The first U entries are the units in the order given; the others are implicit leaves for the
    own staff of units with children.

    Attributes
    ----------
    unit
        Unit of the entry, shape (E,); ``own_staff`` marks implicit leaves.
    n
        Smallest number of respondents behind any statistic of the entry's subtree.
    published, atom
        Whether the entry is printed, and whether nothing below it is.
    published_in
        Entry where the respondents of the entry are counted: itself, a published ancestor, or
        ``E + p`` for ``pools[p]``; -1 if nowhere.
    reason
        Position in `REASONS`, -1 for published entries.
    codings
        For roots whose indices are too extreme to print, by entry.
    """

    unit: Ints
    own_staff: Bools
    parent: Ints
    n: Ints
    published: Bools
    atom: Bools
    published_in: Ints
    reason: npt.NDArray[np.int8]
    pools: tuple[Pool, ...]
    codings: dict[int, tuple[Coding, ...]]


def plan_forest(
    parent: Ints,
    respondents: Respondents,
    *,
    threshold: int = THRESHOLD,
    tie: Ints | None = None,
) -> ForestPlan:
    """Choose what to publish of many agencies at once.

    Parameters
    ----------
    parent
        Parent of each unit, shape (U,), parents before children; -1 for roots (agencies).
    respondents
        Own respondents of each unit.
    threshold
        Least number of respondents behind any figure.
    tie
        Rank that breaks ties of size, shape (U,); the order given if None.

    Returns
    -------
    ForestPlan
        Deterministic for given counts. O(E log E): nodes without an unsafe child need no loop.

    Raises
    ------
    ValueError
        If a parent does not stand before its child or the threshold is below 2.
    """
    parent = np.asarray(parent, dtype=np.int64)
    if np.any(parent >= np.arange(parent.size)):
        raise ValueError("parents must stand before their children")
    if threshold < 2:
        raise ValueError("the threshold must be at least 2")
    return _Planner(parent, respondents, threshold, tie).plan()


class _Planner:
    """Working arrays of one call of `plan_forest`."""

    def __init__(
        self, parent: Ints, respondents: Respondents, threshold: int, tie: Ints | None
    ) -> None:
        units = parent.size
        own = np.asarray(respondents.answered, dtype=np.int64)
        levels = _levels(parent)
        answered = _subtree(own, parent, levels, np.add)
        others = (answered - own).max(axis=1, initial=0) > 0
        staff = np.flatnonzero((own.max(axis=1, initial=0) > 0) & others)

        self.threshold = threshold
        self.unit = np.r_[np.arange(units), staff].astype(np.int64)
        self.own_staff = np.arange(self.unit.size) >= units
        self.parent = np.r_[parent, staff].astype(np.int64)
        self.tie = (np.arange(units) if tie is None else np.asarray(tie))[self.unit]
        self.levels = _levels(self.parent)
        self.answered = np.concatenate([answered, own[staff]])
        self.n = self.answered.min(axis=1) if own.shape[1] else np.zeros_like(self.unit)
        self.nonempty = self.answered.max(axis=1, initial=0) > 0
        self.sums = _subtree_sums(respondents.indices, parent, levels, staff)
        self.extreme = self._extreme()
        self.unsafe = self.nonempty & ((self.n < threshold) | self.extreme)

        entries = self.unit.size
        self.published = np.zeros(entries, dtype=np.bool_)
        self.published_in = np.full(entries, _NOWHERE, dtype=np.int64)
        self.reason = np.full(entries, -1, dtype=np.int8)
        self.pools: list[Pool] = []
        self.by_parent = np.argsort(self.parent, kind="stable")
        self.first = np.searchsorted(self.parent[self.by_parent], np.arange(entries + 1))
        self.has_child = np.diff(self.first) > 0

    def plan(self) -> ForestPlan:
        codings = self._publish_roots()
        closed = np.zeros(self.unit.size, dtype=np.bool_)  # nothing below is published
        closed[list(codings)] = True
        for level in self.levels[1:]:
            self._publish_level(level, closed)
        inner = np.zeros(self.unit.size, dtype=np.bool_)
        inner[self.parent[self.published & (self.parent >= 0)]] = True
        return ForestPlan(
            unit=self.unit,
            own_staff=self.own_staff,
            parent=self.parent,
            n=self.n,
            published=self.published,
            atom=self.published & ~inner,
            published_in=self.published_in,
            reason=self.reason,
            pools=tuple(self.pools),
            codings=codings,
        )

    def _publish_roots(self) -> dict[int, tuple[Coding, ...]]:
        roots = self.levels[0]
        shown = roots[self.n[roots] >= self.threshold]
        self.published[shown] = True
        self.published_in[shown] = shown
        self.reason[roots[~self.published[roots]]] = _BELOW
        if self.sums is None:
            return {}
        total, weight, largest = self.sums
        return {
            root: code_extremes(total[root], weight[root], float(largest[root]))
            for root in shown[self.extreme[shown]].tolist()
        }

    def _publish_level(self, level: Ints, closed: Bools) -> None:
        parent = self.parent[level]
        troubled = np.unique(parent[self.unsafe[level] & self.published[parent] & ~closed[parent]])
        home = self.published_in[parent]  # of hidden children: where their parent is counted
        open_parent = self.published[parent] & ~closed[parent]
        open_parent &= ~np.isin(parent, troubled)
        shown = open_parent & self.nonempty[level]
        self.published[level[shown]] = True
        self.published_in[level] = np.where(shown, level, home)
        hidden = level[~shown]
        self.reason[hidden] = np.where(
            self.published[self.parent[hidden]], self._own_reason(hidden), _PARENT
        )
        for node in troubled.tolist():
            self._pool_children(node, closed)

    def _pool_children(self, node: int, closed: Bools) -> None:
        children = self.by_parent[self.first[node] : self.first[node + 1]]
        filled = children[self.nonempty[children]]
        order = filled[
            np.lexsort(
                (self.tie[filled], self.n[filled], self.has_child[filled], ~self.unsafe[filled])
            )
        ]
        size = self._pool_size(order)
        if size == order.size:  # all in the pool: the node itself is the atom
            closed[node] = True
            return
        members = np.r_[order[:size], children[~self.nonempty[children]]]
        self.published_in[members] = self.unit.size + len(self.pools)
        n_pool = int(self.answered[members].sum(axis=0).min())
        self.pools.append(Pool(node, tuple(sorted(members.tolist())), n_pool))
        shown = order[size:]
        self.published[shown] = True
        self.published_in[shown] = shown
        self.reason[shown] = -1

    def _pool_size(self, order: Ints) -> int:
        """Length of the shortest safe prefix of ``order`` that holds all unsafe children."""
        protected = int(self.unsafe[order].sum())
        cumulated = np.cumsum(self.answered[order], axis=0)
        largest = self.answered[order[:protected]].max(axis=0)
        safe = (cumulated.min(axis=1) >= self.threshold) & (
            (cumulated - largest).min(axis=1) >= OUTSIDERS
        )
        if self.sums is not None:
            total, weight, heaviest = (array[order] for array in self.sums)
            safe &= ~is_extreme(
                np.cumsum(total, axis=0),
                np.cumsum(weight, axis=0),
                np.maximum.accumulate(heaviest),
            ).any(axis=1)
        found = np.flatnonzero(safe[protected - 1 :])
        return int(found[0]) + protected if found.size else int(order.size)

    def _own_reason(self, entries: Ints) -> npt.NDArray[np.int8]:
        return np.select(
            [~self.nonempty[entries] | (self.n[entries] < self.threshold), self.extreme[entries]],
            [np.int8(_BELOW), np.int8(_EXTREME)],
            np.int8(_PROTECTS),
        )

    def _extreme(self) -> Bools:
        if self.sums is None:
            return np.zeros(self.unit.size, dtype=np.bool_)
        return np.asarray(is_extreme(*self.sums).any(axis=1))


def _levels(parent: Ints) -> list[Ints]:
    """Entries by depth, roots first."""
    depth = np.zeros(parent.size, dtype=np.int64)
    above = parent.copy()
    while (inside := above >= 0).any():
        depth[inside] += 1
        above[inside] = parent[above[inside]]
    return [np.flatnonzero(depth == d) for d in range(int(depth.max(initial=0)) + 1)]


def _subtree(
    own: npt.NDArray[Any], parent: Ints, levels: list[Ints], combine: np.ufunc
) -> npt.NDArray[Any]:
    """Combine every node's row with those of its descendants."""
    total = own.copy()
    for level in levels[:0:-1]:
        order = level[np.argsort(parent[level], kind="stable")]
        above = parent[order]
        starts = np.flatnonzero(np.r_[True, above[1:] != above[:-1]])
        nodes = above[starts]
        total[nodes] = combine(total[nodes], combine.reduceat(total[order], starts, axis=0))
    return total


def _subtree_sums(
    indices: IndexSums | None, parent: Ints, levels: list[Ints], staff: Ints
) -> tuple[Floats, Floats, Floats] | None:
    if indices is None:
        return None
    parts = []
    for own, combine in (
        (indices.weighted_sum, np.add),
        (indices.weight, np.add),
        (indices.largest_weight, np.maximum),
    ):
        rows = np.asarray(own, dtype=np.float64)
        parts.append(np.concatenate([_subtree(rows, parent, levels, combine), rows[staff]]))
    return parts[0], parts[1], parts[2]
