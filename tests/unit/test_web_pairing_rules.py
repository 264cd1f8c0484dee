"""Numbers of waiting pages, and who may hand invitations out."""

from __future__ import annotations

import pytest

from cermin.core.errors import UserError
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import SheetJob, SurveyState
from cermin.web.survey.rules.invitations import (
    MOST_ISSUES,
    check_can_export,
    check_can_fetch,
    check_can_hand_out,
    check_can_reissue,
)
from cermin.web.survey.rules.pairing import new_number, read_number, shown_number

HERE = Agency(pk=1, slug="rawa-bening")


def member(role: Role, agency: int = 1, id: str = "7") -> Member:
    return Member(id=id, name="A", page="/", agency_id=agency, roles=frozenset({role}))


def test_every_slip_of_one_digit_or_two_neighbours_is_found() -> None:
    for _attempt in range(50):
        number = new_number(())
        assert read_number(shown_number(number)) == number
        for place in range(6):
            for digit in "0123456789":
                slip = number[:place] + digit + number[place + 1 :]
                assert (read_number(slip) is None) == (slip != number)
            swapped = number[:place] + number[place : place + 2][::-1] + number[place + 2 :]
            assert (read_number(swapped) is None) == (swapped != number)


def test_numbers_in_use_are_not_given_again(monkeypatch) -> None:
    offered = iter([1, 1, 2])
    monkeypatch.setattr("secrets.randbelow", lambda _below: next(offered))
    first = new_number(())
    assert new_number({first}) != first


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "٤٨٢٩١٣", "48291", "²²²²²²"])
def test_what_is_no_number(typed: str) -> None:
    assert read_number(typed) is None


def passes(check, *args, **kwargs) -> bool:
    try:
        check(*args, **kwargs)
    except UserError:
        return False
    return True


@pytest.mark.parametrize("state", [None, *SurveyState])
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("agency", [1, 2])
def test_who_may_hand_out(state, role: Role, agency: int) -> None:
    by = member(role, agency)
    may = (
        agency == 1
        and role in (Role.OWNER, Role.CONTACT)
        and state in (SurveyState.PREPARING, SurveyState.OPEN)
    )
    assert passes(check_can_hand_out, by, HERE, state) == may
    sight = {"in_sight": {"a", "b"}}
    assert passes(check_can_export, by, HERE, state, wanted={"a"}, **sight) == may
    assert passes(check_can_reissue, by, HERE, state, unit="b", issue=1, **sight) == may
    assert not passes(check_can_export, by, HERE, state, wanted={"a", "c"}, **sight)
    assert not passes(check_can_reissue, by, HERE, state, unit="c", issue=1, **sight)
    assert not passes(check_can_reissue, by, HERE, state, unit="b", issue=MOST_ISSUES, **sight)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("agency", [1, 2])
@pytest.mark.parametrize("mine", [True, False])
def test_who_may_fetch(role: Role, agency: int, mine: bool) -> None:
    job = SheetJob(requested_by="7" if mine else "8")
    may = agency == 1 and mine and role in (Role.OWNER, Role.CONTACT)
    assert passes(check_can_fetch, member(role, agency), HERE, job) == may
