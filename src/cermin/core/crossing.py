"""Disclosure control of the one crossing of a publication plan (say, gender by unit).

A node may be *broken down*: besides its own figures, those of each group in it are printed. The
*block* of a broken-down node holds the atoms under it that are under no lower broken-down node;
as both nest, the figures published of a block are exactly the sums of its rows (atoms) and of its
columns (groups), and blocks share no respondents.

**I1 for a block.** A combination gives a respondent in cell (a, g) the coefficient w (alpha_a +
beta_g), w > 0. Given beta, groups with equal beta form classes; row a loses its largest class
when alpha_a cancels it, so the smallest support is ``sum_a (n_a - max_P n_aP)``. Two remarks make
the test small:

- merging classes never enlarges the support, and if it is 0 for every division of the groups into
  *two* classes, every row lies in one class of any finer division, whose support is 0 too. So two
  classes suffice;
- for a division (S, rest) the support is ``sum_a min(n_aS, n_a,rest)``.

Hence the rule, exact for any number of groups: *every row has at least k respondents, and for
every division the sum is 0 or at least k.* Rows are atoms, which the tree made large enough. The
often used rule "every printed cell has at least k" is not enough: rows with one gender only give
the gender of the others away.

**I2 for a block.** Given row sums R_a, column sums C_g and cells that hold between 0 and c_ag =
100 W_ag, a table exists exactly when ``C_S <= sum_a min(R_a, c_aS)`` for every set S of groups
(Gale 1957; Hoffman 1960). With the true cells x_ag the slack is ``sum_a min(x_a,rest, c_aS -
x_aS)``. The answer of a person of weight w in row a can be 0 exactly when taking 100 w off the
cell's capacity costs no more than the slack; the other end is the same for 100 - x.

Both slack and support are sums over rows, so blocks merge by addition. A block that is unsafe
takes in the smallest lower block, until it is safe or none is left; then its rows go to the node
above. One crossing only: with empty cells, two crossings together can isolate a cell.

References: statistics of two-way tables with fixed margins, Willenborg & de Waal (2001), ch. 6;
Gale (1957), Pac. J. Math. 7:1073-1082.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cermin.core.exposure import THRESHOLD

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_GROUPS = 10
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class CellIndices:
    """Weighted sums of published indices (0..100) by node and group; same weights as the tree."""

    weighted_sum: Floats  # (P, G, M)
    weight: Floats  # (P, G, M)
    largest_weight: Floats  # (P, G)


@dataclass(frozen=True)
class Cells:
    """Respondents of the published nodes by group; only rows of atoms are filled."""

    answered: Ints  # (P, G, M) people behind each published statistic
    indices: CellIndices | None = None


@dataclass
class _Block:
    """Rows on their way up: additive supports and slacks, the largest need, and lower blocks."""

    support: Ints
    slack: Floats
    need: Floats
    n: int
    lower: list[tuple[int, int]] = field(default_factory=list)  # heap of (n, broken-down node)


def plan_crossing(parent: Ints, cells: Cells, *, threshold: int = THRESHOLD) -> Bools:
    """Choose the published nodes that may be broken down by group.

    Parameters
    ----------
    parent
        Position of each published node's parent, shape (P,), parents before children, -1 for
        roots (``AgencyPlan.node_parent``).
    cells
        Respondents of the atoms by group (``publication.atom_rows`` of cells by unit). An agency
        whose own indices are coded must not be broken down at all.
    threshold
        Least number of respondents behind any figure.

    Returns
    -------
    bool array (P,)
        True where the figures of all groups of the node may be printed.

    Raises
    ------
    ValueError
        If there are more than `MOST_GROUPS` groups.
    """
    groups = cells.answered.shape[1]
    if groups > MOST_GROUPS:
        raise ValueError(f"a crossing has at most {MOST_GROUPS} groups")
    rows = _rows(cells)
    broken = np.zeros(parent.size, dtype=np.bool_)
    inside: list[list[tuple[int, int]]] = [[] for _ in range(parent.size)]
    for node in range(parent.size - 1, -1, -1):
        _close(node, rows, broken, inside, threshold)
        above = int(parent[node])
        if above >= 0:
            _hand_up(rows, node, above, broken=bool(broken[node]))
    return broken


def block_is_safe(cells: Cells, *, threshold: int = THRESHOLD) -> bool:
    """Tell whether rows that form one block may be broken down together (I1 and I2).

    Every row must itself have at least ``threshold`` respondents and a safe mean.
    """
    return _is_safe(_merged(_rows(cells)), threshold)


def _close(
    node: int,
    rows: list[_Block],
    broken: Bools,
    inside: list[list[tuple[int, int]]],
    threshold: int,
) -> None:
    """Break ``node`` down if its block is safe, re-opening lower blocks where that helps."""
    block = _merged(rows[node : node + 1])
    block.lower = sorted(rows[node].lower)
    opened = []
    while not _is_safe(block, threshold) and block.lower:
        _, lowest = heapq.heappop(block.lower)
        opened.append(lowest)
        _merge(block, rows[lowest])
        for deeper in inside[lowest]:
            heapq.heappush(block.lower, deeper)
    if _is_safe(block, threshold):
        broken[opened] = False
        broken[node] = True
        inside[node] = block.lower
        rows[node] = block


def _hand_up(rows: list[_Block], node: int, above: int, *, broken: bool) -> None:
    if broken:
        rows[above].lower.append((rows[node].n, node))
    else:
        _merge(rows[above], rows[node])
        rows[above].lower.extend(rows[node].lower)


def _merge(into: _Block, other: _Block) -> None:
    into.support = into.support + other.support
    into.slack = into.slack + other.slack
    into.need = np.maximum(into.need, other.need)
    into.n += other.n


def _merged(rows: list[_Block]) -> _Block:
    first = rows[0]
    block = _Block(first.support, first.slack, first.need, first.n)
    for row in rows[1:]:
        _merge(block, row)
    return block


def _is_safe(block: _Block, threshold: int) -> bool:
    if ((block.support > 0) & (block.support < threshold)).any():
        return False
    return bool((block.need <= block.slack + _TOLERANCE * (1.0 + block.slack)).all())


def _rows(cells: Cells) -> list[_Block]:
    """One block per node, of its own row."""
    groups = cells.answered.shape[1]
    sets = _subsets(groups)
    inside = np.einsum("sg,pgm->psm", sets, cells.answered)
    support = np.minimum(inside, cells.answered.sum(axis=1, keepdims=True) - inside)
    slack, need = _interval(cells.indices, sets, support.shape)
    n = cells.answered.sum(axis=1).max(axis=1, initial=0)
    return [_Block(support[i], slack[i], need[i], int(size)) for i, size in enumerate(n)]


def _subsets(groups: int) -> Ints:
    """All sets of groups except none and all, as rows of 0 and 1."""
    codes = np.arange(1, max(1, 2**groups - 1))
    return ((codes[:, np.newaxis] >> np.arange(groups)) & 1).astype(np.int64)


def _interval(
    indices: CellIndices | None, sets: Ints, shape: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Slack and need of every row, for both ends of the scale."""
    if indices is None:
        zero = np.zeros((shape[0], 0))
        return zero, zero
    low = _one_end(indices.weighted_sum, indices, sets)
    high = _one_end(100.0 * indices.weight - indices.weighted_sum, indices, sets)
    return np.concatenate([low[0], high[0]], axis=1), np.concatenate([low[1], high[1]], axis=1)


def _one_end(x: Floats, indices: CellIndices, sets: Ints) -> tuple[Floats, Floats]:
    inside = np.einsum("sg,pgm->psm", sets, x)
    row = x.sum(axis=1, keepdims=True)
    capacity = 100.0 * np.einsum("sg,pgm->psm", sets, indices.weight)
    slack = np.minimum(row - inside, capacity - inside)
    heaviest = np.where(sets[np.newaxis] > 0, indices.largest_weight[:, np.newaxis, :], 0.0)
    taken = 100.0 * heaviest.max(axis=2, initial=0.0)[:, :, np.newaxis]
    need = np.minimum(row, capacity) - np.minimum(row, capacity - taken)
    return slack, need
