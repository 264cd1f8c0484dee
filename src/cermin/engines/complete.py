"""Item products of complete respondents by group, through exact float32 matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cermin.core.moments import Ints
from cermin.engines.kernel import States

# Rows of one product: small, so that OpenBLAS has no reason to wake threads of its own beside ours.
# 31 levels squared x 512 is far below 2**24, up to which float32 counts exactly.
PIECE = 512


@dataclass(frozen=True)
class CompleteSums:
    """Sums over complete respondents, per group (agency x stratum) met.

    ``matrix`` is X'X of the states with a row of ones added, so it holds n and the sums too.
    """

    group: Ints
    matrix: Ints  # (groups, I + 1, I + 1)

    def add(self, other: CompleteSums) -> None:
        """Add ``other``, whose groups are row numbers of this one."""
        self.matrix[other.group] += other.matrix

    def groups_n(self) -> Ints:
        """Return the groups with respondents."""
        return np.flatnonzero(self.matrix[:, -1, -1])

    def moments(self, groups: Ints, offset: int) -> dict[str, Ints]:
        """Return n, sum and product of answers = states + ``offset``."""
        matrix = self.matrix[groups]
        n, state = matrix[:, -1, -1], matrix[:, -1, :-1]
        cross = state[:, :, None] + state[:, None, :]
        return {
            "n": n,
            "sum": state + offset * n[:, None],
            "product": matrix[:, :-1, :-1] + offset * cross + offset**2 * n[:, None, None],
        }


def empty_sums(agencies: int, strata: int, items: int) -> CompleteSums:
    """Return zeros for every agency x stratum."""
    groups = agencies * strata
    matrix = np.zeros((groups, items + 1, items + 1), dtype=np.int64)
    return CompleteSums(np.arange(groups), matrix)


def complete_sums(states: States, starts: Ints, run_group: Ints) -> CompleteSums:
    """Return the sums of the complete rows; ``run_group``: group of each run of rows."""
    order, edges, groups = _rows_by_group(states, starts, run_group)
    items = len(states)
    matrix = np.zeros((groups.size, items + 1, items + 1), dtype=np.int64)
    for g in range(groups.size):
        rows = order[edges[g] : edges[g + 1]]
        x = np.ones((items + 1, rows.size), dtype=np.float32)
        x[:-1] = states.take(rows, axis=1)
        for begin in range(0, rows.size, PIECE):
            piece = x[:, begin : begin + PIECE]
            matrix[g] += (piece @ piece.T).astype(np.int64)
    return CompleteSums(groups, matrix)


def _rows_by_group(
    states: States, starts: Ints, run_group: Ints
) -> tuple[npt.NDArray[np.intp], Ints, Ints]:
    """Return complete rows ordered by group, the edges of the groups, and the groups."""
    groups, run_number = np.unique(run_group, return_inverse=True)
    lengths = np.diff(np.r_[starts, states.shape[1]])
    number = np.repeat(run_number.astype(np.min_scalar_type(groups.size)), lengths)
    complete = np.flatnonzero(states.min(axis=0))
    number = number[complete]
    order = complete[np.argsort(number, kind="stable")]
    edges = np.r_[0, np.cumsum(np.bincount(number, minlength=groups.size))]
    return order, edges, groups
