"""Rules for the figures of one group, at their boundaries."""

import numpy as np
import pytest

from cermin.core.exposure import (
    COMMENT_THRESHOLD,
    DRIVER_THRESHOLD,
    THRESHOLD,
    Coding,
    behaviours_publishable,
    code_extremes,
    code_mean_of,
    is_extreme,
    own_sd_publishable,
    shown_count,
)


def test_thresholds_are_those_told_to_respondents() -> None:
    assert (THRESHOLD, COMMENT_THRESHOLD, DRIVER_THRESHOLD) == (10, 10, 25)


@pytest.mark.parametrize(
    ("mean", "extreme"), [(90.0, False), (90.1, True), (10.0, False), (9.9, True), (50.0, False)]
)
def test_ten_equal_weights_stay_a_tenth_of_the_scale_from_its_ends(
    mean: float, extreme: bool
) -> None:
    assert is_extreme(np.array([mean * 10]), np.array([10.0]), np.array(1.0))[0] == extreme


def test_a_heavy_respondent_needs_more_room() -> None:
    # Weights 4, 1, 1, 1, 1: at mean 60 the heavy answer is at least (60 * 8 - 400) / 4 = 20.
    assert is_extreme(np.array([60.0 * 8]), np.array([8.0]), np.array(4.0))[0]
    assert not is_extreme(np.array([50.0 * 8]), np.array([8.0]), np.array(4.0))[0]


def test_a_figure_of_nobody_bounds_nobody() -> None:
    assert not is_extreme(np.array([0.0]), np.array([0.0]), np.array(1.0))[0]


def test_codes_give_the_most_extreme_mean_that_leaves_answers_open() -> None:
    codings = code_extremes(np.array([990.0, 500.0, 20.0]), np.full(3, 10.0), 1.0)
    assert codings == (Coding(0, "at_least", 90.0), Coding(2, "at_most", 10.0))
    for coding in codings:
        again = is_extreme(np.array([coding.bound * 10]), np.array([10.0]), np.array(1.0))
        assert not again[0]


def test_a_respondent_with_more_than_half_of_the_weight_bounds_at_the_middle() -> None:
    assert code_extremes(np.array([60.0 * 4]), np.array([4.0]), 3.0)[0].bound == 50.0


def test_the_mean_of_values_is_coded_with_them() -> None:
    indices = np.array([99.0, 60.0, 70.0])
    assert code_mean_of(indices, (Coding(0, "at_least", 90.0),)) == ("at_least", 220.0 / 3)


def test_the_mean_of_values_coded_at_both_ends_is_withheld() -> None:
    codings = (Coding(0, "at_least", 90.0), Coding(1, "at_most", 10.0))
    assert code_mean_of(np.array([99.0, 1.0]), codings) is None


def test_the_mean_of_uncoded_values_needs_no_bound() -> None:
    with pytest.raises(ValueError, match="no index is coded"):
        code_mean_of(np.array([50.0]), ())


def test_own_sd_needs_thirty_people_and_room_for_both_ends() -> None:
    n = np.array([29, 30, 30, 100])
    mean = np.array([60.0, 60.0, 60.0, 60.0])
    sd = np.array([20.0, 20.0, 10.0, 6.0])
    # reach of n = 30: 5.295 SD; of n = 100: 9.9 SD; an end lies 60 points away
    assert own_sd_publishable(n, mean, sd).tolist() == [False, True, False, False]


def test_own_sd_of_nobody_is_not_published() -> None:
    assert not own_sd_publishable(np.array([0]), np.array([50.0]), np.array([20.0]))[0]


def test_samuelson_excludes_exactly_the_answers_that_no_data_set_can_have() -> None:
    # 30 people, mean 60: the SD is smallest, with one answer of 0, when all others are equal.
    answers = np.r_[0.0, np.full(29, 60 * 30 / 29)]
    n, mean, sd = np.array([30]), np.array([answers.mean()]), np.array([answers.std(ddof=1)])
    assert own_sd_publishable(n, mean, sd * (1 + 1e-12))[0]
    assert not own_sd_publishable(n, mean, sd * (1 - 1e-6))[0]


@pytest.mark.parametrize(("partial", "shown"), [(0, True), (1, False), (9, False), (10, True)])
def test_items_stand_beside_values_when_the_difference_is_nobody_or_many(
    partial: int, shown: bool
) -> None:
    assert behaviours_publishable(np.array([partial]))[0] == shown


def test_small_counts_are_not_shown() -> None:
    assert [shown_count(n) for n in (0, 9, 10, 11)] == [None, None, 10, 11]
