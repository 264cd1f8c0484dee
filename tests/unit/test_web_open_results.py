"""What the result of a public questionnaire shows, and what nobody can work out from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import pytest

from cermin.core.exposure import THRESHOLD
from cermin.core.scheme import Dimension, Item, ItemKind, Option, Questionnaire, Source, Text
from cermin.instruments.load import load_method, load_questionnaire
from cermin.web.survey.rules.open_results import OpenResult, result_of

WORDS = Text("?", "?")
SKM, METHOD = load_questionnaire("kuesioner-skm-2017"), load_method("metode-skm-2017")


def asked(*items: Item) -> Questionnaire:
    dimensions = tuple(Dimension(one, WORDS) for one in sorted({i.dimension or "" for i in items}))
    return Questionnaire("q", WORDS, Source("", own_draft=True), dimensions, items, 1)


def likert(levels: int, name: str = "i", dimension: str = "d") -> Item:
    options = tuple(Option(code, WORDS) for code in range(1, levels + 1))
    return Item(name, ItemKind.LIKERT, WORDS, dimension=dimension, options=options)


def counted(*numbers: int) -> dict[str, dict[str, int]]:
    return {"i": {str(code): n for code, n in enumerate(numbers, start=1)}}


def shown(*numbers: int, skipped: int = 0) -> OpenResult:
    questionnaire = asked(likert(len(numbers)))
    return result_of(questionnaire, None, counted(*numbers), sum(numbers) + skipped)


def test_skm_index_has_exactly_equal_weights() -> None:
    """Nine elements: 100 x the plain mean / 4, two decimals, and the category of that."""
    counts = {f"u{n}": {"3": 20, "4": 20} for n in range(1, 9)} | {"u9": {"4": 40}}
    result = result_of(SKM, METHOD, counts, 40)
    assert result.index == 88.89  # (8 x 3.5 + 4) / 9 x 25 = 88.888...
    assert result.band is not None
    assert result.band.id == "A"
    assert [one.mean for one in result.means] == [Fraction(7, 2)] * 8 + [4]
    worst = {f"u{n}": {"1": 12} for n in range(1, 10)}
    assert result_of(SKM, METHOD, worst, 12).index == 25.0


def test_index_needs_every_element() -> None:
    counts = {f"u{n}": {"4": 40} for n in range(1, 9)} | {"u9": {"4": 39, "3": 1}}
    result = result_of(SKM, METHOD, counts, 40)
    assert result.index is None
    assert result.band is None
    assert [one.mean is None for one in result.means] == [False] * 8 + [True]


@pytest.mark.parametrize("n", range(12))
def test_nothing_below_the_threshold(n: int) -> None:
    result = shown(0, 0, n, 0)
    assert (result.n is None) is (n < THRESHOLD)
    assert (result.tables == ()) is (n < THRESHOLD)


@pytest.mark.parametrize(
    ("numbers", "skipped", "visible"),
    [((10, 10, 10, 10), 0, True), ((0, 0, 0, 40), 0, True), ((10, 0, 30, 0), 10, True),
     ((9, 31, 10, 10), 0, False), ((1, 0, 0, 59), 0, False), ((10, 10, 10, 10), 1, False),
     ((10, 10, 10, 10), 9, False), ((0, 0, 0, 0), 40, True)],
)  # fmt: skip
def test_table_without_small_counts_only(numbers, skipped: int, *, visible: bool) -> None:
    (table,) = shown(*numbers, skipped=skipped).tables
    assert table.counts == (numbers if visible else None)
    assert table.n == (sum(numbers) if visible else None)


@pytest.mark.parametrize(
    ("votes", "answered", "visible"),
    [((10, 20, 30), 30, True), ((9, 21, 30), 30, False), ((21, 15, 24), 30, False)],
)
def test_votes_and_their_complements(votes, answered: int, *, visible: bool) -> None:
    options = tuple(Option(n, WORDS, id=name) for n, name in enumerate("abc"))
    item = Item("i", ItemKind.CHOOSE_K, WORDS, options=options, choose=2)
    counts = {
        f"i_{name}": {"1": n, "0": answered - n} for name, n in zip("abc", votes, strict=True)
    }
    (table,) = result_of(asked(item), None, counts, answered).tables
    assert table.counts == (votes if visible else None)


def test_scale_and_comment() -> None:
    scale, words = Item("s", ItemKind.SCALE_0_10, WORDS), Item("w", ItemKind.COMMENT, WORDS)
    result = result_of(asked(scale, words), None, {"s": {"0": 12, "10": 20}}, 32)
    (table,) = result.tables
    assert table.counts == (12, *[0] * 9, 20)
    assert result.means[0].mean is None


def every(n: int, cells: int) -> Iterator[tuple[int, ...]]:
    if cells == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in every(n - first, cells - 1):
            yield (first, *rest)


@pytest.mark.parametrize(("levels", "n"), [(2, 25), (3, 22), (4, 10), (4, 14), (4, 19), (5, 12)])
def test_nobody_can_work_out_a_small_count(levels: int, n: int) -> None:
    """Try every way in which ``n`` people can answer, and all that fit to what is shown.

    The attacker knows the rule, the number of all, and the exact mean before it is rounded.
    """
    fitting = defaultdict(list)
    questionnaire = asked(likert(levels))
    for numbers in every(n, levels + 1):  # the last one: skipped
        result = result_of(questionnaire, None, counted(*numbers[:-1]), n)
        fitting[result.tables[0].counts, result.means[0].mean].append(numbers[:-1])
    assert any(mean is not None for _counts, mean in fitting)
    for ways in fitting.values():
        for cell in range(levels):
            possible = {way[cell] for way in ways}
            assert 0 in possible or max(possible) >= THRESHOLD, ways[:3]


def test_mean_of_a_dimension_hides_with_its_first_question() -> None:
    """From the other tables and the mean the hidden one could be worked out."""
    items = likert(4, "i"), likert(4, "j")
    clear = {"j": {"3": 20, "4": 20}}
    betrayed = result_of(asked(*items), None, {"i": {"4": 39, "3": 1}, **clear}, 40)
    assert betrayed.means[0].mean is None
    hidden = result_of(asked(*items), None, {"i": {"1": 8, "2": 8, "3": 12, "4": 12}, **clear}, 40)
    assert hidden.tables[0].counts is None
    assert hidden.means[0].mean == (Fraction(108, 40) + Fraction(7, 2)) / 2
    assert hidden.means[0].highest == 4
