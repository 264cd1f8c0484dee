"""Breakdowns by group: which published nodes may have one."""

import numpy as np
import pytest

from cermin.core.crossing import CellIndices, Cells, block_is_safe, plan_crossing


def _broken(parent: list[int], cells: list[list[int]]) -> list[bool]:
    answered = np.array(cells)[:, :, np.newaxis]
    return plan_crossing(np.array(parent), Cells(answered)).tolist()


def _safe(rows: list[list[int]]) -> bool:
    return block_is_safe(Cells(np.array(rows)[:, :, np.newaxis]))


@pytest.mark.parametrize(("men", "safe"), [(9, False), (10, True), (11, True), (0, True)])
def test_one_row_needs_ten_of_each_group_or_none(men: int, safe: bool) -> None:
    assert _safe([[20, men]]) == safe


def test_rows_of_one_group_do_not_help_the_few_others() -> None:
    assert not _safe([[20, 3], [0, 30]])  # the column minus the pure row is three people


def test_mixed_rows_share_the_burden() -> None:
    assert _safe([[20, 3], [30, 7]])


def test_three_groups_are_tested_in_two_classes() -> None:
    assert not _safe([[12, 12, 4]])
    assert _safe([[12, 12, 12]])


def test_every_statistic_must_be_safe() -> None:
    answered = np.array([[[20, 20], [10, 9]]])
    assert not block_is_safe(Cells(answered))


def test_safe_nodes_are_all_broken_down() -> None:
    assert _broken([-1, 0, 0], [[0, 0], [20, 15], [30, 12]]) == [True, True, True]


def test_an_unsafe_row_goes_up_and_opens_the_smallest_block() -> None:
    # The row 20 + 2 goes up; alone it would show its two men, so the block of 27 people joins it.
    cells = [[0, 0], [20, 2], [15, 12], [40, 40]]
    assert _broken([-1, 0, 0, 0], cells) == [True, False, False, True]


def test_blocks_inside_an_opened_block_stay_broken_down() -> None:
    # Node 1 holds its own unsafe row 3 and opened row 4; the agency opens 1's block for row 2.
    cells = [[0, 0], [0, 0], [20, 2], [30, 4], [12, 11], [50, 60]]
    assert _broken([-1, 0, 0, 1, 1, 1], cells) == [True, False, False, False, False, True]


def test_blocks_below_an_opened_one_may_be_opened_too() -> None:
    # Node 1's own block is empty, as both its rows are broken down; only row 4 has men to spare.
    cells = [[0, 0], [0, 0], [20, 2], [0, 30], [15, 15]]
    assert _broken([-1, 0, 0, 1, 1], cells) == [True, False, False, False, False]


def test_where_nothing_helps_nothing_is_broken_down_above() -> None:
    assert _broken([-1, 0, 0], [[0, 0], [20, 2], [30, 3]]) == [False, False, False]


def test_a_failed_attempt_leaves_lower_breakdowns_alone() -> None:
    # One woman among 30 men, and a unit of men only: opening it would not help.
    assert _broken([-1, 0, 0], [[0, 0], [1, 30], [0, 40]]) == [False, False, True]


def test_agencies_are_apart() -> None:
    assert _broken([-1, -1, 0, 1], [[0, 0], [0, 0], [20, 2], [20, 12]]) == [
        False,
        True,
        False,
        True,
    ]


def _cells(n: list[list[int]], mean: list[list[float]]) -> Cells:
    answered = np.array(n)[:, :, np.newaxis]
    weight = answered.astype(float)
    total = weight * np.array(mean)[:, :, np.newaxis]
    return Cells(answered, CellIndices(total, weight, np.minimum(weight[:, :, 0], 1.0)))


def test_an_extreme_group_of_one_row_is_not_shown() -> None:
    assert block_is_safe(_cells([[20, 20]], [[60.0, 95.0]]))
    assert not block_is_safe(_cells([[20, 20]], [[60.0, 95.1]]))


def test_both_ends_of_the_scale_count() -> None:
    assert not block_is_safe(_cells([[20, 20]], [[4.9, 50.0]]))


def test_other_rows_hide_an_extreme_group() -> None:
    # Printed are only row and column sums: 40 women at 77.5, not the 20 at 97.
    assert block_is_safe(_cells([[20, 20], [20, 20]], [[60.0, 97.0], [60.0, 58.0]]))


def test_rows_of_one_group_do_not_hide_an_extreme_group() -> None:
    assert not block_is_safe(_cells([[20, 20], [0, 20]], [[60.0, 99.0], [0.0, 60.0]]))


def test_one_group_is_no_crossing_and_always_safe() -> None:
    assert _broken([-1, 0], [[0], [20]]) == [True, True]


def test_too_many_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 10 groups"):
        plan_crossing(np.array([-1]), Cells(np.zeros((1, 11, 1), dtype=int)))
