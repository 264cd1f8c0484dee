"""The plan of one agency by unit ids, and sums over it."""

import numpy as np
import pytest

from cermin.core.disclosure import IndexSums, Respondents
from cermin.core.population import Unit
from cermin.core.publication import ROOT, SuppressedUnit, atom_rows, plan_agency, roll_up

UNITS = (
    Unit("setda", "Sekretariat Daerah"),
    Unit("dinkes", "Dinas Kesehatan"),
    Unit("kec", "Kecamatan Fiktif"),
    Unit("umum", "Bagian Umum", "setda"),
    Unit("hukum", "Bagian Hukum", "setda"),
    Unit("org", "Bagian Organisasi", "setda"),
    Unit("pusk", "Puskesmas Fiktif", "dinkes"),
)
OWN = np.array([12, 20, 5, 30, 4, 25, 0])


def _respondents(own: np.ndarray) -> Respondents:
    return Respondents(own[:, np.newaxis])


def test_nodes_stand_parents_first_with_pools_and_own_staff() -> None:
    plan = plan_agency(UNITS, _respondents(OWN))
    assert [(n.id, n.kind, n.parent, n.members, n.atom, n.n) for n in plan.nodes] == [
        (ROOT, "agency", None, (), False, 96),
        ("setda", "unit", ROOT, (), False, 71),
        ("umum", "unit", "setda", (), True, 30),
        ("org", "unit", "setda", (), True, 25),
        (":pool", "pool", ROOT, ("dinkes", "kec"), True, 25),
        ("setda:pool", "pool", "setda", ("hukum", "setda:own"), True, 16),
    ]
    assert plan.node_parent.tolist() == [-1, 0, 1, 1, 0, 1]


def test_hidden_units_name_their_reason_and_where_they_are_counted() -> None:
    assert plan_agency(UNITS, _respondents(OWN)).suppressed == (
        SuppressedUnit("dinkes", "protects_others", ":pool"),
        SuppressedUnit("kec", "below_threshold", ":pool"),
        SuppressedUnit("hukum", "below_threshold", "setda:pool"),
        SuppressedUnit("pusk", "parent_hidden", ":pool"),
    )


def test_sums_over_the_plan_are_sums_over_the_units() -> None:
    plan = plan_agency(UNITS, _respondents(OWN))
    total = roll_up(plan, np.stack([OWN, 2 * OWN], axis=1))
    assert total[:, 0].tolist() == [node.n for node in plan.nodes]
    assert total[:, 1].tolist() == [2 * node.n for node in plan.nodes]
    atoms = atom_rows(plan, OWN)
    assert [n > 0 for n in atoms] == [node.atom for node in plan.nodes]
    assert atoms.sum() == OWN.sum()


def test_people_of_a_unit_where_nobody_answered_are_still_counted() -> None:
    own = np.array([0, 20, 15, 30, 40, 25, 0])
    plan = plan_agency(UNITS, _respondents(own))
    headcount = roll_up(plan, own + 3)
    by_id = dict(zip([n.id for n in plan.nodes], headcount.tolist(), strict=True))
    assert by_id[ROOT] == own.sum() + 21
    assert by_id["setda"] == 95 + 12
    assert by_id["dinkes"] == 20 + 6


def test_large_own_staff_is_a_node_of_its_own() -> None:
    plan = plan_agency(UNITS, _respondents(np.array([12, 20, 15, 30, 40, 25, 0])))
    node = next(n for n in plan.nodes if n.kind == "own_staff")
    assert (node.id, node.parent, node.n) == ("setda:own", "setda", 12)


def test_an_agency_below_the_threshold_has_no_nodes() -> None:
    plan = plan_agency(UNITS, _respondents(np.array([1, 1, 1, 1, 1, 1, 1])))
    assert plan.nodes == ()
    assert plan.unit_atom.tolist() == [-1] * 7
    assert {s.published_in for s in plan.suppressed} == {None}
    assert atom_rows(plan, OWN).size == 0


def test_an_extreme_agency_carries_its_codings() -> None:
    n = OWN[:, np.newaxis].astype(float)
    sums = IndexSums(99.9 * n, n, np.minimum(OWN, 1).astype(float))
    plan = plan_agency(UNITS, Respondents(OWN[:, np.newaxis], sums))
    assert [node.id for node in plan.nodes] == [ROOT]
    assert plan.codings[0].bound == pytest.approx(100 - 100 / 96)


def test_the_order_of_units_does_not_change_ties() -> None:
    units = [Unit(name, name) for name in "abcd"]
    own = np.array([4, 12, 12, 30])
    first = plan_agency(units, _respondents(own))
    second = plan_agency(units[::-1], _respondents(own[::-1]))
    assert set(first.nodes[-1].members) == set(second.nodes[-1].members) == {"a", "b"}


def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown parent of x"):
        plan_agency([Unit("x", "X", "y")], _respondents(np.array([20])))
