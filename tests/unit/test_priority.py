from __future__ import annotations

import math

import pytest

from cermin.core.priority import priority_matrix


def test_four_quadrants() -> None:
    assert priority_matrix([80, 40, 45, 75], [0.7, 0.6, 0.2, 0.1]) == (
        "keep",
        "improve_first",
        "improve",
        "watch",
    )


def test_score_is_cut_at_the_mean_and_association_at_the_median() -> None:
    # mean 50, median score 40; median association 0.3, mean 0.42
    assert priority_matrix([45, 40, 65], [0.3, 0.1, 0.86]) == ("improve_first", "improve", "keep")


def test_exactly_on_a_cut_is_high() -> None:
    assert priority_matrix([60, 60], [0.5, 0.5]) == ("keep", "keep")
    assert priority_matrix([75.0], [0.3], score_cut=75.0, association_cut=0.3) == ("keep",)


def test_equal_scores_all_reach_their_mean() -> None:
    # added up in floats the mean of these three lies above each of them
    assert priority_matrix([43.03083512377664] * 3, [0.0] * 3) == ("keep",) * 3


def test_cuts_can_be_set() -> None:
    scores, associations = [80, 40], [0.7, 0.6]
    assert priority_matrix(scores, associations, score_cut=90) == ("improve_first", "improve")
    assert priority_matrix(scores, associations, association_cut=0.5) == ("keep", "improve_first")


@pytest.mark.parametrize("gap", [None, math.nan])
def test_unknown_is_not_placed_and_does_not_move_the_cuts(gap: float | None) -> None:
    placed = priority_matrix([80, 40], [0.7, 0.6])
    assert priority_matrix([80, 40, gap, 0], [0.7, 0.6, 0.9, gap]) == (*placed, "", "")


def test_nothing_known() -> None:
    assert priority_matrix([None, 3.0], [0.1, None]) == ("", "")
    assert priority_matrix([], []) == ()


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        priority_matrix([1.0], [])
