"""Who may do what with accounts, as tables."""

from __future__ import annotations

import pytest

from cermin.core.errors import UserError
from cermin.web.accounts import rules
from cermin.web.accounts.models import User
from cermin.web.accounts.presenters import device_of
from cermin.web.audit.actor import Actor, system

ANNA = User(email="anna@x.example", name="Anna")
BUDI = User(email="budi@x.example", name="Budi")


def acting(user: User) -> Actor:
    return Actor(id=str(user.pk), name=user.name, page="/tes/")


def passes(check, *args: object, **kwargs: object) -> bool:
    try:
        check(*args, **kwargs)
    except UserError:
        return False
    return True


@pytest.mark.parametrize(
    ("by", "allowed"), [(acting(ANNA), True), (acting(BUDI), False), (system("tes"), False)]
)
def test_only_the_person_changes_the_profile(by: Actor, allowed: bool) -> None:
    assert passes(rules.check_can_change_profile, by, ANNA) is allowed


@pytest.mark.parametrize(
    ("name", "language", "allowed"),
    [("Anna", "id", True), ("Anna", "en", True), ("", "id", False), ("Anna", "jv", False),
     ("a" * 150, "id", True), ("a" * 151, "id", False)],
)  # fmt: skip
def test_profiles(name: str, language: str, allowed: bool) -> None:
    assert passes(rules.check_profile, name, language) is allowed


@pytest.mark.parametrize(
    ("by", "by_operator", "allowed"),
    [(acting(BUDI), True, True), (acting(BUDI), False, False), (system("tes"), False, True),
     (acting(ANNA), True, False)],
)  # fmt: skip
def test_who_switches_accounts(by: Actor, by_operator: bool, allowed: bool) -> None:
    assert passes(rules.check_can_switch_account, by, ANNA, by_operator=by_operator) is allowed


@pytest.mark.parametrize(("needed", "allowed"), [(False, True), (True, False), (None, False)])
def test_who_removes_the_second_factor(needed: bool | None, allowed: bool) -> None:
    assert passes(rules.check_can_remove_second_factor, needed=needed) is allowed


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36",
         "Chrome di Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0 Safari/537.36 Edg/128.0",
         "Edge di Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
         "Safari di iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
         "Firefox di Linux"),
        ("curl/8 (Windows)", "Windows"),
        ("Firefox", "Firefox"),
        ("", "Perangkat tidak dikenal"),
    ],
)  # fmt: skip
def test_devices_as_people_call_them(agent: str, device: str) -> None:
    assert device_of(agent) == device
