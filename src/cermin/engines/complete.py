"""Item products of complete respondents by group, through exact float32 matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cermin.core.moments import Ints
from cermin.engines.kernel import States

# One product of rows of ``width`` columns stays below width^2 x rows = 2**18, so that OpenBLAS has
# no reason to wake threads of its own beside ours; 31 levels squared x 4096 rows is far below
# 2**24, up to which float32 counts exactly.
PRODUCT = 1 << 18
CHUNK = 1 << 13  # rows converted at a time, which stay in the processor's cache


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
    items, rows = states.shape
    width = -(-(items + 1) // 8) * 8
    piece = max(PRODUCT // width**2 - 1, 1)
    order, first_piece, groups = _pieces_by_group(states, starts, run_group, piece)
    people = np.zeros((rows + 1, width), dtype=np.uint8)  # the last row fills up the pieces
    people[:rows, :items] = states.T
    people[:rows, items] = 1
    products = np.empty((len(order), width, width), dtype=np.float32)
    step = max(CHUNK // piece, 1)
    buffer = np.empty((step, piece, width), dtype=np.float32)
    for begin in range(0, len(order), step):
        chunk = order[begin : begin + step]
        x = buffer[: len(chunk)]
        x[:] = people.take(chunk, axis=0)
        np.matmul(x.transpose(0, 2, 1), x, out=products[begin : begin + step])
    square = slice(items + 1)
    matrix = [
        products[first:last, square, square].sum(axis=0, dtype=np.int64)
        for first, last in pairwise(first_piece.tolist())
    ]
    return CompleteSums(groups, np.array(matrix).reshape(-1, items + 1, items + 1))


def _pieces_by_group(
    states: States, starts: Ints, run_group: Ints, piece: int
) -> tuple[Ints, Ints, Ints]:
    """Return complete rows in pieces of one group, the first piece of each group, the groups.

    A piece that the group does not fill is filled up with the row after the last.
    """
    rows = states.shape[1]
    groups, run_number = np.unique(run_group, return_inverse=True)
    lengths = np.diff(np.r_[starts, rows])
    number = np.repeat(run_number.astype(np.min_scalar_type(groups.size)), lengths)
    complete = np.flatnonzero(states.min(axis=0))
    number = number[complete]
    size = np.bincount(number, minlength=groups.size)
    first_piece = np.r_[0, np.cumsum(-(-size // piece))]
    order = np.full(int(first_piece[-1]) * piece, rows)
    # rows of a group move on by what fills up the pieces of the groups before
    shift = first_piece[:-1] * piece - (np.cumsum(size) - size)
    order[np.arange(complete.size) + np.repeat(shift, size)] = complete[
        np.argsort(number, kind="stable")
    ]
    return order.reshape(-1, piece), first_piece, groups
