"""An attack on everything published together: the JSON, HTML and XLSX of random small agencies.

The attacker knows the roster, who answered what kind of question (not how), and every weight. All
that a result prints of one statistic are weighted sums over known sets of people. Whatever linear
combination of them is supported on a few people is a fact about those few. Cells (unit x stratum)
have one weight, so a sum is a row over cells; a set of cells T carries a combination exactly when
the columns outside T have a smaller rank than all columns together.
"""

from __future__ import annotations

import io
import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import openpyxl
import pytest

from cermin.core.errors import UserError
from cermin.core.evaluation import evaluate
from cermin.core.population import Frame, Unit
from cermin.core.result import IndexResult
from cermin.core.rounding import format_number
from cermin.instruments.load import vote_options
from cermin.reports.document import build_document
from cermin.reports.html import render_html
from cermin.reports.result_file import decode_result, encode_result
from cermin.reports.xlsx import render_xlsx
from evaluation_factory import (
    BEHAVIOURS,
    METHOD,
    METHOD_OF_VOTES,
    VALUES,
    VOTES,
    Person,
    asked,
    count,
    frame_of,
    some_answers,
    units_of,
    value_scores,
)

K = 10
SEEDS = range(40)
Json = dict[str, Any]


@dataclass(frozen=True)
class Agency:
    """People, tree and roster; the attacker knows all but the answers."""

    people: list[Person]
    units: tuple[Unit, ...]
    frame: Frame

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Cells with respondents."""
        return sorted({(one.unit, one.stratum[0]) for one in self.people})

    def below(self, unit: str) -> set[str]:
        """The unit and all units under it."""
        children = [one.id for one in self.units if one.parent == unit]
        return {unit}.union(*(self.below(child) for child in children))


def random_agency(seed: int) -> Agency:
    """Three levels, units of 1..40 with few of one sex in many, a roster that gives weights."""
    rng = random.Random(seed)  # noqa: S311 - test answers, not secrets
    names = ["a", "b", "c", "d", "a/e", "a/f", "a/g", "b/h", "b/i", "a/e/j", "a/e/k"]
    units = units_of(*(name for name in names if "/" in name or rng.random() < 0.9 or name in "ab"))
    people = []
    for unit in units:
        women = rng.choice([0, 1, 3, 8, 15])
        for stratum, size in (("L", rng.choice([0, 2, 5, 9, 11, 25])), ("P", women)):
            missing = rng.choice([0.0, 0.0, 0.02])
            people += [
                Person(unit.id, some_answers(rng, missing=missing), (stratum,)) for _ in range(size)
            ]
    more = {(u.id, s): rng.choice([1.0, 1.0, 1.5, 2.0]) for u in units for s in "LP"}
    frame = frame_of(people, units, headcount=lambda u, s, n: round(n * more[u, s]))
    return Agency(people, units, frame)


def published(agency: Agency) -> IndexResult | None:
    """The result with its breakdown; None where nothing may be published."""
    try:
        return evaluate(asked(agency.people, agency.frame, crossing="jk"))
    except UserError:
        return None


@cache
def case(seed: int) -> tuple[Agency, IndexResult | None]:
    """One random agency and what it publishes."""
    agency = random_agency(seed)
    return agency, published(agency)


def test_most_cases_publish_pools_and_breakdowns() -> None:
    told = [result for _, result in map(case, SEEDS) if result is not None]
    assert len(told) > 0.9 * len(SEEDS)
    assert sum(any(unit.kind == "pool" for unit in one.units) for one in told) > 10
    assert sum(bool(one.breakdowns[0].groups) for one in told) > 10
    assert sum(any(v.behaviours for v in one.values) for one in told) > 10


# What the JSON prints of value ``v``: sets of cells


def units_behind(node: Json, agency: Agency) -> set[str]:
    """Units whose people a printed node counts."""
    if node["kind"] == "own_staff":
        return {node["id"].removesuffix(":own")}
    if node["kind"] == "pool":
        return set().union(*(units_of_member(member, agency) for member in node["members"]))
    return agency.below(node["id"])


def units_of_member(member: str, agency: Agency) -> set[str]:
    own = member.removesuffix(":own")
    return {own} if own != member else agency.below(member)


def printed_sets(told: Json, agency: Agency) -> Iterator[set[tuple[str, str]]]:
    """Cells behind every sum that is printed of one value."""
    every = {unit.id for unit in agency.units}
    nodes = {node["id"]: units_behind(node, agency) for node in told["units"]}
    for units in (every, *nodes.values()):
        yield {cell for cell in agency.cells if cell[0] in units}
    for table in told["breakdowns"]:
        for group in table["groups"]:
            units = every if group["unit"] is None else nodes[group["unit"]]
            yield {(u, s) for u, s in agency.cells if u in units and s == group["group"]}


def smallest_support(sets: list[set[tuple[str, str]]], sizes: dict[tuple[str, str], int]) -> int:
    """Fewest people on whom a combination of the sums rests; K if none rests on fewer."""
    cells = [cell for cell, size in sizes.items() if size]
    rows = np.array([[float(cell in one) for cell in cells] for one in sets])
    # cells that every printed set treats alike are one column; they are always together
    columns: dict[bytes, int] = {}
    for k, cell in enumerate(cells):
        key = rows[:, k].tobytes()
        columns[key] = columns.get(key, 0) + sizes[cell]
    matrix = np.array([np.frombuffer(key) for key in columns]).T
    people = np.array(list(columns.values()))
    rank = np.linalg.matrix_rank(matrix)
    few = np.flatnonzero(people < K).tolist()
    least = K
    for size in range(1, min(K, len(few)) + 1):
        for chosen in itertools.combinations(few, size):
            held = int(people[list(chosen)].sum())
            if held >= least:
                continue
            rest = np.delete(matrix, chosen, axis=1)
            if not rest.size or np.linalg.matrix_rank(rest) < rank:
                least = held
    return least


def answered(agency: Agency, value: int) -> dict[tuple[str, str], int]:
    """People with a score on the value, by cell."""
    there = ~np.isnan(value_scores(agency.people)[:, value])
    sizes = dict.fromkeys(agency.cells, 0)
    for one, has in zip(agency.people, there, strict=True):
        sizes[one.unit, one.stratum[0]] += int(has)
    return sizes


@pytest.mark.parametrize("seed", SEEDS)
def test_no_combination_of_printed_sums_rests_on_a_few(seed: int) -> None:
    agency, result = case(seed)
    if result is None:
        assert len(agency.people) < 30
        return
    told = json.loads(encode_result(result))
    sets = list(printed_sets(told, agency))
    for value in (0, 3):
        assert smallest_support(sets, answered(agency, value)) >= K


def test_the_same_attack_breaks_a_naive_publication() -> None:
    broken = 0
    for seed in SEEDS:
        agency = random_agency(seed)
        units = [agency.below(unit.id) for unit in agency.units]
        sizes = answered(agency, 0)
        sets = [set(agency.cells)]
        sets += [{cell for cell in agency.cells if cell[0] in one} for one in units]
        sets = [one for one in sets if sum(sizes[cell] for cell in one) >= K]
        broken += smallest_support(sets, sizes) < K
    assert broken > len(SEEDS) / 2


# Items beside their value


def rows_of_value(agency: Agency, value: int) -> np.ndarray:
    """What each person's three answers add to the value sum and to the item sums, (4, 3 people)."""
    rows = np.zeros((4, 3 * len(agency.people)))
    for i, one in enumerate(agency.people):
        own = one.answers[3 * value : 3 * value + 3]
        given = [k for k in range(3) if own[k] is not None]
        for k in given:
            rows[1 + k, 3 * i + k] = 1.0
            if len(given) >= 2:
                rows[0, 3 * i + k] = 1.0 / len(given)
    return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_items_beside_their_value_leave_no_small_rest(seed: int) -> None:
    agency, result = case(seed)
    if result is None:
        return
    for v, value in enumerate(result.values):
        rows = rows_of_value(agency, v)
        assert len(value.behaviours) in (0, 3)
        if not value.behaviours:
            continue
        # the combination that cancels everybody who answered all three
        rest = rows[0] - rows[1:].sum(axis=0) / 3
        people = np.flatnonzero(np.abs(rest).reshape(-1, 3).max(axis=1) > 1e-9)
        assert people.size == 0 or people.size >= K


# Sums of squares


@pytest.mark.parametrize("seed", SEEDS)
def test_own_spread_leaves_no_small_rest(seed: int) -> None:
    agency, result = case(seed)
    if result is None:
        return
    told = json.loads(encode_result(result))
    sets = [set(agency.cells)] if told["total"]["se"] is not None else []
    for node in told["units"]:
        if node["total"]["se"] is not None and not node["total"]["pooled_sd"]:
            units = units_behind(node, agency)
            sets.append({cell for cell in agency.cells if cell[0] in units})
    groups = [g for table in told["breakdowns"] for g in table["groups"]]
    assert all(g["total"]["pooled_sd"] or g["total"]["se"] is None for g in groups)
    sizes = dict.fromkeys(agency.cells, 0)
    for one in agency.people:
        sizes[one.unit, one.stratum[0]] += 1
    for whole in sets:
        inside = [one for one in sets if one < whole]
        rest = whole.difference(*inside)
        assert not rest or sum(sizes[cell] for cell in rest) >= 30


# Counts


def counts_in(told: Any, path: str = "") -> Iterator[tuple[str, int]]:
    """Every count of respondents in the JSON."""
    if isinstance(told, dict):
        for key, inner in told.items():
            yield from counts_in(inner, f"{path}.{key}")
    elif isinstance(told, list):
        for inner in told:
            yield from counts_in(inner, path)
    elif re.search(r"\.(n|straight_lined|mostly_missing)$", path) and told is not None:
        yield path, told


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_stands_anywhere(seed: int) -> None:
    _, result = case(seed)
    if result is None:
        return
    told = json.loads(encode_result(result))
    assert decode_result(encode_result(result), name="x") == result  # no figure is NaN
    found = list(counts_in(told))
    assert len(found) > 15
    assert [one for one in found if one[1] < K] == []
    complete = {v["reliability"]["n_complete"] for v in told["values"]}
    assert all(n == 0 or n >= K for n in complete)


# Pages and workbooks


def texts_of(result: IndexResult) -> tuple[str, str]:
    """All text of the HTML and all cells of the workbook."""
    document = build_document(
        [result], methods={METHOD.id: METHOD}, instruments=[METHOD, BEHAVIOURS, VALUES]
    )
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(document)))
    lines = [
        " | ".join(str(cell) for cell in row if cell is not None)
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
    ]
    return render_html(document), "\n".join(lines)


def figures_of(agency: Agency, unit: str) -> set[str]:
    """True indices of a hidden unit as a page would print them."""
    inside = np.array([one.unit in agency.below(unit) for one in agency.people])
    if not inside.any():
        return set()
    means = np.nanmean(value_scores(agency.people)[inside], axis=0)
    return {format_number(float(mean), 2) for mean in means if not np.isnan(mean)}


@pytest.mark.parametrize("seed", range(8))
def test_no_page_shows_a_figure_of_a_hidden_unit(seed: int) -> None:
    agency = replace_names(random_agency(seed))
    result = published(agency)
    if result is None or not result.suppressed:
        pytest.skip("nothing is hidden in this agency")
    html, book = texts_of(result)
    rows = re.findall(r"<tr.*?</tr>", html, re.S)
    for hidden in result.suppressed:
        name = next(unit.name for unit in agency.units if unit.id == hidden.unit)
        beside = [row for row in rows if f"{name}<" in row or f"{name} <" in row]
        lines = [line for line in book.splitlines() if line.startswith(name + " |")]
        assert beside or lines
        for figure in figures_of(agency, hidden.unit):
            assert not any(figure in row for row in [*beside, *lines])
        for row in beside:
            text = re.sub(r"<[^>]*>", " ", row).replace(name, "")
            assert not re.search(r"\d+,\d", text)
    for title in re.findall(r"<title>(.*?)</title>", html, re.S):
        assert not any(one.name in title for one in result.suppressed)


def replace_names(agency: Agency) -> Agency:
    """Give units names that stand nowhere by chance."""
    units = tuple(replace(unit, name=f"Kantor Zx{unit.id.upper()}q") for unit in agency.units)
    return Agency(agency.people, units, replace(agency.frame, units=units))


# Weighted sums beside unweighted ones


def votes_of(rng: random.Random) -> list[int]:
    """Exactly k of each list."""
    row: list[int] = []
    for item in VOTES.items:
        chosen = set(rng.sample(range(len(item.options)), item.choose or 0))
        row += [int(i in chosen) for i in range(len(item.options))]
    return row


def test_votes_are_counted_with_one_set_of_weights() -> None:
    """With an unweighted share too, people of another weight could be singled out.

    Nine people of weight 3 among sixty of weight 1: their answers move every printed sub-index
    three times as much as those of nine others.
    """
    rng = random.Random(6)  # noqa: S311 - test answers, not secrets
    people = [Person("a", votes_of(rng)) for _ in range(60)]
    people += [Person("b", votes_of(rng)) for _ in range(9)]
    units = units_of("a", "b")
    frame = frame_of(people, units, headcount=threefold_in_b)
    copied = [*people, *(one for one in people[60:] for _ in range(2))]
    plain = frame_of(copied, units)
    weighted, repeated = (
        evaluate(
            replace(
                asked([Person("a", [3] * 21)], roster),
                table=count(rows, questionnaire=VOTES),
                questionnaire=VOTES,
                method=METHOD_OF_VOTES,
                minimum=10,
                vote_options=vote_options(VOTES),
            )
        )
        for rows, roster in ((people, frame), (copied, plain))
    )
    assert weighted.other_indices == pytest.approx(repeated.other_indices, abs=1e-9)
    assert len(weighted.other_indices) == 5
    for one, other in zip(weighted.values, repeated.values, strict=True):
        assert one.estimate.index == pytest.approx(other.estimate.index, abs=1e-9)


def threefold_in_b(unit: str, _stratum: str, n: int) -> int:
    return 3 * n if unit == "b" else n


# What must not move when only hidden things move


def doubled(_unit: str, _stratum: str, n: int) -> int:
    return 2 * n


def swapped(agency: Agency, first: str, second: str) -> Agency:
    """Exchange the answers of equally many people of two units of one pool, same stratum."""
    left = [i for i, p in enumerate(agency.people) if p.unit == first]
    right = [i for i, p in enumerate(agency.people) if p.unit == second]
    people = list(agency.people)
    for i, j in zip(left, right, strict=False):
        if people[i].stratum == people[j].stratum:
            one, other = people[i].answers, people[j].answers
            people[i] = replace(people[i], answers=other)
            people[j] = replace(people[j], answers=one)
    return Agency(people, agency.units, agency.frame)


def test_units_of_a_pool_could_have_changed_places() -> None:
    """Answers exchanged between hidden units of one weight leave every byte as it was."""
    rng = random.Random(2)  # noqa: S311 - test answers, not secrets
    sizes = {"a": 40, "b": 35, "c": 7, "d": 7}
    people = [Person(u, some_answers(rng)) for u, n in sizes.items() for _ in range(n)]
    units = units_of(*sizes)
    agency = Agency(people, units, frame_of(people, units, headcount=doubled))
    other = swapped(agency, "c", "d")
    assert value_scores(other.people)[75:82].tolist() != value_scores(people)[75:82].tolist()
    first, second = published(agency), published(other)
    assert first is not None
    assert second is not None
    assert rounded(json.loads(encode_result(first))) == rounded(json.loads(encode_result(second)))


def rounded(told: Any) -> Any:
    """Floats without the last bits, which depend on the order of addition."""
    if isinstance(told, dict):
        return {key: rounded(inner) for key, inner in told.items()}
    if isinstance(told, list):
        return [rounded(inner) for inner in told]
    return round(told, 7) if isinstance(told, float) else told
