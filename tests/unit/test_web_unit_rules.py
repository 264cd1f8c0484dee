"""The shape and history of the tree: pure rules as tables."""

from __future__ import annotations

import pytest

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.web.organisations.models import Agency, Role, Structure
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.organisations.rules.structures import (
    Change,
    changes_between,
    check_can_start_year,
    compose,
    redirected,
    step,
)
from cermin.web.organisations.rules.units import (
    DEEPEST,
    Headcount,
    below,
    check_can_close,
    check_can_edit_tree,
    check_can_merge,
    check_code,
    check_shape,
    clean_name,
    free_code,
    headcounts,
    merged_parents,
    placed,
)
from cermin.web.organisations.rules.units_import import (
    Choice,
    Fate,
    aligned,
    difference,
    fingerprint,
    planned_tree,
)
from site_factory import NOW

AGENCY, OTHER = Agency(pk=1, slug="a"), Agency(pk=2, slug="b")
KEEP, CLOSE = Choice(Fate.KEEP), Choice(Fate.CLOSE)


def member(role: Role, agency: Agency = AGENCY) -> Member:
    return Member("1", "Sari", "/", agency.pk, frozenset({role}))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("newest", [2026, 2027])
@pytest.mark.parametrize("home", [AGENCY, OTHER])
def test_only_owners_change_the_newest_open_tree(
    role: Role, frozen: bool, newest: int, home: Agency
) -> None:
    structure = Structure(agency=AGENCY, year=2026, frozen_at=NOW if frozen else None)
    may = role is Role.OWNER and home is AGENCY and not frozen and newest == 2026
    by = member(role, home)
    assert permits(check_can_edit_tree, by, structure, newest_year=newest) is may


@pytest.mark.parametrize(
    ("year", "years", "words"),
    [
        (2026, [], None), (2027, [2026], None), (2027, [2024], None),
        (2026, [2026], "sudah ada"), (2025, [2026], "disisipkan"),
        (2028, [2026], "antara"), (2020, [], "antara"),
    ],
)  # fmt: skip
def test_which_years_may_begin(year: int, years: list[int], words: str | None) -> None:
    kwargs = {"year": year, "years": years, "this_year": 2026}
    if words is None:
        check_can_start_year(member(Role.OWNER), AGENCY, **kwargs)
    else:
        with pytest.raises(UserError, match=words):
            check_can_start_year(member(Role.OWNER), AGENCY, **kwargs)


def test_only_owners_begin_a_year() -> None:
    for by in [member(Role.HEAD), member(Role.OWNER, OTHER)]:
        with pytest.raises(Forbidden):
            check_can_start_year(by, AGENCY, year=2026, years=[], this_year=2026)


def test_names_stand_on_one_line() -> None:
    assert clean_name("  Dinas \n Kesehatan ") == "Dinas Kesehatan"
    for wrong in ["", " \t ", "x" * 201]:
        with pytest.raises(UserError):
            clean_name(wrong)


@pytest.mark.parametrize("code", ["", "---", " a", "a  b", "x" * 61, "DINKES", "din-kes"])
def test_codes_that_are_refused(code: str) -> None:
    with pytest.raises(UserError):
        check_code(code, ["dinkes"])


def test_suggested_codes_are_free_and_short_enough() -> None:
    assert free_code("dinkes", ["disdik"]) == "dinkes"
    assert free_code("dinkes", ["DINKES", "dinkes-2"]) == "dinkes-3"
    long = "x" * 80
    assert len(free_code(long, ["x" * 60])) == 60


def test_no_unit_stands_below_itself() -> None:
    names = {1: "A", 2: "B", 3: "C"}
    check_shape({1: None, 2: 1, 3: 2}, names)
    for circle in [{1: 1}, {1: 2, 2: 1}, {1: 3, 2: 1, 3: 2}]:
        with pytest.raises(UserError, match="bawah dirinya sendiri"):
            check_shape(circle, names)


def test_the_tree_may_be_deep_but_not_endless() -> None:
    chain = {n: n - 1 or None for n in range(1, DEEPEST + 1)}
    check_shape(chain, {})
    with pytest.raises(UserError, match="paling dalam"):
        check_shape({**chain, DEEPEST + 1: DEEPEST}, {})


def test_a_unit_is_closed_empty() -> None:
    check_can_close(name="A", n_people=0, n_children=0)
    with pytest.raises(UserError, match="gabungkan unit ini"):
        check_can_close(name="A", n_people=1, n_children=0)
    with pytest.raises(UserError, match="lebih dahulu"):
        check_can_close(name="A", n_people=0, n_children=2)


def test_what_may_be_merged() -> None:
    check_can_merge({1, 2}, 3)
    for sources, target in [(set(), 3), ({3}, 3)]:
        with pytest.raises(UserError):
            check_can_merge(sources, target)


def test_merging_moves_children_and_lifts_a_target_below() -> None:
    parents = {1: None, 2: 1, 3: 1, 4: 2, 5: None}
    assert merged_parents(parents, {1}, 5) == {2: 5, 3: 5}
    # 4 stands below 2 below 1: merged into 4, 2 rises and 3 goes below 4.
    assert merged_parents(parents, {1}, 4) == {2: None, 3: 4}
    assert merged_parents(parents, {1, 2}, 4) == {3: 4, 4: None}


def test_below_and_headcounts() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: None}
    assert below(parents, 1) == {1, 2, 3}
    counts = headcounts(parents, {1: 5, 3: 2})
    assert counts == {
        1: Headcount(5, 7), 2: Headcount(0, 2), 3: Headcount(2, 2), 4: Headcount(0, 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("position", "order"),
    [(1, [9, 1, 2]), (2, [1, 9, 2]), (None, [1, 2, 9]), (50, [1, 2, 9]), (-3, [9, 1, 2])],
)
def test_places_among_siblings(position: int | None, order: list[int]) -> None:
    assert placed([1, 9, 2], 9, position) == order


def test_lineage_by_steps() -> None:
    first = step("abc", "ab", {"c": "a"})
    second = step("ab", "b", {"a": "b"})
    assert compose(first, second) == {"a": "b", "b": "b", "c": "b"}
    assert step("ab", "b", {"a": "gone"}) == {"a": None, "b": "b"}
    assert compose({"a": None}, {}) == {"a": None}
    assert redirected({"x": "a", "y": "b"}, ["a"], "c") == {"x": "c"}


def test_what_became_of_each_unit() -> None:
    before = [Unit(c, c.upper()) for c in "abcdef"]
    now = [
        Unit("a", "A"), Unit("b", "Baru"), Unit("c", "C", "a"), Unit("d", "Lain", "a"),
        Unit("z", "Z"),
    ]  # fmt: skip
    rows = changes_between(before, now, {"e": "a"})
    assert {r.code: r.change for r in rows} == {
        "a": Change.KEPT, "b": Change.RENAMED, "c": Change.MOVED,
        "d": Change.RENAMED_AND_MOVED, "z": Change.NEW, "e": Change.MERGED, "f": Change.CLOSED,
    }  # fmt: skip
    assert next(r for r in rows if r.code == "e").successor == now[0]


# ------------------------------------------------------------------ import

CURRENT = (
    Unit("setda", "Sekretariat Daerah"),
    Unit("org", "Bagian Organisasi", "setda"),
    Unit("dinkes", "Dinas Kesehatan"),
)


def test_codes_of_the_tree_win_over_their_spelling_in_the_file() -> None:
    file = (
        Unit("SETDA", "Setda"),
        Unit("Dinas  Kesehatan", "Dinas  Kesehatan", "SETDA"),  # no code in the file
        Unit("Dinas Baru", "Dinas Baru"),
        Unit("Bagian Organisasi", "Bagian Organisasi"),
        Unit("ORG", "Bagian lain"),  # takes the code that the name above would have found
    )
    made = aligned(file, CURRENT, {"dinas-baru", "bagian-organisasi"})
    assert made == (
        Unit("setda", "Setda"), Unit("dinkes", "Dinas Kesehatan", "setda"),
        Unit("dinas-baru-2", "Dinas Baru"), Unit("bagian-organisasi-2", "Bagian Organisasi"),
        Unit("org", "Bagian lain"),
    )  # fmt: skip


def test_differences() -> None:
    wanted = (Unit("setda", "Setda"), Unit("dinkes", "Dinas Kesehatan", "setda"), Unit("x", "X"))
    found = difference(CURRENT, wanted)
    assert [u.id for u in found.added] == ["x"]
    assert [new.id for _old, new in found.renamed] == ["setda"]
    assert [new.id for _old, new in found.moved] == ["dinkes"]
    assert [u.id for u in found.missing] == ["org"]
    assert found.n_same == 0
    assert not found.is_empty
    assert difference(CURRENT, CURRENT).is_empty
    assert fingerprint(CURRENT) != fingerprint(wanted)


def test_kept_units_follow_what_their_parent_became() -> None:
    wanted = (Unit("dinkes", "Dinas Kesehatan"),)
    merged = {"setda": Choice(Fate.MERGE, "dinkes"), "org": KEEP}
    plan = planned_tree(CURRENT, wanted, merged, {})
    assert plan == [wanted[0], Unit("org", "Bagian Organisasi", "dinkes")]
    plan = planned_tree(CURRENT, wanted, {"setda": KEEP, "org": KEEP}, {})
    assert plan[1:] == list(CURRENT[:2])


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"org": KEEP}, "setiap unit"),
        ({"setda": CLOSE, "org": KEEP}, "induknya"),
        ({"setda": KEEP, "org": CLOSE}, "4 pegawai"),
        ({"setda": KEEP, "org": Choice(Fate.MERGE, "org")}, "tetap ada"),
        ({"setda": Choice(Fate.MERGE, "asing"), "org": KEEP}, "tetap ada"),
        ({"setda": Choice(Fate.MERGE, "org"), "org": KEEP}, "bawah dirinya"),
    ],
)
def test_choices_that_leave_loose_ends(choices: dict[str, Choice], words: str) -> None:
    with pytest.raises(UserError, match=words):
        planned_tree(CURRENT, (CURRENT[2],), choices, {"org": 4})
