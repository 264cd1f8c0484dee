"""Spread between people of published nodes, and which of it may be told.

The total score of a person is the mean of the value scores; its variance is the mean of all
entries of the value covariance matrix, taken from pairwise moments.

**What spread gives away.** A sum of squares bounds everybody behind it: with the means m_a of
atoms a known, ``(x - m_a)^2 <= SS (n_a - 1) / n_a`` for every person of a (Samuelson 1968), where
SS is the sum of squares inside the atoms behind one figure. And sums of squares subtract: a parent
minus its children with spread of their own leaves the SS of the other children. Call these *rests*;
every rest is the set of atoms below a node with spread that are below no lower such node, rests
share nobody, and every derivable SS is a sum of rests. So a node keeps its spread only while its
rest is empty, or large enough and wide enough to exclude no answer (`spread_plan`).

What spread remains inside small groups is told once for the agency, rounded up to a whole index
point, so that it does not subtract from the exact standard errors.

References: Samuelson (1968), JASA 63:1522-1525.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cermin.core.exposure import OWN_SD_MINIMUM, own_sd_publishable
from cermin.core.moments import CellMoments
from cermin.core.reliability import pairwise_covariance

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def node_spread(nodes: CellMoments, *, points_per_score: float) -> Floats:
    """Standard deviations between people in index points, shape (D, V + 1); NaN below two.

    Parameters
    ----------
    nodes
        Moments of the D nodes.
    points_per_score
        Index points of one unit of the value score.
    """
    covariance = pairwise_covariance(
        n=nodes.pair_n, sums=nodes.pair_sum, products=nodes.pair_product
    )
    return points_per_score * _deviations(covariance)


def pooled_spread(atoms: CellMoments, *, points_per_score: float) -> tuple[Floats, int]:
    """SD inside atoms, rounded up to whole index points, shape (V + 1,), and its freedom.

    ``s_vw = sum_a (n_vw,a - 1) s_vw,a / sum_a (n_vw,a - 1)``. Atoms, not units: inside a pool the
    difference between hidden units must not become visible.
    """
    within = pairwise_covariance(n=atoms.pair_n, sums=atoms.pair_sum, products=atoms.pair_product)
    freedom = np.maximum(atoms.pair_n - 1, 0)
    pooled = np.nansum(within * freedom, axis=0) / np.maximum(freedom.sum(axis=0), 1)
    deviation = points_per_score * _deviations(pooled[np.newaxis])[0]
    return np.ceil(deviation - 1e-9), int(np.maximum(atoms.n - 1, 0).sum())


def _deviations(covariance: Floats) -> Floats:
    values = covariance.shape[-1]
    variance = np.concatenate(
        [
            np.diagonal(covariance, axis1=1, axis2=2),
            covariance.sum(axis=(1, 2))[:, np.newaxis] / values**2,
        ],
        axis=1,
    )
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


@dataclass
class _Rest:
    """Atoms on their way up whose spread no node below has told."""

    n: int
    squares: Floats  # (M,) sum of squares inside the atoms
    need: Floats  # (M,) sum of squares that excludes no answer
    lower: list[tuple[int, int]] = field(default_factory=list)  # heap of (n, node with spread)

    @property
    def safe(self) -> bool:
        return self.n >= OWN_SD_MINIMUM and bool((self.squares >= self.need).all())

    def take_in(self, other: _Rest) -> None:
        self.n += other.n
        self.squares = self.squares + other.squares
        self.need = np.maximum(self.need, other.need)


def spread_plan(parent: Ints, atom: Bools, n: Ints, index: Floats, deviation: Floats) -> Bools:
    """Choose the published nodes that may show the spread of their own answers.

    Parameters
    ----------
    parent
        Position of each published node's parent, parents before children, -1 for the agency.
    atom
        Whether nothing below the node is published, shape (D,).
    n
        Respondents, shape (D,).
    index, deviation
        Indices and SDs of the values and the total, shape (D, M).

    Returns
    -------
    bool array (D,)
    """
    count = np.broadcast_to(n[:, np.newaxis], deviation.shape)
    alone: Bools = np.all(own_sd_publishable(count, index, np.nan_to_num(deviation)), axis=1)
    shown = np.zeros(parent.size, dtype=np.bool_)
    rests = _rests(atom, n, index, deviation)
    opened: list[list[tuple[int, int]]] = [[] for _ in range(parent.size)]
    for node in range(parent.size - 1, -1, -1):
        if alone[node]:
            _close(node, rests, shown, opened)
        above = int(parent[node])
        if above >= 0:
            _hand_up(rests, node, above, n=int(n[node]), shown=bool(shown[node]))
    return shown


def _rests(atom: Bools, n: Ints, index: Floats, deviation: Floats) -> list[_Rest]:
    size = np.maximum(n, 2)[:, np.newaxis]
    squares = np.nan_to_num(deviation) ** 2 * (size - 1)
    need = np.maximum(index, 100.0 - index) ** 2 * size / (size - 1)
    none = np.zeros(index.shape[1])
    return [
        _Rest(int(n[i]), squares[i], need[i]) if atom[i] else _Rest(0, none, none)
        for i in range(n.size)
    ]


def _close(
    node: int, rests: list[_Rest], shown: Bools, opened: list[list[tuple[int, int]]]
) -> None:
    """Show the spread of ``node``, hiding that of the smallest nodes below where it must be."""
    rest = _Rest(rests[node].n, rests[node].squares, rests[node].need)
    lower = sorted(rests[node].lower)
    hidden = []
    while rest.n and not rest.safe and lower:
        _, smallest = heapq.heappop(lower)
        hidden.append(smallest)
        rest.take_in(rests[smallest])
        for deeper in opened[smallest]:
            heapq.heappush(lower, deeper)
    if not rest.n or rest.safe:
        shown[hidden] = False
        shown[node] = True
        opened[node] = lower
        rests[node] = rest


def _hand_up(rests: list[_Rest], node: int, above: int, *, n: int, shown: bool) -> None:
    if shown:
        rests[above].lower.append((n, node))
    else:
        rests[above].take_in(rests[node])
        rests[above].lower.extend(rests[node].lower)
