"""Two owners at the same moment: moves that would make a loop, a year begun twice.

Threads of a process of its own, on a file of SQLite as sites have it, or on PostgreSQL.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from race_site import run

pytestmark = pytest.mark.own_site

ROUNDS = 8
SCRIPT = """
import json, sys, threading
from pathlib import Path
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.db import connections
from cermin.core.errors import UserError
from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.actions.units import move_unit
from cermin.web.organisations.actions.units_ending import close_unit, merge_units
from cermin.web.organisations.models import Role, Succession, Unit
from cermin.web.organisations.queries import frame_units
from site_factory import NOW, as_member, give_role, make_agency, make_structure, make_user

def together(*calls):
    barrier, outcomes = threading.Barrier(len(calls)), []
    def run(call):
        barrier.wait()
        try:
            call()
            outcomes.append("done")
        except UserError:
            outcomes.append("refused")
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connections.close_all()
    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(outcomes)

def house(number, tree):
    agency = make_agency(f"a{number}")
    user = make_user(f"owner{number}@a.example")
    give_role(user, agency, Role.OWNER)
    structure = make_structure(agency, 2026, tree)
    units = {unit.code: unit for unit in Unit.objects.filter(structure=structure)}
    return agency, structure, units, as_member(user, agency)

def moves(number):
    tree = [("a", "A", None), ("b", "B", None), ("c", "C", None)]
    _agency, structure, u, by = house(number, tree)
    outcomes = together(*(
        lambda unit=u[x], parent=u[y]: move_unit(unit=unit, parent=parent, by=by, now=NOW)
        for x, y in ["ab", "bc", "ca"]
    ))
    return outcomes, len(frame_units(structure))  # a loop would hide its units

def years(number):
    agency, _structure, _u, by = house(number, [("a", "A", None), ("b", "B", "a")])
    def start():
        start_year(agency=agency, year=2027, by=by, now=NOW)
    outcomes = together(start, start)
    return outcomes, Unit.objects.filter(structure__agency=agency).count()

def changes_and_a_new_year(number):
    tree = [("a", "A", None), ("b", "B", None)]
    agency, _structure, u, by = house(number, tree)
    outcomes = together(
        lambda: start_year(agency=agency, year=2027, by=by, now=NOW),
        lambda: merge_units(sources=[u["a"]], target=u["b"], by=by, now=NOW),
    )
    # Merged before the copy: neither year has it. After: refused, and both years have it.
    kept = Unit.objects.filter(structure__agency=agency, code="a").count()
    return outcomes, kept

def merge_and_close(number):
    tree = [("a", "A", None), ("b", "B", None)]
    agency, _structure, u, by = house(number, tree)
    outcomes = together(
        lambda: merge_units(sources=[u["a"]], target=u["b"], by=by, now=NOW),
        lambda: close_unit(unit=u["b"], by=by, now=NOW),
    )
    return outcomes, Unit.objects.filter(structure__agency=agency).count()

race = globals()[sys.argv[2]]
print(json.dumps([race(number) for number in range(int(sys.argv[3]))]))
"""


@pytest.fixture
def race(raced_site: Path):
    return lambda name: json.loads(run(raced_site, SCRIPT, name, str(ROUNDS)))


def test_racing_moves_never_make_a_loop(race) -> None:
    for outcomes, n_units in race("moves"):
        assert outcomes == ["done", "done", "refused"]
        assert n_units == 3


def test_a_year_that_begins_twice_at_once_begins_once(race) -> None:
    for outcomes, n_units in race("years"):
        assert outcomes == ["done", "refused"]
        assert n_units == 4


def test_a_change_is_in_both_years_or_in_none(race) -> None:
    for outcomes, n_kept in race("changes_and_a_new_year"):
        assert (outcomes, n_kept) in [(["done", "done"], 0), (["done", "refused"], 2)]


def test_nothing_is_merged_into_a_closed_unit(race) -> None:
    # Merged first, the target is still empty and may close; closed first, there is no target.
    for outcomes, n_units in race("merge_and_close"):
        assert (outcomes, n_units) in [(["done", "done"], 0), (["done", "refused"], 1)]
