from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cermin.core.errors import UserError
from cermin.core.rounding import round_half_up
from cermin.core.scheme import Aspect, Criterion, CriterionKind, Source, Text, Worksheet
from cermin.core.worksheet import criteria_of, criterion_share, score_worksheet

TEXT = Text("teks", "text")
K = CriterionKind


def criterion(id: str, kind: K = K.YES_NO, *, optional: bool = False) -> Criterion:
    return Criterion(id, TEXT, kind, TEXT, may_be_not_applicable=optional)


def sheet(*aspects: Aspect) -> Worksheet:
    return Worksheet("lke", TEXT, Source("own", own_draft=True), aspects)


def leaf(id: str, weight: float, *criteria: Criterion) -> Aspect:
    return Aspect(id, TEXT, weight, criteria=criteria)


# 60 : 40, the second split 1 : 3
TREE = sheet(
    leaf("a", 60, criterion("a1"), criterion("a2", optional=True)),
    Aspect(
        "b",
        TEXT,
        40,
        aspects=(
            leaf("b1", 1, criterion("b1x", K.A_TO_E, optional=True)),
            leaf("b2", 3, criterion("b2x", K.PERCENT, optional=True)),
        ),
    ),
)


@pytest.mark.parametrize(
    ("kind", "answer", "share"),
    [
        (K.YES_NO, "Ya", Fraction(1)),
        (K.YES_NO, " tidak ", Fraction(0)),
        (K.YES_NO, "Yes", Fraction(1)),
        (K.A_TO_C, "A", Fraction(1)),
        (K.A_TO_C, "b", Fraction(1, 2)),
        (K.A_TO_C, "C", Fraction(0)),
        (K.A_TO_D, "B", Fraction(2, 3)),
        (K.A_TO_D, "C", Fraction(1, 3)),
        (K.A_TO_D, "D", Fraction(0)),
        (K.A_TO_E, "B", Fraction(3, 4)),
        (K.A_TO_E, "D", Fraction(1, 4)),
        (K.A_TO_E, "E", Fraction(0)),
        (K.ZERO_TO_FIVE, 4, Fraction(4, 5)),
        (K.ZERO_TO_FIVE, "3,5", Fraction(7, 10)),
        (K.PERCENT, "66,67", Fraction(6667, 10000)),
        (K.PERCENT, "66.67 %", Fraction(6667, 10000)),
        (K.PERCENT, 12.3, Fraction(123, 1000)),
        (K.PERCENT, 0, Fraction(0)),
    ],
)
def test_answers_earn_exact_shares(kind: K, answer: str | float, share: Fraction) -> None:
    assert criterion_share(criterion("x", kind), answer) == share


@pytest.mark.parametrize(
    ("kind", "answer", "choices"),
    [
        (K.YES_NO, "mungkin", "Ya, Tidak"),
        (K.YES_NO, "1", "Ya, Tidak"),
        (K.A_TO_C, "D", "A, B, C"),
        (K.A_TO_D, "E", "A, B, C, D"),
        (K.A_TO_E, "F", "A, B, C, D, E"),
        (K.ZERO_TO_FIVE, 5.1, "0-5"),
        (K.ZERO_TO_FIVE, -1, "0-5"),
        (K.PERCENT, "100,01", "0-100"),
        (K.PERCENT, "banyak", "0-100"),
        (K.PERCENT, "nan", "0-100"),
        (K.PERCENT, "inf", "0-100"),
    ],
)
def test_unknown_answers_name_criterion_and_choices(
    kind: K, answer: str | float, choices: str
) -> None:
    with pytest.raises(UserError) as caught:
        criterion_share(criterion("x7", kind), answer)
    assert str(caught.value) == (
        f"Jawaban {answer} untuk kriteria x7 tidak dikenal; pilihan: {choices}."
    )


@pytest.mark.parametrize("answer", ["TB", "tidak berlaku", "N/A"])
def test_not_applicable_only_where_allowed(answer: str) -> None:
    assert criterion_share(criterion("x", optional=True), answer) is None
    with pytest.raises(UserError, match="Kriteria x tidak boleh dijawab tidak berlaku"):
        criterion_share(criterion("x"), answer)


def test_published_example_of_zona_integritas() -> None:
    # weight 1.00, criteria at 66.67 % on average: 0.67 (two of three Ya)
    section = sheet(leaf("i", 1.0, criterion("i1"), criterion("i2"), criterion("i3")))
    score = score_worksheet(section, {"i1": "Ya", "i2": "Ya", "i3": "Tidak"})
    assert round_half_up(score.percent, 2) == 66.67
    assert round_half_up(score.points, 2) == 0.67
    assert score.maximum == 1.0


def test_three_b_and_three_c_of_four_steps_make_three() -> None:
    criteria = [criterion(f"c{i}", K.A_TO_D) for i in range(6)]
    answers = {f"c{i}": "B" if i < 3 else "C" for i in range(6)}
    assert score_worksheet(sheet(leaf("a", 6, *criteria)), answers).points == 3.0


def test_tree_is_weighted_level_by_level() -> None:
    score = score_worksheet(TREE, {"a1": "Ya", "a2": "Tidak", "b1x": "B", "b2x": 50})
    # a 50 %; b (1 x 75 + 3 x 50) / 4 = 56.25 %; 0.6 x 50 + 0.4 x 56.25 = 52.5
    assert (score.percent, score.points, score.maximum) == (52.5, 52.5, 100.0)
    rows = {row.id: row for row in score.aspects}
    assert [row.id for row in score.aspects] == ["a", "b", "b1", "b2"]
    assert (rows["b"].parent, rows["b"].depth, rows["b"].percent) == (None, 0, 56.25)
    assert (rows["b2"].parent, rows["b2"].depth) == ("b", 1)
    assert (rows["b1"].weight, rows["b2"].weight) == (10.0, 30.0)
    assert (rows["b1"].points, rows["b2"].points) == (7.5, 15.0)
    assert score.criteria == {"a1": 1.0, "a2": 0.0, "b1x": 0.75, "b2x": 0.5}


def test_not_applicable_criterion_leaves_the_mean() -> None:
    score = score_worksheet(TREE, {"a1": "Ya", "a2": "TB", "b1x": "A", "b2x": 100})
    assert score.percent == 100.0
    assert score.criteria["a2"] is None


def test_weight_of_an_inapplicable_aspect_goes_to_its_siblings() -> None:
    score = score_worksheet(TREE, {"a1": "Tidak", "a2": "Tidak", "b1x": "TB", "b2x": 50})
    rows = {row.id: row for row in score.aspects}
    assert (rows["b1"].weight, rows["b1"].percent, rows["b1"].points) == (0.0, None, 0.0)
    assert (rows["b2"].weight, rows["b2"].points) == (40.0, 20.0)
    assert score.percent == 20.0


def test_weight_of_an_inapplicable_branch_goes_to_the_top_siblings() -> None:
    score = score_worksheet(TREE, {"a1": "Ya", "a2": "Tidak", "b1x": "TB", "b2x": "TB"})
    rows = {row.id: row for row in score.aspects}
    assert (rows["a"].weight, rows["b"].weight, rows["b2"].weight) == (100.0, 0.0, 0.0)
    assert (rows["b"].percent, score.percent) == (None, 50.0)


def test_points_of_siblings_add_up_to_the_parent() -> None:
    score = score_worksheet(TREE, {"a1": "Ya", "a2": "Ya", "b1x": "D", "b2x": "33,3"})
    rows = {row.id: row for row in score.aspects}
    assert rows["b1"].points + rows["b2"].points == pytest.approx(rows["b"].points, rel=1e-15)
    assert rows["a"].points + rows["b"].points == pytest.approx(score.points, rel=1e-15)


def test_missing_criteria_are_all_named() -> None:
    with pytest.raises(UserError, match=r"2 kriteria belum dijawab: a2, b2x\."):
        score_worksheet(TREE, {"a1": "Ya", "a2": " ", "b1x": "A"})


def test_answers_to_unknown_criteria_are_refused() -> None:
    answers = {"a1": "Ya", "a2": "Ya", "b1x": "A", "b2x": 1, "z9": "Ya", "y": "Ya"}
    with pytest.raises(UserError, match=r"tidak ada pada lembar kerja ini: y, z9\."):
        score_worksheet(TREE, answers)


def test_nothing_applicable_is_refused() -> None:
    only = sheet(leaf("a", 1, criterion("x", optional=True)))
    with pytest.raises(UserError, match="Tidak ada kriteria yang berlaku"):
        score_worksheet(only, {"x": "TB"})


def test_an_aspect_without_weight_is_shown_but_does_not_count() -> None:
    tree = sheet(
        leaf("a", 1, criterion("x")),
        Aspect("b", TEXT, 0, aspects=(leaf("b1", 0, criterion("y")),)),
    )
    score = score_worksheet(tree, {"x": "Ya", "y": "Tidak"})
    assert score.percent == 100.0
    assert [row.weight for row in score.aspects] == [1.0, 0.0, 0.0]


def test_weights_are_read_as_decimals() -> None:
    tree = sheet(*(leaf(f"a{i}", 0.1, criterion(f"c{i}")) for i in range(10)))
    score = score_worksheet(tree, {f"c{i}": "Ya" for i in range(10)})
    assert (score.maximum, score.points, score.percent) == (1.0, 1.0, 100.0)


def test_criteria_in_order_of_the_tree() -> None:
    assert [c.id for c in criteria_of(TREE)] == ["a1", "a2", "b1x", "b2x"]
    assert criteria_of(replace(TREE, aspects=())) == ()
