"""Ballot classes and ballots of any agency and any answers."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cermin.core.scheme import Item, ItemKind
from cermin.instruments.load import load_questionnaire
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import COMMENT_CHARACTERS, Paper, checked, decoded, encoded
from cermin.web.survey.rules.classes import MERGED, SMALL_UNITS, Cell, merged_classes

THOROUGH = settings(max_examples=400, deadline=None)
STRATA = tuple(product(("PNS", "PPPK", "Lain"), ("L", "P")))


@st.composite
def agencies(draw):
    """Return people per cell, the tree, and the threshold."""
    n = draw(st.integers(1, 12))
    parents: dict[str, str | None] = {}
    for number in range(n):
        above = draw(st.sampled_from([None, *parents]))
        parents[f"u{number:02}"] = above
    some = draw(st.lists(st.sampled_from(STRATA), min_size=1, max_size=6, unique=True))
    cells = [Cell(unit, strata) for unit in [*parents, "outside"] for strata in some]
    sizes = draw(
        st.dictionaries(st.sampled_from(cells), st.integers(0, 25), min_size=1, max_size=40)
    )
    return sizes, parents, draw(st.integers(2, 30))


def above(unit: str | None, parents: dict[str, str | None]) -> set[str]:
    return set() if unit is None else {unit} | above(parents.get(unit), parents)


@given(agencies())
@THOROUGH
def test_no_class_points_at_anybody(agency) -> None:
    sizes, parents, threshold = agency
    classes = merged_classes(sizes, parents, threshold=threshold)
    assert set(classes) == {cell for cell, n in sizes.items() if n > 0}
    people: Counter[Cell] = Counter()
    for cell, merged in classes.items():
        people[merged] += sizes[cell]
    everybody = sum(sizes.values())
    if everybody < threshold:
        assert len(people) <= 1
    else:
        assert min(people.values()) >= threshold


@given(agencies())
@THOROUGH
def test_people_stay_in_their_unit_or_go_up_together(agency) -> None:
    sizes, parents, threshold = agency
    classes = merged_classes(sizes, parents, threshold=threshold)
    own: Counter[str] = Counter()
    for cell, n in sizes.items():
        own[cell.unit] += n
    places: dict[str, set[str]] = {}
    for cell, merged in classes.items():
        assert merged.unit in above(cell.unit, parents) | {SMALL_UNITS}
        assert merged.strata in (cell.strata, (MERGED, MERGED))
        places.setdefault(cell.unit, set()).add(merged.unit)
    assert all(len(units) == 1 for units in places.values())
    # Strata are merged before units: who has enough people of his own keeps the unit's name.
    grown = [unit for unit in places if own[unit] >= threshold]
    assert sum(places[unit] == {SMALL_UNITS} for unit in grown) <= 1
    assert all(places[unit] in ({unit}, {SMALL_UNITS}) for unit in grown)


@given(agencies(), st.randoms())
@THOROUGH
def test_classes_do_not_depend_on_the_order_of_people_or_siblings(agency, mixer) -> None:
    sizes, parents, threshold = agency
    cells = list(sizes)
    mixer.shuffle(cells)
    placed: dict[str, str | None] = {}
    waiting = list(parents)
    while waiting:
        ready = [unit for unit in waiting if parents[unit] is None or parents[unit] in placed]
        unit = mixer.choice(ready)
        placed[unit] = parents[unit]
        waiting.remove(unit)
    assert merged_classes(
        {cell: sizes[cell] for cell in cells}, placed, threshold=threshold
    ) == merged_classes(sizes, parents, threshold=threshold)


def test_classes_by_example() -> None:
    men, women = ("L",), ("P",)
    sizes = {
        Cell("dinkes", men): 30, Cell("dinkes", women): 12,  # both large enough
        Cell("setda", men): 30, Cell("setda", women): 9,  # nobody may be told apart
        Cell("puskesmas", men): 3,  # goes up to dinkes
        Cell("desa", women): 4,  # nothing above it, nor enough others: takes the smallest
    }  # fmt: skip
    parents = {"dinkes": None, "puskesmas": "dinkes", "setda": None, "desa": None}
    assert merged_classes(sizes, parents, threshold=10) == {
        Cell("dinkes", men): Cell("dinkes", men),
        Cell("dinkes", women): Cell("dinkes", women),
        Cell("puskesmas", men): Cell("dinkes", men),
        Cell("setda", men): Cell(SMALL_UNITS, men),
        Cell("setda", women): Cell(SMALL_UNITS, women),
        Cell("desa", women): Cell(SMALL_UNITS, women),
    }
    assert merged_classes({}, parents, threshold=10) == {}


# ------------------------------------------------------------------ ballots
PAPERS = tuple(
    Paper(tuple(load_questionnaire(one) for one in ids))
    for ids in (
        ("kuesioner-perilaku-2025", "kuesioner-keterikatan-2025", "kuesioner-sosio-emosional-2025"),
        ("kuesioner-votes-2022",), ("kuesioner-skm-2017",), ("kuesioner-employer-branding-2025",),
    )
)  # fmt: skip


def answer_to(item: Item) -> st.SearchStrategy[object]:
    if item.kind is ItemKind.COMMENT:
        return st.text(max_size=COMMENT_CHARACTERS // 2)
    if item.choose:
        ids = [option.id for option in item.options]
        return st.lists(
            st.sampled_from(ids), min_size=item.choose, max_size=item.choose, unique=True
        )
    return st.sampled_from([option.code for option in item.options] or range(11))


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_answers_come_back_as_they_were_given(data) -> None:
    paper = data.draw(st.sampled_from(PAPERS))
    n = data.draw(st.integers(1, min(12, len(paper.fields))))
    fields = data.draw(st.randoms()).sample(paper.fields, n)
    answers = {field.name: data.draw(answer_to(field.item)) for field in fields}
    answers[paper.fields[0].name] = data.draw(answer_to(paper.fields[0].item))
    number = data.draw(st.integers(0, 2**32 - 1))
    given_answers = checked(paper, answers)
    content = encoded(paper, number, given_answers)
    assert len(content) <= paper.length
    ballot = decoded(paper, content)
    assert ballot.class_number == number
    read = dict(zip(((q, c.name) for q, c in paper.columns), ballot.columns, strict=True))
    for field in paper.fields:
        item, answer = field.item, given_answers.get(field.name)
        if item.kind is ItemKind.COMMENT:
            assert ballot.comments[paper.comments.index(field)] == (answer or "")
        elif item.choose:
            votes = {o.id for o in item.options if read[field.questionnaire, f"{item.id}_{o.id}"]}
            unanswered = {o.id for o in item.options}
            assert votes == (unanswered if answer is None else answer)
        else:
            assert read[field.questionnaire, item.id] == (255 if answer is None else answer)


@given(st.integers(0, 2**80 - 1))
def test_codes_are_read_as_they_were_shown(number: int) -> None:
    code = codes.written(number)
    assert codes.read(codes.shown(code).lower().replace("0", "o").replace("1", "l")) == code


@given(st.text(max_size=40))
def test_reading_a_code_never_fails(typed: str) -> None:
    code = codes.read(typed)
    assert code is None or len(code) == codes.LENGTH
