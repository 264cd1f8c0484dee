"""Change between years: words, bounds, comparability, sample sizes, categories, decomposition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cermin.core.category import category_probability
from cermin.core.change import (
    MethodIdentity,
    Verdict,
    benjamini_hochberg,
    break_even_sd,
    ceiling_sd,
    change,
    comparable,
    comparable_runs,
    independent_difference,
    respondents_needed,
)
from cermin.core.decomposition import GroupMean, decompose_change
from cermin.core.errors import UserError
from cermin.core.response import response_rate
from cermin.core.result import Estimate
from cermin.core.scheme import Band, Text

NAME = Text(id="-", en="-")
BANDS = (Band("A", NAME, 75), Band("B", NAME, 50), Band("C", NAME, 25))


def estimate(index: float, se: float, bound: float | None = None) -> Estimate:
    return Estimate(
        index=index, n=401, df=400, se_change=se, se_bound=se if bound is None else bound
    )


@pytest.mark.parametrize(
    ("later", "se", "word"),
    [
        (62.0, 0.1, Verdict.UP),
        (58.0, 0.1, Verdict.DOWN),
        (60.0, 0.2, Verdict.NO_MATERIAL_CHANGE),
        (60.5, 0.1, Verdict.NO_MATERIAL_CHANGE),  # excludes 0, yet too small to matter
        (61.0, 0.1, Verdict.UP),
        (62.0, 3.0, Verdict.CANNOT_TELL),
        (60.0, 2.0, Verdict.CANNOT_TELL),
    ],
)
def test_four_words(later, se, word):
    assert change(estimate(60.0, se), estimate(later, se)).verdict is word


def test_the_bound_may_say_less_than_the_default():
    found = change(estimate(60.0, 0.3, 1.0), estimate(62.0, 0.3, 1.0))
    assert found.verdict is Verdict.UP
    assert found.guaranteed is Verdict.CANNOT_TELL
    assert found.bound.se == pytest.approx(math.sqrt(2))


def test_change_needs_the_standard_errors_of_change():
    with pytest.raises(ValueError, match="se_change"):
        change(Estimate(index=60.0, n=50, se=1.0, df=49), estimate(61.0, 0.5))


def test_no_variance_and_no_degrees_of_freedom():
    same = independent_difference(
        earlier=60, earlier_se=0, earlier_df=9, later=60, later_se=0, later_df=9
    )
    moved = independent_difference(
        earlier=60, earlier_se=0, earlier_df=9, later=55, later_se=0, later_df=9
    )
    unknown = independent_difference(
        earlier=60, earlier_se=1, earlier_df=0, later=70, later_se=1, later_df=9
    )
    assert (same.t, same.p, same.low, same.high) == (0, 1, 0, 0)
    assert (moved.t, moved.p, moved.high) == (-math.inf, 0, -5)
    assert math.isnan(unknown.p)
    assert math.isnan(unknown.low)


def test_one_census_leaves_the_degrees_of_freedom_of_the_other_year():
    found = independent_difference(
        earlier=60, earlier_se=0, earlier_df=0, later=62, later_se=1, later_df=17
    )
    assert found.df == 17


def identity(method: str, *breaks: str, kind: str = "implementation") -> MethodIdentity:
    return MethodIdentity(kind, method, breaks)


def test_what_may_be_compared():
    assert comparable(identity("2022"), identity("2022"))
    assert comparable(identity("2024"), identity("2025"))
    assert not comparable(identity("2022"), identity("2024", "2022"))
    assert not comparable(identity("2024", "2022"), identity("2022"))
    assert not comparable(identity("2022"), identity("2022", kind="composite"))


def test_a_break_separates_all_years_before_from_all_after():
    years = [identity("2022"), identity("2022"), identity("2024", "2022"), identity("2025")]
    assert comparable_runs(years) == (0, 0, 1, 1)
    assert comparable_runs([*years, identity("2025", kind="composite")]) == (0, 0, 1, 1, 2)
    assert comparable_runs([]) == ()


def test_break_even_allows_for_rounding():
    found = break_even_sd(-1.0, earlier_n=1000, later_n=1000)
    assert found.low == pytest.approx(0.9 * found.sd)
    assert found.high == pytest.approx(1.1 * found.sd)
    assert break_even_sd(0.05, earlier_n=100, later_n=100).low == 0


def test_break_even_of_two_censuses_is_without_limit():
    found = break_even_sd(0.1, earlier_n=50, later_n=60, earlier_population=50, later_population=60)
    assert found.sd == math.inf


@pytest.mark.parametrize(("n", "population"), [(0, None), (11, 10)])
def test_break_even_refuses_impossible_numbers(n, population):
    with pytest.raises(UserError, match="Jumlah responden"):
        break_even_sd(
            1, earlier_n=n, later_n=5, earlier_population=population, later_population=None
        )


@pytest.mark.parametrize("population", [None, 9000])
def test_respondents_needed_turns_the_break_even_round(population):
    n = respondents_needed(1.0, 16.0, population=population)
    enough, less = (
        break_even_sd(
            1.0, earlier_n=k, later_n=k, earlier_population=population, later_population=population
        ).sd
        for k in (n, n - 1)
    )
    assert less < 16.0 <= enough


def test_respondents_needed_at_the_edges():
    assert respondents_needed(1.0, 0.0) == 1
    with pytest.raises(UserError, match="Selisih 0"):
        respondents_needed(0.0, 10.0)


def test_ceiling_is_reached_when_everybody_answers_an_end():
    answers = np.array([0.0] * 30 + [100.0] * 70)
    assert ceiling_sd(70.0) == pytest.approx(answers.std())


def test_benjamini_hochberg_on_the_example_of_its_paper():
    # Benjamini & Hochberg (1995), section 3.2: 15 comparisons, the first four are flagged
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert benjamini_hochberg(p).tolist() == [True] * 4 + [False] * 11
    assert benjamini_hochberg([[0.9, math.nan], [0.0, 0.8]]).tolist() == [
        [False, False],
        [True, False],
    ]
    assert benjamini_hochberg([0.5, 0.9]).tolist() == [False, False]
    assert benjamini_hochberg([]).tolist() == []


def test_category_probabilities_add_up_and_keep_their_order():
    found = category_probability(74.2, 0.8, BANDS)
    assert list(found) == ["A", "B", "C"]
    assert sum(found.values()) == pytest.approx(1)
    assert category_probability(74.2, 0.8, BANDS, df=3)["A"] > found["A"]  # heavier tails


def test_category_without_error_is_certain():
    assert category_probability(75.0, 0.0, BANDS) == {"A": 1.0, "B": 0.0, "C": 0.0}
    assert category_probability(10.0, 0.0, BANDS)["C"] == 1.0


def test_change_without_change_inside_groups_is_composition():
    found = decompose_change(
        {"a": GroupMean(50, 60), "b": GroupMean(50, 80)},
        {"a": GroupMean(20, 60), "b": GroupMean(80, 80)},
    )
    assert found.difference == pytest.approx(6)
    assert found.composition == pytest.approx(6)
    assert found.within == 0
    assert found.groups["a"].composition == pytest.approx(0.3 * 13)  # fewer below the mean: up
    assert found.groups["b"].composition == pytest.approx(0.3 * 7)


def test_groups_of_one_year_are_told_apart():
    found = decompose_change(
        {"a": GroupMean(10, 60), "gone": GroupMean(10, 40), "empty": GroupMean(0, math.nan)},
        {"a": GroupMean(10, 63), "empty": GroupMean(5, 63)},
    )
    assert (found.difference, found.composition, found.within) == (3, 0, 3)
    assert found.not_common == pytest.approx(10)  # 50 -> 63 in all
    assert list(found.groups) == ["a"]


def test_no_common_group():
    with pytest.raises(ValueError, match="common"):
        decompose_change({"a": GroupMean(1, 60)}, {"b": GroupMean(1, 60)})


def test_response_rates_add_up_people_and_flag_too_many_answers():
    found = response_rate(
        np.array([5, 5, 9, 3, 8]), np.array([10, 40, 8, 0, 1]), np.array([0, 0, 1, -1, 3]), 4
    )
    assert found.n.tolist() == [10, 9, 0, 8]
    assert found.rate[0] == 0.2  # 10 / 50, not the mean of 50 % and 12.5 %
    assert math.isnan(found.rate[2])
    assert found.over_roster.tolist() == [False, True, False, True]
