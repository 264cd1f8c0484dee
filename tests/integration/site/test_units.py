"""Changing the tree: history stays, mappings lead on, people and contacts go along."""

from __future__ import annotations

import pytest

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.actions.units import (
    add_unit,
    move_unit,
    rename_unit,
    reorder_unit,
)
from cermin.web.organisations.actions.units_ending import close_unit, merge_units
from cermin.web.organisations.models import (
    Employee,
    Invitation,
    Membership,
    Role,
    Structure,
    Succession,
    Unit,
)
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.queries.structures import lineage
from cermin.web.organisations.queries.units import unit_counts
from cermin.web.organisations.rules import Forbidden
from site_factory import NOW, as_member, give_role, make_agency, make_user


def person(agency, unit: Unit, number: int) -> Employee:
    return Employee.objects.create(
        agency=agency, unit=unit, person_index=number.to_bytes(32, "big"),
        name=f"Pegawai {number}", employment="PNS", added_at=NOW,
    )  # fmt: skip


@pytest.fixture
def by(house):
    return as_member(house.owner, house.agency)


@pytest.fixture
def next_year(house, by) -> Structure:
    person(house.agency, Unit.objects.get(structure=house.structure, code="dinkes"), 1)
    person(house.agency, Unit.objects.get(structure=house.structure, code="pkm-timur"), 2)
    person(house.agency, Unit.objects.get(structure=house.structure, code="setda-umum"), 3)
    return start_year(agency=house.agency, year=2027, by=by, now=NOW)


def unit(structure: Structure, code: str) -> Unit:
    return Unit.objects.get(structure=structure, code=code)


def rows_of(structure: Structure) -> list[tuple]:
    return list(Unit.objects.filter(structure=structure).order_by("pk").values_list())


# ------------------------------------------------------------------ years


def test_a_new_year_copies_the_tree_and_takes_the_roster_along(house, next_year) -> None:
    assert frame_units(next_year) == frame_units(house.structure)
    assert set(Employee.objects.values_list("unit__structure__year", "unit__code")) == {
        (2027, "dinkes"), (2027, "pkm-timur"), (2027, "setda-umum"),
    }  # fmt: skip
    counts = {
        u.code: unit_counts(next_year)[u.pk] for u in Unit.objects.filter(structure=next_year)
    }
    assert (counts["dinkes"].own, counts["dinkes"].total) == (1, 2)
    assert (counts["setda"].own, counts["setda"].total) == (0, 1)
    assert AuditEvent.objects.filter(action="structure_started", object_id="2027").exists()


def test_a_year_begins_once_and_another_agency_is_not_touched(house, by, next_year) -> None:
    with pytest.raises(UserError, match="sudah ada"):
        start_year(agency=house.agency, year=2027, by=by, now=NOW)
    with pytest.raises(Forbidden):
        start_year(agency=house.other, year=2027, by=by, now=NOW)
    assert Structure.objects.filter(agency=house.other).count() == 1


def test_the_first_year_of_an_agency_is_empty(db) -> None:
    agency, user = make_agency("baru"), make_user("a@baru.example")
    give_role(user, agency, Role.OWNER)
    structure = start_year(agency=agency, year=2026, by=as_member(user, agency), now=NOW)
    assert not structure.units.exists()


def change_everything(structure: Structure, by) -> None:
    """One of each change."""
    u = {x.code: x for x in Unit.objects.filter(structure=structure)}
    add_unit(structure=structure, parent=u["setda"], code="baru", name="Baru", by=by, now=NOW)
    rename_unit(unit=u["disdik"], name="Dinas Pendidikan dan Budaya", by=by, now=NOW)
    move_unit(unit=u["disdik"], parent=u["setda"], position=1, by=by, now=NOW)
    reorder_unit(unit=u["setda-umum"], step=-1, by=by, now=NOW)
    merge_units(sources=[u["dinkes"]], target=u["disdik"], by=by, now=NOW)
    close_unit(unit=u["setda-organisasi"], by=by, now=NOW)


def test_last_year_stays_byte_for_byte(house, by, next_year) -> None:
    before = rows_of(house.structure)
    change_everything(next_year, by)
    assert rows_of(house.structure) == before
    assert not Succession.objects.filter(structure=house.structure).exists()
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions >= {
        "unit_added", "unit_renamed", "unit_moved", "unit_reordered", "units_merged", "unit_closed",
    }  # fmt: skip


# ------------------------------------------------------------------ who and when

ACTIONS = {
    "add": lambda u, by: add_unit(
        structure=u.structure, parent=None, code="baru", name="Baru", by=by, now=NOW
    ),
    "rename": lambda u, by: rename_unit(unit=u, name="Lain", by=by, now=NOW),
    "move": lambda u, by: move_unit(unit=u, parent=None, by=by, now=NOW),
    "reorder": lambda u, by: reorder_unit(unit=u, step=1, by=by, now=NOW),
    "merge": lambda u, by: merge_units(
        sources=[u], target=Unit.objects.get(structure=u.structure, code="disdik"), by=by, now=NOW
    ),
    "close": lambda u, by: close_unit(unit=u, by=by, now=NOW),
}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("who", ["owner", "contact", "evaluator", "head", "analyst", "outsider"])
@pytest.mark.parametrize("state", ["open", "frozen", "past"])
def test_every_action_by_role_and_state(house, name: str, who: str, state: str) -> None:
    user = getattr(house, who)
    member = as_member(user, house.other if who == "outsider" else house.agency)
    if state == "frozen":
        Structure.objects.filter(pk=house.structure.pk).update(frozen_at=NOW)
    if state == "past":
        start_year(agency=house.agency, year=2027, by=as_member(house.owner, house.agency), now=NOW)
    before = rows_of(house.structure)
    subject = unit(house.structure, "setda-organisasi")
    if who == "owner" and state == "open":
        ACTIONS[name](subject, member)
        assert rows_of(house.structure) != before
        return
    with pytest.raises(UserError if who == "owner" else Forbidden):
        ACTIONS[name](subject, member)
    assert rows_of(house.structure) == before


def test_a_unit_of_another_agency_is_no_place_to_go(house, by) -> None:
    foreign = Unit.objects.get(structure__agency=house.other, code="dinkes")
    own = unit(house.structure, "dinkes")
    for act in [
        lambda: move_unit(unit=own, parent=foreign, by=by, now=NOW),
        lambda: merge_units(sources=[foreign], target=own, by=by, now=NOW),
        lambda: add_unit(
            structure=house.structure, parent=foreign, code="x", name="X", by=by, now=NOW
        ),
    ]:
        with pytest.raises(UserError, match="Muat ulang"):
            act()
    assert Unit.objects.filter(structure__agency=house.other).count() == 6


# ------------------------------------------------------------------ each change


def test_a_unit_is_added_last_and_codes_are_unique(house, by) -> None:
    parent = unit(house.structure, "dinkes")
    add_unit(structure=house.structure, parent=parent, code="pkm-b", name="A", by=by, now=NOW)
    names = [u.id for u in frame_units(house.structure) if u.parent == "dinkes"]
    assert names == ["pkm-timur", "pkm-b"]
    with pytest.raises(UserError, match="sudah dipakai"):
        add_unit(structure=house.structure, parent=None, code="PKM B", name="C", by=by, now=NOW)


def test_moves_keep_a_tree_and_an_order(house, by) -> None:
    s = house.structure
    with pytest.raises(UserError, match="bawah dirinya"):
        move_unit(unit=unit(s, "dinkes"), parent=unit(s, "pkm-timur"), by=by, now=NOW)
    move_unit(unit=unit(s, "pkm-timur"), parent=unit(s, "setda"), position=2, by=by, now=NOW)
    below = [u.id for u in frame_units(s) if u.parent == "setda"]
    assert below == ["setda-organisasi", "pkm-timur", "setda-umum"]
    reorder_unit(unit=unit(s, "pkm-timur"), step=-1, by=by, now=NOW)
    reorder_unit(unit=unit(s, "pkm-timur"), step=-1, by=by, now=NOW)
    reorder_unit(unit=unit(s, "setda-organisasi"), step=1, by=by, now=NOW)
    below = [u.id for u in frame_units(s) if u.parent == "setda"]
    assert below == ["pkm-timur", "setda-umum", "setda-organisasi"]
    move_unit(unit=unit(s, "pkm-timur"), parent=None, by=by, now=NOW)
    assert [u.id for u in frame_units(s) if u.parent is None][-1] == "pkm-timur"


def test_a_merge_takes_people_contacts_and_units_along(house, by, next_year) -> None:
    both = make_user("dua@rawabening.example")
    give_role(both, house.agency, Role.CONTACT, "dinkes")
    give_role(both, house.agency, Role.CONTACT, "disdik")
    invited = Invitation.objects.create(
        agency=house.agency, email="x@y.example", name="X", role=Role.CONTACT, unit_code="dinkes",
        token_hash="t", invited_by="Sari", created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    target = unit(next_year, "disdik")
    merge_units(sources=[unit(next_year, "dinkes")], target=target, by=by, now=NOW)
    assert Employee.objects.get(name="Pegawai 1").unit == target
    assert unit(next_year, "pkm-timur").parent == target
    contacts = Membership.objects.filter(agency=house.agency, role=Role.CONTACT)
    assert sorted(contacts.values_list("user__email", "unit_code")) == [
        ("contact@rawabening.example", "disdik"), ("dua@rawabening.example", "disdik"),
    ]  # fmt: skip
    invited.refresh_from_db()
    assert invited.unit_code == "disdik"
    row = Succession.objects.get()
    assert (row.from_code, row.from_name, row.to_code) == ("dinkes", "Dinas Kesehatan", "disdik")
    event = AuditEvent.objects.get(action="units_merged")
    assert event.details["n_people"] == 1


def test_several_units_merge_into_one_below_them(house, by, next_year) -> None:
    sources = [unit(next_year, "dinkes"), unit(next_year, "setda")]
    merge_units(sources=sources, target=unit(next_year, "pkm-timur"), by=by, now=NOW)
    assert [(u.id, u.parent) for u in frame_units(next_year)] == [
        ("disdik", None), ("pkm-timur", None),
        ("setda-organisasi", "pkm-timur"), ("setda-umum", "pkm-timur"),
    ]  # fmt: skip


def test_chains_of_merges_resolve(house, by, next_year) -> None:
    def merge(source: str, target: str) -> None:
        merge_units(
            sources=[unit(next_year, source)], target=unit(next_year, target), by=by, now=NOW
        )

    add_unit(structure=next_year, parent=None, code="gabungan", name="G", by=by, now=NOW)
    merge("pkm-timur", "dinkes")
    merge("dinkes", "gabungan")
    merge("gabungan", "disdik")  # began this year: no row of its own
    assert dict(Succession.objects.values_list("from_code", "to_code")) == {
        "pkm-timur": "disdik", "dinkes": "disdik",
    }  # fmt: skip
    merge("setda-umum", "setda-organisasi")
    move_people = Employee.objects.filter(unit__code="setda-organisasi")
    move_people.update(unit=unit(next_year, "disdik"))
    close_unit(unit=unit(next_year, "setda-organisasi"), by=by, now=NOW)
    became = lineage(house.agency, 2026, 2027)
    assert became == {
        "disdik": "disdik", "dinkes": "disdik", "pkm-timur": "disdik", "setda": "setda",
        "setda-organisasi": None, "setda-umum": None,
    }  # fmt: skip


def test_closing_names_the_remedy(house, by, next_year) -> None:
    with pytest.raises(UserError, match="1 pegawai"):
        close_unit(unit=unit(next_year, "pkm-timur"), by=by, now=NOW)
    with pytest.raises(UserError, match="2 unit di bawahnya"):
        close_unit(unit=unit(next_year, "setda"), by=by, now=NOW)
    close_unit(unit=unit(next_year, "disdik"), by=by, now=NOW)
    with pytest.raises(UserError, match="baru saja"):
        close_unit(unit=Unit(pk=10**6, structure=next_year), by=by, now=NOW)
    assert lineage(house.agency, 2026, 2027)["disdik"] is None


def test_the_code_of_a_closed_unit_opens_it_again(house, by, next_year) -> None:
    close_unit(unit=unit(next_year, "disdik"), by=by, now=NOW)
    add_unit(structure=next_year, parent=None, code="disdik", name="D", by=by, now=NOW)
    assert not Succession.objects.exists()
    assert lineage(house.agency, 2026, 2027)["disdik"] == "disdik"


def test_lineage_over_three_years(house, by, next_year, django_assert_num_queries) -> None:
    merge_units(
        sources=[unit(next_year, "dinkes")], target=unit(next_year, "disdik"), by=by, now=NOW
    )
    third = start_year(agency=house.agency, year=2028, by=by, now=NOW.replace(year=2027))
    merge_units(sources=[unit(third, "disdik")], target=unit(third, "setda"), by=by, now=NOW)
    with django_assert_num_queries(3):
        became = lineage(house.agency, 2026, 2028)
    assert (became["dinkes"], became["disdik"], became["pkm-timur"]) == (
        "setda",
        "setda",
        "pkm-timur",
    )
    assert lineage(house.agency, 2027, 2028)["disdik"] == "setda"
    same = lineage(house.agency, 2026, 2026)
    assert same == {code: code for code in same}
    assert lineage(house.agency, 2024, 2028) == {}
    assert lineage(house.agency, 2026, 2030) == {}
    with pytest.raises(ValueError, match="forward"):
        lineage(house.agency, 2028, 2026)
