"""An agency's year from rows to result, recomputed by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from cermin.core.alignment import align
from cermin.core.errors import UserError
from cermin.core.evaluation import evaluate
from cermin.core.result import IndexResult
from cermin.core.scheme import IndexType, Item, ItemKind, MinimumRule, Text
from cermin.core.tabulation import tabulation_spec
from cermin.instruments.load import vote_options
from cermin.reports.result_file import decode_result, encode_result
from evaluation_factory import (
    AGENCY,
    BEHAVIOURS,
    METHOD,
    METHOD_OF_VOTES,
    VALUES,
    VOTES,
    Person,
    asked,
    count,
    crowd,
    frame_of,
    simple_method,
    some_answers,
    units_of,
    value_scores,
)

THREE = units_of("a", "b", "c")
SIZES = {("a", "L"): 40, ("a", "P"): 20, ("b", "L"): 15, ("b", "P"): 15, ("c", "L"): 12}


def twice(unit: str, stratum: str, n: int) -> int:
    """A roster of twice the respondents, but thrice for the women of a."""
    return n * (3 if (unit, stratum) == ("a", "P") else 2)


def doubled(_unit: str, _stratum: str, n: int) -> int:
    return 2 * n


def fourfold(_unit: str, _stratum: str, n: int) -> int:
    return 4 * n


def two_fewer_in_c(unit: str, _stratum: str, n: int) -> int:
    return n - 2 if unit == "c" and n else n


def fivefold_in_b(unit: str, _stratum: str, n: int) -> int:
    return n * (5 if unit == "b" else 1)


def thrice_in_b(unit: str, _stratum: str, n: int) -> int:
    return n * (3 if unit == "b" else 1)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return crowd(SIZES, missing=0.04)


@pytest.fixture(scope="module")
def result(people: list[Person]) -> IndexResult:
    frame = frame_of(people, THREE, headcount=twice)
    evidence = {"a": 80.0, "b": 70.0}
    return evaluate(asked(people, frame, evidence=evidence, crossing="jk"))


def weights_of(people: list[Person]) -> np.ndarray:
    return np.array([3.0 if (p.unit, p.stratum) == ("a", ("P",)) else 2.0 for p in people])


def weighted_means(people: list[Person], chosen: list[bool]) -> np.ndarray:
    scores, weight = value_scores(people), weights_of(people) * np.array(chosen)
    there = ~np.isnan(scores)
    return (np.nan_to_num(scores) * weight[:, None]).sum(0) / (there * weight[:, None]).sum(0)


def test_indices_are_the_weighted_means_of_the_rows(
    people: list[Person], result: IndexResult
) -> None:
    expected = weighted_means(people, [True] * len(people))
    assert [v.estimate.index for v in result.values] == pytest.approx(list(expected), abs=1e-9)
    assert result.total.index == pytest.approx(expected.sum() / 7, abs=1e-9)
    for unit in result.units:
        own = weighted_means(people, [p.unit == unit.id for p in people])
        got = [unit.values[v.value].index for v in result.values]
        assert got == pytest.approx(list(own), abs=1e-9)


def test_a_reader_recomputes_the_agency_from_its_atoms(result: IndexResult) -> None:
    atoms = [unit for unit in result.units if unit.atom]
    for value in result.values:
        share = [unit.value_represented[value.value] for unit in atoms]
        index = [unit.values[value.value].index for unit in atoms]
        assert np.average(index, weights=share) == pytest.approx(value.estimate.index, abs=1e-9)
    assert sum(unit.represented for unit in atoms) == pytest.approx(result.population)
    assert sum(unit.n for unit in atoms) == result.n == 102


def test_composite_is_four_fifths_survey_and_a_fifth_evidence(result: IndexResult) -> None:
    assert result.index_type == IndexType.COMPOSITE
    assert result.evidence == 75.0
    assert result.headline.index == pytest.approx(0.8 * result.total.index + 15.0, abs=1e-12)
    assert result.headline.se == pytest.approx(0.8 * result.total.se, abs=1e-12)
    assert result.headline.low == pytest.approx(0.8 * result.total.low + 15.0, abs=1e-12)
    unit = next(u for u in result.units if u.id == "a")
    assert unit.composite.index == pytest.approx(0.8 * unit.total.index + 16.0, abs=1e-12)
    assert next(u for u in result.units if u.id == "c").composite is None
    assert result.quality.units_without_evidence == ("Dinas C",)


def test_without_evidence_the_number_is_an_implementation_index(people: list[Person]) -> None:
    result = evaluate(asked(people, frame_of(people, THREE, headcount=twice)))
    assert result.index_type == IndexType.IMPLEMENTATION
    assert result.headline == result.total
    assert result.evidence is None
    assert result.quality.units_without_evidence == ()


def test_a_method_without_evidence_ignores_worksheets(people: list[Person]) -> None:
    method = simple_method(
        survey_weight=1.0, evidence_weight=0.0, index_type=IndexType.IMPLEMENTATION
    )
    frame = frame_of(people, THREE, headcount=twice)
    result = evaluate(asked(people, frame, method=method, evidence={"a": 10.0}))
    assert result.headline == result.total
    assert result.evidence is None
    assert result.units[0].evidence is None
    assert result.units[0].composite is None
    assert (result.minimum, result.minimum_met) == (None, None)
    assert result.headline_category is not None


def test_one_stratum_gives_the_textbook_standard_error() -> None:
    people = crowd({("a", "L"): 80})
    frame = frame_of(people, units_of("a"), headcount=doubled)
    result = evaluate(asked(people, frame))
    scores = value_scores(people)
    total = scores.mean(axis=1)
    se = np.sqrt((1 - 0.5) * total.var(ddof=1) / 80)
    assert result.total.se == pytest.approx(se, rel=1e-12)
    assert result.total.df == 79
    bound = total.std(ddof=1) / np.sqrt(80)
    assert bound <= result.total.se_bound <= bound * 1.1  # rounded up at two digits
    assert result.total.se < result.total.se_change <= result.total.se_bound
    for v, value in enumerate(result.values):
        own = np.sqrt(0.5 * scores[:, v].var(ddof=1) / 80)
        assert value.estimate.se == pytest.approx(own, rel=1e-12)


def test_strata_give_the_textbook_standard_error(people: list[Person], result: IndexResult) -> None:
    scores, weight = value_scores(people), weights_of(people)
    there = ~np.isnan(scores[:, 0])
    wide = weight * there
    influence = wide / wide.sum() * (np.nan_to_num(scores[:, 0]) - result.values[0].estimate.index)
    variance = 0.0
    for unit, stratum in SIZES:
        inside = [p.unit == unit and p.stratum == (stratum,) for p in people]
        x = influence[inside]
        variance += (1 - 1 / weight[inside][0]) * x.size * x.var(ddof=1)
    assert result.values[0].estimate.se == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_small_units_take_the_spread_inside_atoms_of_the_agency() -> None:
    people = crowd({("a", "L"): 60, ("b", "L"): 12})
    frame = frame_of(people, units_of("a", "b"), headcount=fourfold)
    result = evaluate(asked(people, frame))
    small = next(u for u in result.units if u.id == "b")
    total = value_scores(people).mean(axis=1)
    within = np.ceil(np.sqrt((59 * total[:60].var(ddof=1) + 11 * total[60:].var(ddof=1)) / 70))
    assert small.total.pooled_sd
    assert small.total.df == 70
    assert small.total.se == pytest.approx(within * np.sqrt(0.75 / 12), rel=1e-12)
    assert small.total.se_change is None


def test_a_sum_of_squares_is_never_left_over_for_a_small_sibling() -> None:
    people = crowd({("a", "L"): 60, ("b", "L"): 12})
    frame = frame_of(people, units_of("a", "b"), headcount=fourfold)
    large = next(u for u in evaluate(asked(people, frame)).units if u.id == "a")
    assert large.total.pooled_sd  # its own SD beside the agency's would give that of b
    people = crowd({("a", "L"): 60, ("b", "L"): 40})
    frame = frame_of(people, units_of("a", "b"), headcount=fourfold)
    assert not any(u.total.pooled_sd for u in evaluate(asked(people, frame)).units)


def test_unanimity_shows_no_spread_anywhere() -> None:
    people = [Person(u, [4] * 21) for u in "ab" for _ in range(40)]
    result = evaluate(asked(people, frame_of(people, THREE[:2], headcount=twice)))
    assert result.total.index == 75.0
    shown = [result.total, *(v.estimate for v in result.values), *(u.total for u in result.units)]
    assert {one.se for one in shown} == {None}
    assert all(v.behaviours == () and v.behaviours_hidden for v in result.values)
    assert {v.reliability.alpha for v in result.values} == {None}
    assert result.quality.straight_lined is None  # 80 of 80 would tell all answers
    assert {v.priority for v in result.values} == {""}
    assert result.total_category.probability == {}
    assert [(u.rank_low, u.rank_high) for u in result.units] == [(1, 2), (1, 2)]


def test_rounding_comes_before_classifying() -> None:
    people = [Person("a", [4] * 21)] * 19 + [Person("a", [4] * 20 + [3])]
    frame = frame_of(people, units_of("a"))
    result = evaluate(asked(people, frame, method=simple_method(decimals=0)))
    assert 74.5 < result.total.index < 75.0
    assert result.headline_category.band == "A"
    two = evaluate(asked(people, frame, method=simple_method(decimals=2)))
    assert two.headline_category.band == "B"


@pytest.mark.parametrize(("minimum", "met"), [(102, True), (103, False)])
def test_the_category_waits_for_the_minimum(people: list[Person], minimum: int, met: bool) -> None:
    frame = frame_of(people, THREE, headcount=twice)
    result = evaluate(asked(people, frame, minimum=minimum))
    assert (result.minimum, result.minimum_rule, result.minimum_met) == (minimum, "entered", met)
    assert (result.headline_category is not None) is met


def test_slovin_of_the_method_counts_the_roster(result: IndexResult) -> None:
    assert result.population == 224
    assert result.minimum == 144  # 224 / (1 + 224 x 0,0025) = 143,6
    assert result.minimum_rule == "slovin"
    assert result.minimum_met is False


def test_an_entered_minimum_must_be_given(people: list[Person]) -> None:
    method = replace(METHOD, minimum_rule=MinimumRule.ENTERED, minimum_parameter=None)
    with pytest.raises(UserError, match="minimum"):
        evaluate(asked(people, frame_of(people, THREE), method=method))


@pytest.mark.parametrize("size", [0, 9])
def test_below_the_threshold_nothing_is_published(size: int) -> None:
    people = crowd({("a", "L"): size})
    people += [replace(p, agency="kab-lain") for p in crowd({("a", "L"): 30})]
    with pytest.raises(UserError, match="kurang dari 10"):
        evaluate(asked(people, frame_of(people[:size], units_of("a"))))


def extreme(high: set[int], low: set[int]) -> list[Person]:
    rng = random.Random(3)  # noqa: S311 - test answers, not secrets
    rows = []
    for _ in range(40):
        row = some_answers(rng)
        for v in high | low:
            row[3 * v : 3 * v + 3] = [5 if v in high else 1] * 3
        rows.append(Person("a", row))
    rows[0] = replace(rows[0], answers=[4, *rows[0].answers[1:]])
    return rows


def test_an_extreme_value_is_a_bound_and_so_is_the_total() -> None:
    people = extreme({0}, set())
    result = evaluate(
        asked(people, frame_of(people, units_of("a", "b")), evidence={"a": 90.0}, crossing="jk")
    )
    first = result.values[0].estimate
    assert (first.coded, first.index) == ("at_least", 97.5)
    assert first.se is None
    others = [v.estimate.index for v in result.values[1:]]
    assert result.total.coded == "at_least"
    assert result.total.index == pytest.approx((97.5 + sum(others)) / 7)
    assert result.headline.coded == "at_least"
    assert result.headline.low is None
    assert result.units == ()
    assert result.breakdowns[0].groups == ()
    assert result.breakdowns[0].hidden_units == (AGENCY,)
    assert all(v.behaviours == () and v.proration_gap == 0.0 for v in result.values)


def test_extremes_at_both_ends_leave_no_total() -> None:
    people = extreme({0}, {6})
    with pytest.raises(UserError, match="perorangan"):
        evaluate(asked(people, frame_of(people, units_of("a"))))


def test_an_extreme_item_hides_its_siblings() -> None:
    rng = random.Random(5)  # noqa: S311 - test answers, not secrets
    people = [Person("a", [5, *some_answers(rng)[1:]]) for _ in range(60)]
    result = evaluate(asked(people, frame_of(people, units_of("a"))))
    assert result.values[0].behaviours_hidden
    assert result.values[0].behaviours == ()
    assert len(result.values[1].behaviours) == 3


def test_an_item_is_extreme_by_the_heaviest_answer() -> None:
    rng = random.Random(5)  # noqa: S311 - test answers, not secrets
    first = [1] * 4 + [5] * 56
    people = [
        Person("a" if i < 30 else "b", [answer, *some_answers(rng)[1:]])
        for i, answer in enumerate(first)
    ]
    frame = frame_of(people, THREE[:2], headcount=fivefold_in_b)
    result = evaluate(asked(people, frame))
    # 4 x 100 points of distance are less than the 5 x 100 that one answer of b could take away
    assert result.values[0].estimate.coded == ""
    assert result.values[0].behaviours_hidden
    assert not result.values[1].behaviours_hidden


def test_a_unanimous_item_hides_its_distribution() -> None:
    rng = random.Random(5)  # noqa: S311 - test answers, not secrets
    people = [Person("a", [4, *some_answers(rng)[1:]]) for _ in range(60)]
    result = evaluate(asked(people, frame_of(people, units_of("a"))))
    assert result.values[0].behaviours_hidden


@pytest.mark.parametrize(("partial", "hidden"), [(0, False), (1, True), (9, True), (10, False)])
def test_behaviours_stand_beside_their_value_only_without_a_rest(
    partial: int, hidden: bool
) -> None:
    people = crowd({("a", "L"): 80})
    people[:partial] = [replace(p, answers=[None, *p.answers[1:]]) for p in people[:partial]]
    result = evaluate(asked(people, frame_of(people, units_of("a"))))
    first, second = result.values[:2]
    assert first.behaviours_hidden is hidden
    assert (first.behaviours == ()) is hidden
    assert not second.behaviours_hidden
    if partial == 10:
        items = [
            25 * (np.mean([p.answers[i] for p in people if p.answers[i] is not None]) - 1)
            for i in range(3)
        ]
        assert [b.estimate.index for b in first.behaviours] == pytest.approx(items, abs=1e-9)
        gap = abs(np.mean(items) - first.estimate.index)
        assert first.proration_gap == pytest.approx(gap, abs=1e-9)
        assert gap > 0
        assert first.behaviours[0].estimate.n == 70
    elif hidden:
        assert first.proration_gap == 0.0


def test_shares_and_priority(result: IndexResult, people: list[Person]) -> None:
    behaviour = result.values[1].behaviours[0]
    weight = weights_of(people)
    answers = [p.answers[3] for p in people]
    there = sum(w for w, a in zip(weight, answers, strict=True) if a is not None)
    for level, share in enumerate(behaviour.shares, start=1):
        chosen = sum(w for w, a in zip(weight, answers, strict=True) if a == level)
        assert share == pytest.approx(chosen / there, abs=1e-12)
    scores = value_scores(people)
    complete = scores[~np.isnan(scores).any(axis=1)]
    rest = [np.corrcoef(complete[:, v], np.delete(complete, v, 1).sum(1))[0, 1] for v in range(7)]
    index = [v.estimate.index for v in result.values]
    best = int(np.argmax(rest))
    expected = "keep" if index[best] >= np.mean(index) else "improve_first"
    assert result.values[best].priority == expected


def test_reliability_is_cronbachs(result: IndexResult, people: list[Person]) -> None:
    complete = np.array([p.answers for p in people if None not in p.answers], dtype=float)
    c = np.cov(complete[:, :3], rowvar=False)
    alpha = 1.5 * (1 - np.trace(c) / c.sum())
    assert result.values[0].reliability.alpha == round(alpha, 3)
    assert result.values[0].reliability.n_complete == len(complete)
    assert result.reliability_total is not None


def test_icc_is_of_atoms_so_that_a_pool_keeps_its_secret() -> None:
    sizes = {("a", "L"): 50, ("b", "L"): 50, ("c", "L"): 6, ("d", "L"): 7}
    people = crowd(sizes)
    units = units_of("a", "b", "c", "d")
    result = evaluate(asked(people, frame_of(people, units)))
    moved = [
        replace(p, unit={"c": "d", "d": "c"}.get(p.unit, p.unit)) if i % 2 else p
        for i, p in enumerate(people)
    ]
    again = evaluate(asked(moved, frame_of(moved, units)))
    assert [v.reliability for v in result.values] == [v.reliability for v in again.values]
    assert result.values[0].reliability.icc1 is not None


def test_rwg_is_the_median_of_atoms_with_spread(people: list[Person]) -> None:
    people = crowd({("a", "L"): 50, ("b", "L"): 40})
    result = evaluate(asked(people, frame_of(people, THREE[:2])))
    found = []
    for unit in "ab":
        answers = np.array([p.answers[:3] for p in people if p.unit == unit], dtype=float)
        ratio = answers.var(axis=0, ddof=1).mean() / 2.0
        found.append(max(0.0, 3 * (1 - ratio) / (3 * (1 - ratio) + ratio)))
    assert result.values[0].reliability.rwg_median == round(float(np.median(found)), 3)


def test_own_staff_and_pools_have_names_parents_and_members() -> None:
    units = units_of("a", "a/x", "a/y", "a/z", "b")
    people = crowd({("a", "L"): 20, ("x", "L"): 25, ("y", "L"): 4, ("z", "L"): 9, ("b", "L"): 30})
    result = evaluate(asked(people, frame_of(people, units)))
    nodes = {unit.id: unit for unit in result.units}
    assert set(nodes) == {"a", "a:own", "x", "a:pool", "b"}
    assert nodes["a"].n == 58
    assert (nodes["a"].atom, nodes["a"].depth, nodes["x"].depth) == (False, 1, 2)
    assert (nodes["a:own"].kind, nodes["a:own"].name) == ("own_staff", "Dinas A")
    assert (nodes["a:own"].n, nodes["a:own"].parent) == (20, "a")
    assert (nodes["a:pool"].kind, nodes["a:pool"].members) == ("pool", ("y", "z"))
    assert nodes["a:pool"].name == "Dinas A"
    hidden = {one.unit: (one.reason, one.pool) for one in result.suppressed}
    assert hidden == {"y": ("below_threshold", "a:pool"), "z": ("below_threshold", "a:pool")}
    assert nodes["a"].rank is not None
    assert nodes["x"].rank is None


def test_a_hidden_unit_without_pool_counts_above() -> None:
    units = units_of("a", "a/x", "a/y", "b")
    people = crowd({("x", "L"): 8, ("y", "L"): 4, ("b", "L"): 30})
    result = evaluate(asked(people, frame_of(people, units)))
    assert [u.id for u in result.units] == ["a", "b"]
    assert {(s.unit, s.pool) for s in result.suppressed} == {("x", None), ("y", None)}


def test_ranks_follow_the_announced_number_and_say_what_overlaps() -> None:
    rng = random.Random(9)  # noqa: S311 - test answers, not secrets
    level = {"a": -1.0, "b": -1.0, "c": 1.2}
    people = [Person(u, some_answers(rng, level=level[u])) for u in "abc" for _ in range(60)]
    frame = frame_of(people, THREE, headcount=twice)
    ranks = {u.id: (u.rank, u.rank_low, u.rank_high) for u in evaluate(asked(people, frame)).units}
    assert ranks["c"] == (1, 1, 1)
    assert ranks["a"][1:] == ranks["b"][1:] == (2, 3)
    evidence = {"a": 100.0, "b": 0.0}
    ranked = evaluate(asked(people, frame, evidence=evidence)).units
    assert [u.rank for u in ranked] == [1, 2, None]  # c has no composite


def test_equal_indices_share_a_rank() -> None:
    people = crowd({("a", "L"): 40})
    people += [replace(p, unit="b") for p in people]
    people += crowd({("c", "L"): 40}, seed=2)
    units = {u.id: u for u in evaluate(asked(people, frame_of(people, THREE))).units}
    assert units["a"].rank == units["b"].rank
    assert units["c"].rank in (1, 3)


def test_more_answers_than_people_is_told(people: list[Person]) -> None:
    frame = frame_of(people, THREE, headcount=two_fewer_in_c)
    result = evaluate(asked(people, frame))
    assert result.quality.units_over_roster == ("Dinas C",)
    over = next(u for u in result.units if u.id == "c")
    assert (over.population, over.n, over.represented) == (10, 12, 12.0)


def test_breakdown_by_hand(people: list[Person], result: IndexResult) -> None:
    table = result.breakdowns[0]
    groups = {(g.unit, g.group): g for g in table.groups}
    women = weighted_means(people, [p.stratum == ("P",) for p in people])
    got = groups[None, "P"]
    assert (got.n, got.population) == (35, 90)
    assert [e.index for e in got.values.values()] == pytest.approx(list(women), abs=1e-9)
    assert got.total.pooled_sd
    assert ("c", "P") not in groups  # nobody is there
    assert table.hidden_units == ()


def test_breakdown_hides_units_with_a_few_of_one_group() -> None:
    sizes = {("a", "L"): 40, ("a", "P"): 4, ("b", "L"): 30, ("b", "P"): 30}
    people = crowd({**sizes, ("c", "L"): 12, ("c", "P"): 12})
    table = evaluate(asked(people, frame_of(people, THREE), crossing="jk")).breakdowns[0]
    # the women of the agency less those of b are those of a and c together: 16
    assert table.hidden_units == ("a", "c")
    assert {(g.unit, g.group) for g in table.groups} == {
        (None, "L"), (None, "P"), ("b", "L"), ("b", "P"),
    }  # fmt: skip


def test_people_without_any_value_are_no_group_of_their_own() -> None:
    people = crowd({("a", "L"): 40})
    people += [Person("a", [4] + [None] * 20, ("P",)) for _ in range(3)]
    result = evaluate(asked(people, frame_of(people, units_of("a")), crossing="jk"))
    assert result.breakdowns[0].groups == ()
    decode_result(encode_result(result), name="x")


def test_unknown_or_endless_variables_cannot_be_crossed(people: list[Person]) -> None:
    frame = frame_of(people, THREE)
    with pytest.raises(UserError, match="golongan"):
        evaluate(asked(people, frame, crossing="golongan"))
    many = ("L", "P", *(f"x{i}" for i in range(9)))
    with pytest.raises(UserError, match="11 kelompok"):
        evaluate(asked(people, frame_of(people, THREE, strata=many), crossing="jk"))


def test_other_agencies_in_the_counts_change_nothing(people: list[Person]) -> None:
    others = [
        replace(p, agency=agency, unit="z", stratum=("lain",))
        for p, agency in zip(people, ["aa-dulu", "zz-lain"] * 51, strict=True)
    ]
    frame = frame_of(people, THREE, headcount=twice)
    alone, among = evaluate(asked(people, frame)), evaluate(asked([*others, *people], frame))
    assert among == replace(alone, quality=replace(alone.quality, rows_read=204))


def test_counts_must_fit_the_frame(people: list[Person]) -> None:
    table = count(people)
    with pytest.raises(ValueError, match="not in the frame"):
        align(table, frame_of([], THREE[:2]))
    with pytest.raises(ValueError, match="strata"):
        align(table, replace(frame_of([], THREE), stratum_variables=("golongan",)))


def test_the_questionnaire_must_measure_the_values_in_order(people: list[Person]) -> None:
    turned = replace(VALUES, values=VALUES.values[::-1])
    with pytest.raises(UserError, match="urutannya"):
        evaluate(asked(people, frame_of(people, THREE), value_set=turned))


def test_tabulation_refuses_what_it_cannot_score() -> None:
    assert tabulation_spec(BEHAVIOURS, ("jk",)).min_answered == 2
    with pytest.raises(UserError, match="setiap dimensinya"):
        tabulation_spec(replace(BEHAVIOURS, items=BEHAVIOURS.items[:18]), ())
    with pytest.raises(UserError, match="setiap dimensinya"):
        tabulation_spec(replace(BEHAVIOURS, dimensions=()), ())
    ten = Item("sepuluh", ItemKind.SCALE_0_10, Text("?", "?"))
    with pytest.raises(UserError, match="skala"):
        tabulation_spec(replace(BEHAVIOURS, items=(*BEHAVIOURS.items, ten)), ())


def test_quality_counts_flags_only_when_many() -> None:
    people = crowd({("a", "L"): 40})
    people += [Person("a", [3] * 21)] * 12
    people += [Person("a", [3] * 10 + [None] * 11)] * 9
    quality = evaluate(asked(people, frame_of(people, units_of("a")), rows_empty=2)).quality
    assert (quality.straight_lined, quality.mostly_missing) == (12, None)
    assert quality.missing_percent == 7.7  # 99 of 1281
    assert (quality.rows_read, quality.rows_empty) == (61, 2)
    assert quality.largest_weight_ratio == 1.0


def votes_of(rng: random.Random) -> list[int]:
    row: list[int] = []
    for item in VOTES.items:
        if item.kind is ItemKind.CHOOSE_K:
            chosen = set(rng.sample(range(len(item.options)), item.choose or 1))
            row += [int(i in chosen) for i in range(len(item.options))]
    return row


def votes_input(rows: list[Person], **changes: object):
    frame = frame_of(rows, units_of("a", "b"), headcount=thrice_in_b)
    return asked(
        people=crowd({("a", "L"): 1}),
        frame=frame,
        **{
            "table": count(rows, questionnaire=VOTES),
            "questionnaire": VOTES,
            "method": METHOD_OF_VOTES,
            "minimum": 10,
            "vote_options": vote_options(VOTES),
            **changes,
        },
    )


@pytest.fixture(scope="module")
def voters() -> list[Person]:
    rng = random.Random(4)  # noqa: S311 - test answers, not secrets
    return [Person(u, votes_of(rng)) for u in "ab" for _ in range(40)]


def test_votes_have_shares_and_no_reliability(voters: list[Person]) -> None:
    result = evaluate(votes_input(voters))
    columns = [c.name for c in VOTES.columns]
    current = [i for i, c in enumerate(VOTES.columns) if c.dimension == VALUES.values[0].id]
    weight = np.array([1.0 if p.unit == "a" else 3.0 for p in voters])
    votes = np.array([[p.answers[i] for i in range(len(columns))] for p in voters])
    expected = 100 * np.average(votes[:, current].mean(axis=1), weights=weight)
    assert result.values[0].estimate.index == pytest.approx(expected, abs=1e-9)
    assert result.headline == result.total
    assert {v.reliability.alpha for v in result.values} == {None}
    assert {v.reliability.icc1 for v in result.values} == {None}
    assert {v.priority for v in result.values} == {""}
    assert result.reliability_total is None
    assert all(b.item_rest is None for v in result.values for b in v.behaviours)


def test_sub_indices_are_weighted_votes_of_this_agency(voters: list[Person]) -> None:
    strangers = [replace(p, agency="lain") for p in voters[:30]]
    table = count([*voters, *strangers], questionnaire=VOTES)
    result = evaluate(votes_input(voters, table=table))
    positive = [
        i
        for i, c in enumerate(VOTES.columns)
        if c.item == _current() and c.option is not None and c.option.tone == "positive"
    ]
    weight = np.array([1.0 if p.unit == "a" else 3.0 for p in voters])
    votes = np.array([p.answers for p in voters])
    share = weight @ votes[:, positive].sum(axis=1) / (weight.sum() * 10)
    assert result.other_indices["positive_energy"] == pytest.approx(100 * share, abs=1e-9)
    assert set(result.other_indices) == {
        "balance", "positive_energy", "alignment_personal_current",
        "alignment_current_desired", "total_culture_health",
    }  # fmt: skip


def _current() -> str:
    return next(item.id for item in VOTES.items if item.occasion == "current")


def test_sub_indices_are_withheld_with_bounds_and_one_tone(voters: list[Person]) -> None:
    assert evaluate(votes_input(voters, vote_options=None)).other_indices == {}
    positive = [i for i, c in enumerate(VOTES.columns) if c.item == _current()]
    good = [
        i
        for i in positive
        if VOTES.columns[i].option.tone == "positive"  # type: ignore[union-attr]
    ]
    rng = random.Random(8)  # noqa: S311 - test answers, not secrets
    merry = []
    for one in voters:
        row = list(one.answers)
        chosen = set(rng.sample(good, 10))
        for i in positive:
            row[i] = int(i in chosen)
        merry.append(replace(one, answers=row))
    assert evaluate(votes_input(merry)).other_indices == {}
    never = {i for i in good if VOTES.columns[i].dimension == VALUES.values[6].id}
    bound = [
        replace(p, answers=[0 if i in never else a for i, a in enumerate(p.answers)])
        for p in voters
    ]
    coded = evaluate(votes_input(bound))
    assert coded.values[6].estimate.coded == "at_most"
    assert coded.other_indices == {}


def test_few_complete_answers_leave_reliability_unknown() -> None:
    people = crowd({("a", "L"): 60})
    people = [
        replace(p, answers=[None if i in (3 * (k % 7), 3 * (k % 7) + 1) else a
                            for i, a in enumerate(p.answers)])
        for k, p in enumerate(people)
    ]  # fmt: skip
    result = evaluate(asked(people, frame_of(people, units_of("a"))))
    assert {v.reliability.n_complete for v in result.values} == {0}
    assert {v.reliability.alpha for v in result.values} == {None}
    assert result.total.se_change is not None


def test_a_result_survives_its_file(result: IndexResult) -> None:
    assert decode_result(encode_result(result), name="x") == result
