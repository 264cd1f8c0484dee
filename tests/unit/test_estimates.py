"""Indices of domains: scales, weights, missing values, standard errors."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cermin.core.domain_sums import Design, domain_parts, value_sums
from cermin.core.estimates import (
    Weighting,
    estimate_domains,
    estimate_nested,
    index_scale,
    mean_over_agencies,
)
from cermin.core.moments import CellMoments, TabulationSpec
from cermin.core.scheme import Scoring

SPEC = TabulationSpec(
    items=("a1", "a2", "a3", "b1", "b2", "b3"),
    values=((0, 1, 2), (3, 4, 5)),
    low=1,
    high=5,
    min_answered=2,
    strata=(),
)
NONE = 0  # a missing answer


def count(answers: list[list[int]], cell: list[int], cells: int) -> CellMoments:
    """Count answers (people x items) into cells, person by person."""
    histogram = np.zeros((cells, 6, 5), dtype=np.int64)
    n, partial = np.zeros(cells, dtype=np.int64), np.zeros((cells, 2), dtype=np.int64)
    pairs = [np.zeros((cells, 2, 2), dtype=np.int64) for _ in range(3)]
    for person, c in zip(answers, cell, strict=True):
        n[c] += 1
        for item, level in enumerate(person):
            if level != NONE:
                histogram[c, item, level - 1] += 1
        score: dict[int, int] = {}
        for v in range(2):
            given = [level for level in person[3 * v : 3 * v + 3] if level != NONE]
            partial[c, v] += 0 < len(given) < 3
            if len(given) >= 2:
                score[v] = sum(given) * 6 // len(given)
        for v, first in score.items():
            for w, second in score.items():
                pairs[0][c, v, w] += 1
                pairs[1][c, v, w] += first
                pairs[2][c, v, w] += first * second
    return CellMoments(n, histogram, *pairs, partial)


ANSWERS = [
    [5, 4, 3, 2, 2, 2],
    [4, 4, 4, 3, 3, 3],
    [3, 3, 0, 5, 5, 5],
    [1, 2, 3, 0, 0, 4],
    [2, 2, 2, 4, 4, 4],
    [5, 5, 5, 1, 3, 5],
]
CELL = [0, 0, 0, 1, 1, 1]
MOMENTS = count(ANSWERS, CELL, 2)
DESIGN = Design(np.array([0, 1]), np.array([6, 12]), np.array([3, 3]))


def estimate(**changes: object):
    settings = {"spec": SPEC, "scoring": Scoring.PERCENT_OF_RANGE, **changes}
    return estimate_domains(MOMENTS, DESIGN, np.array([0, 0]), 1, **settings)


@pytest.mark.parametrize(
    ("scoring", "low", "high", "answer", "index"),
    [
        (Scoring.PERCENT_OF_RANGE, 1, 5, 3.0, 50.0),
        (Scoring.PERCENT_OF_RANGE, 1, 4, 1.0, 0.0),
        (Scoring.PERCENT_OF_MAXIMUM, 1, 4, 3.0, 75.0),
        (Scoring.SHARE_OF_VOTES, 0, 1, 0.389, 38.9),
    ],
)
def test_scales(scoring, low, high, answer, index):
    spec = dataclasses.replace(SPEC, low=low, high=high)
    intercept, slope = index_scale(spec, scoring)
    assert intercept + slope * answer == pytest.approx(index)


def test_means_by_hand():
    found = estimate(scoring=Scoring.PERCENT_OF_MAXIMUM)
    first = (2 * (4 + 4 + 3) + 4 * (2 + 2 + 5)) / 18  # weights 2 and 4
    second = (2 * (2 + 3 + 5) + 4 * (4 + 3)) / 14  # one person answered one item of three
    assert found.value_index[0] == pytest.approx([20 * first, 20 * second])
    assert found.total_index[0] == pytest.approx(10 * (first + second))
    assert found.n.tolist() == [6]
    assert found.represented.tolist() == [18.0]
    assert found.value_n.tolist() == [[6, 5]]
    assert found.value_represented.tolist() == [[18.0, 14.0]]
    assert found.item_n.tolist() == [[6, 6, 5, 5, 5, 6]]
    third = (2 * (3 + 4) + 4 * (3 + 2 + 5)) / 16
    assert found.item_index[0, 2] == pytest.approx(20 * third)
    assert found.level_shares[0, 2] == pytest.approx([0, 4 / 16, 6 / 16, 2 / 16, 4 / 16])


def test_the_gap_between_a_value_and_its_items():
    found = estimate()
    gap = found.value_index[0] - [found.item_index[0, :3].mean(), found.item_index[0, 3:].mean()]
    assert found.proration_gap[0] == pytest.approx(np.abs(gap))
    assert found.proration_gap[0, 0] > 0.1  # so that the guard has something to see


def test_standard_errors_grow_from_corrected_to_wobbling_to_bound():
    corrected = estimate()
    wobbling = estimate(reliability=[0.8, 0.5], reliability_total=0.9)
    still = estimate(reliability=0.0, reliability_total=0.0)
    assert (corrected.value_se < wobbling.value_se_change).all()
    assert (wobbling.value_se_change < wobbling.value_se_bound).all()
    assert corrected.value_se_change == pytest.approx(corrected.value_se)
    assert still.value_se_change == pytest.approx(still.value_se_bound)
    assert still.total_se_change == pytest.approx(still.total_se_bound)
    expected = np.array([0.8, 0.5]) * corrected.value_se**2
    expected = expected + np.array([0.2, 0.5]) * corrected.value_se_bound**2
    assert wobbling.value_se_change**2 == pytest.approx(expected)


def test_one_stratum_wobbles_by_one_minus_f_r():
    design = Design(np.array([0, 0]), np.array([10]), np.array([6]))
    found = estimate_domains(
        MOMENTS, design, np.array([0, 0]), 1,
        spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE, reliability=0.8, reliability_total=0.8,
    )  # fmt: skip
    scores = np.array([4, 4, 3, 2, 2, 5]) * 25.0
    s2 = scores.var(ddof=1)
    assert found.value_se[0, 0] == pytest.approx(math.sqrt(s2 / 6 * (1 - 0.6)))
    assert found.value_se_change[0, 0] == pytest.approx(math.sqrt(s2 / 6 * (1 - 0.6 * 0.8)))
    assert found.value_se_bound[0, 0] == pytest.approx(math.sqrt(s2 / 6))


def test_a_census_has_no_sampling_error_but_wobbles():
    design = Design(np.array([0, 1]), np.array([3, 3]), np.array([3, 3]))
    found = estimate_domains(
        MOMENTS, design, np.array([0, 0]), 1,
        spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE, reliability=0.9, reliability_total=0.9,
    )  # fmt: skip
    assert found.value_se.tolist() == [[0.0, 0.0]]
    assert found.total_se.tolist() == [0.0]
    assert (found.value_se_change > 0).all()


def test_domains_without_cells_say_nothing():
    found = estimate_domains(
        MOMENTS, DESIGN, np.array([2, -1]), 4, spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE
    )
    assert found.n.tolist() == [0, 0, 3, 0]
    assert np.isnan(found.total_index).tolist() == [True, True, False, True]
    assert np.isnan(found.value_se[[0, 1, 3]]).all()
    assert np.isnan(found.level_shares[0]).all()


def test_nobody_inside_any_domain():
    found = estimate_domains(
        MOMENTS, DESIGN, np.array([-1, -1]), 2, spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE
    )
    assert found.n.tolist() == [0, 0]
    assert np.isnan(found.total_index).all()


def test_a_stratum_of_one_respondent_has_no_standard_error():
    moments = count(ANSWERS[:1], [0], 1)
    design = Design(np.array([0]), np.array([4]), np.array([1]))
    found = estimate_domains(
        moments, design, np.array([0]), 1, spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE
    )
    assert np.isnan(found.total_se).all()
    assert np.isnan(found.value_se_bound).all()
    assert found.total_df.tolist() == [0]


def test_parts_do_not_change_the_sums():
    rng = np.random.default_rng(8)
    people = rng.integers(1, 6, (400, 6)).tolist()
    cell = np.sort(rng.integers(0, 40, 400))
    moments = count(people, cell.tolist(), 40)
    stratum = np.arange(40) // 3
    n = np.bincount(stratum, weights=moments.n).astype(int)
    design = Design(stratum, 2 * n, n)
    domain = np.where(rng.random(40) < 0.2, -1, rng.integers(0, 9, 40))
    whole = [value_sums(part, moments) for part in domain_parts(design, domain, 9)]
    small = [value_sums(part, moments) for part in domain_parts(design, domain, 9, cells=5)]
    assert len(whole) == 1
    assert len(small) > 3
    for field in dataclasses.fields(whole[0]):
        joined = np.concatenate([getattr(part, field.name) for part in small])
        assert joined == pytest.approx(getattr(whole[0], field.name), rel=1e-12)


def test_nested_domains_are_the_same_as_each_level_alone():
    rng = np.random.default_rng(10)
    cell = np.sort(rng.integers(0, 40, 400))
    moments = count(rng.integers(0, 6, (400, 6)).tolist(), cell.tolist(), 40)
    stratum = np.arange(40) // 3  # strata of several cells, across the borders of domains
    n = np.bincount(stratum, weights=moments.n).astype(int)
    design = Design(stratum, 2 * n, n)
    domain = np.where(rng.random(40) < 0.2, -1, rng.integers(0, 9, 40))
    parent = np.array([0, 0, 0, 2, 2, 2, 3, 3, 3])
    settings = {"spec": SPEC, "scoring": Scoring.PERCENT_OF_RANGE}
    found = estimate_nested(moments, design, domain, parent, 5, **settings)
    above = np.where(domain < 0, -1, parent[domain])
    alone = [
        estimate_domains(moments, design, domain, 9, **settings),
        estimate_domains(moments, design, above, 5, **settings),
    ]
    for nested, expected in zip(found, alone, strict=True):
        for field in dataclasses.fields(expected):
            assert getattr(nested, field.name) == pytest.approx(
                getattr(expected, field.name), rel=1e-12, nan_ok=True
            )


def test_domains_of_a_parent_must_stand_together():
    with pytest.raises(ValueError, match="order of their parents"):
        estimate_nested(
            MOMENTS, DESIGN, np.array([0, 1]), np.array([1, 0]), 2,
            spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE,
        )  # fmt: skip


def test_a_domain_of_many_cells_equals_its_one_merged_cell():
    rng = np.random.default_rng(9)
    people = rng.integers(1, 6, (300, 6)).tolist()
    cell = np.sort(rng.integers(0, 50, 300))
    design = Design(np.zeros(50, dtype=int), np.array([900]), np.array([300]))
    many, one = (
        estimate_domains(
            count(people, where, cells), design, np.zeros(cells, dtype=int), 1,
            spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE,
        )
        for where, cells in ((cell.tolist(), 50), ([0] * 300, 50))
    )  # fmt: skip
    assert many.n.tolist() == [300]
    assert many.value_index == pytest.approx(one.value_index, rel=1e-12)
    assert many.value_se == pytest.approx(one.value_se, rel=1e-9)
    assert many.item_se == pytest.approx(one.item_se, rel=1e-9)


def test_the_nation_as_a_mean_of_persons_or_of_agencies():
    index, se = np.array([60.0, 70.0]), np.array([1.0, 2.0])
    people = np.array([300, 100])
    assert mean_over_agencies(index, se, people, Weighting.PERSONS) == (
        pytest.approx(62.5),
        pytest.approx(math.hypot(0.75, 0.5)),
    )
    assert mean_over_agencies(index, se, people, Weighting.AGENCIES) == (
        pytest.approx(65.0),
        pytest.approx(math.hypot(0.5, 1.0)),
    )
