"""Rules of the roster as truth tables; nothing here touches a database."""

from __future__ import annotations

import itertools

import pytest

from cermin.core.errors import UserError
from cermin.web.organisations.models import Agency, Role, RosterUpload, UploadState
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.organisations.rules.roster import (
    AT_WORK,
    DISCARDABLE,
    FINISHED,
    TRANSITIONS,
    Unusual,
    check_can_accept,
    check_can_discard,
    check_can_upload,
    roster_sight,
    warnings_of,
)

AGENCY = Agency(pk=1, slug="a")
OTHER = Agency(pk=2, slug="b")


def member(*roles: Role, agency: Agency = AGENCY) -> Member:
    units = frozenset({"dinkes"}) if Role.CONTACT in roles else frozenset()
    return Member(id="1", name="A", page="/", agency_id=agency.pk, roles=frozenset(roles),
                  unit_codes=units)  # fmt: skip


def upload(state: UploadState = UploadState.READY, **counts: int) -> RosterUpload:
    return RosterUpload(agency=AGENCY, state=state, **({"n_added": 1} | counts))


@pytest.mark.parametrize("role", Role)
def test_who_sees_and_who_writes(role: Role) -> None:
    by = member(role)
    ready = {"is_newest": True, "n_employees": 9, "confirmed": False}
    owner = role is Role.OWNER
    assert permits(check_can_upload, by, AGENCY, is_applying=False) is owner
    assert permits(check_can_accept, by, upload(), **ready) is owner
    assert permits(check_can_discard, by, upload()) is owner
    elsewhere = member(role, agency=OTHER)
    with pytest.raises(Forbidden):
        check_can_accept(elsewhere, upload(), **ready)
    with pytest.raises(Forbidden):
        check_can_discard(elsewhere, upload())


def test_sight() -> None:
    assert roster_sight(member(Role.OWNER)) is None
    assert roster_sight(member(Role.OWNER, Role.CONTACT)) is None
    assert roster_sight(member(Role.CONTACT)) == {"dinkes"}
    assert roster_sight(member(Role.EVALUATOR)) == set()


def test_nothing_is_uploaded_while_another_is_applied() -> None:
    with pytest.raises(UserError, match="sedang diterapkan"):
        check_can_upload(member(Role.OWNER), AGENCY, is_applying=True)


@pytest.mark.parametrize(
    ("state", "is_newest", "confirmed", "many"),
    list(itertools.product(UploadState, (True, False), (True, False), (True, False))),
)
def test_accepting(state: UploadState, is_newest: bool, confirmed: bool, many: bool) -> None:
    row = upload(state, n_left=30 if many else 1)
    passes = state is UploadState.READY and is_newest and (confirmed or not many)
    by = member(Role.OWNER)
    assert passes is permits(
        check_can_accept, by, row, is_newest=is_newest, n_employees=100, confirmed=confirmed
    )


def test_no_change_is_not_accepted() -> None:
    with pytest.raises(UserError, match="Tidak ada perubahan"):
        check_can_accept(member(Role.OWNER), upload(n_added=0), is_newest=True, n_employees=5,
                         confirmed=True)  # fmt: skip


@pytest.mark.parametrize("state", UploadState)
def test_discarding(state: UploadState) -> None:
    waiting = {UploadState.QUEUED, UploadState.READING, UploadState.READY}
    assert permits(check_can_discard, member(Role.OWNER), upload(state)) is (state in waiting)


@pytest.mark.parametrize(
    ("left", "moved", "people", "expected"),
    [(0, 0, 0, []), (20, 50, 100, []), (21, 50, 100, [Unusual.MANY_LEAVE]),
     (20, 51, 100, [Unusual.MANY_MOVE]), (1, 1, 1, [Unusual.MANY_LEAVE, Unusual.MANY_MOVE])],
)  # fmt: skip
def test_warnings_begin_above_the_shares(left, moved, people, expected) -> None:
    assert warnings_of(upload(n_left=left, n_moved=moved), people) == expected


def test_every_state_has_its_place() -> None:
    assert set(TRANSITIONS) == set(UploadState)
    reached = {state for after in TRANSITIONS.values() for state in after}
    assert reached | {UploadState.QUEUED} == set(UploadState)
    assert AT_WORK | {UploadState.READY} | FINISHED == set(UploadState)
    assert DISCARDABLE.isdisjoint(FINISHED | {UploadState.ACCEPTING})
