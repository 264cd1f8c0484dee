"""Who may invite, give and take roles, add and edit agencies: truth tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cermin.core.errors import UserError
from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency, Invitation, Role
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.organisations.rules.agency import check_can_add_agency, check_can_edit_agency
from cermin.web.organisations.rules.members import (
    InvitationGone,
    check_can_accept,
    check_can_change_invitation,
    check_can_give_role,
    check_can_invite,
    check_can_remove_role,
    is_open,
    is_pending,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)
AGENCY = Agency(pk=1, slug="a")
UNITS = frozenset({"dinkes"})


def member(role: Role, agency_id: int = 1) -> Member:
    return Member("u", "Siti", "/tes/", agency_id=agency_id, roles=frozenset({role}))


def invitation(**fields: object) -> Invitation:
    defaults = {"agency": AGENCY, "email": "siti@a.example", "expires_at": NOW + timedelta(days=1)}
    return Invitation(**{**defaults, **fields})


ACTIONS = {
    "invite": lambda by: check_can_invite(by, AGENCY, Role.HEAD, "", UNITS),
    "give": lambda by: check_can_give_role(
        by, AGENCY, Role.HEAD, "", unit_codes=UNITS, is_member=True
    ),
    "remove": lambda by: check_can_remove_role(by, AGENCY, owners_left=1),
    "change invitation": lambda by: check_can_change_invitation(by, AGENCY, invitation()),
    "edit agency": lambda by: check_can_edit_agency(by, AGENCY),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("agency_id", [1, 2])
def test_only_owners_of_this_agency(action: str, role: Role, agency_id: int) -> None:
    allowed = role is Role.OWNER and agency_id == 1
    assert permits(ACTIONS[action], member(role, agency_id)) is allowed
    if not allowed:
        with pytest.raises(Forbidden):
            ACTIONS[action](member(role, agency_id))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("unit", "known"), [("", False), ("dinkes", True), ("lain", False)])
def test_contacts_and_only_contacts_have_an_existing_unit(
    role: Role, unit: str, known: bool
) -> None:
    allowed = known if role is Role.CONTACT else unit == ""
    assert permits(check_can_invite, member(Role.OWNER), AGENCY, role, unit, UNITS) is allowed


@pytest.mark.parametrize(("is_member", "allowed"), [(True, True), (False, False)])
def test_roles_are_given_to_members_only(is_member: bool, allowed: bool) -> None:
    assert (
        permits(
            check_can_give_role, member(Role.OWNER), AGENCY, Role.HEAD, "",
            unit_codes=UNITS, is_member=is_member,
        )
        is allowed
    )  # fmt: skip


@pytest.mark.parametrize(("left", "allowed"), [(0, False), (1, True), (2, True)])
def test_the_last_owner_stays(left: int, allowed: bool) -> None:
    assert permits(check_can_remove_role, member(Role.OWNER), AGENCY, owners_left=left) is allowed


@pytest.mark.parametrize("accepted", [None, NOW])
@pytest.mark.parametrize("revoked", [None, NOW])
@pytest.mark.parametrize("expires", [NOW, NOW + timedelta(seconds=1)])
@pytest.mark.parametrize("email", ["Siti@A.example", "lain@a.example"])
def test_who_may_accept(
    accepted: datetime | None, revoked: datetime | None, expires: datetime, email: str
) -> None:
    one = invitation(accepted_at=accepted, revoked_at=revoked, expires_at=expires)
    pending = accepted is None and revoked is None
    living = pending and expires > NOW
    assert is_pending(one) is pending
    assert is_open(one, NOW) is living
    assert permits(check_can_accept, one, email, now=NOW) is (living and email == "Siti@A.example")
    owner = member(Role.OWNER)
    assert permits(check_can_change_invitation, owner, AGENCY, one) is pending


def test_unknown_and_dead_invitations_say_the_same() -> None:
    dead = [
        None,
        invitation(accepted_at=NOW),
        invitation(revoked_at=NOW),
        invitation(expires_at=NOW),
    ]
    words = set()
    for one in dead:
        with pytest.raises(InvitationGone) as error:
            check_can_accept(one, "siti@a.example", now=NOW)
        words.add(str(error.value))
    assert len(words) == 1


def test_another_agencys_invitation_is_not_changed() -> None:
    other = invitation(agency=Agency(pk=2, slug="b"))
    with pytest.raises(UserError):
        check_can_change_invitation(member(Role.OWNER), AGENCY, other)


@pytest.mark.parametrize("is_operator", [True, False])
@pytest.mark.parametrize("is_active", [True, False])
def test_operators_in_use_add_agencies(is_operator: bool, is_active: bool) -> None:
    user = User(is_operator=is_operator, is_active=is_active)
    assert permits(check_can_add_agency, user) is (is_operator and is_active)
