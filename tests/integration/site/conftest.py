"""Two agencies with people of every role, and a browser for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency, Role, Structure
from site_factory import give_role, make_agency, make_structure, make_user
from site_flush import trail_can_be_emptied


@dataclass(frozen=True)
class House:
    """An agency with its tree and one person per role."""

    agency: Agency
    structure: Structure
    owner: User
    contact: User
    evaluator: User
    head: User
    analyst: User
    outsider: User  # owner of another agency
    other: Agency


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests() -> Iterator[None]:
    """Tests that commit leave an empty trail behind, which the site itself never could."""
    with trail_can_be_emptied():
        yield


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    """Most tests are not about the second factor; those that are set DEMO to False."""
    settings.DEMO = True


@pytest.fixture
def house(db: None) -> House:
    agency, other = make_agency("rawa-bening"), make_agency("tanjung-asri")
    structure = make_structure(agency)
    make_structure(other)
    people = {}
    for role in Role:
        people[role.value] = make_user(f"{role.value}@rawabening.example")
        give_role(people[role.value], agency, role, "dinkes" if role is Role.CONTACT else "")
    outsider = make_user("pengelola@tanjungasri.example")
    give_role(outsider, other, Role.OWNER)
    return House(agency, structure, outsider=outsider, other=other, **people)


@pytest.fixture
def browser() -> Callable[[User | None], Client]:
    """Return a function that gives a signed-in client; None is an anonymous visitor."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
