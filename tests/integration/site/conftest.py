"""Two agencies with people of every role, and a browser for each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

import race_site
from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency, Role, Structure
from cermin.web.organisations.rules import Member
from cermin.web.sealing import make_key
from site_factory import as_member, give_role, make_agency, make_structure, make_user
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
def folder_of_its_own(settings, tmp_path: Path) -> Path:
    """A folder of the site for one test; the files of a closing stay in it."""
    settings.SITE_FOLDER = tmp_path / "situs"
    (settings.SITE_FOLDER / "files").mkdir(parents=True)
    return settings.SITE_FOLDER


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
def owner(house: House) -> Member:
    """The owner of the agency, as actions know who acts."""
    return as_member(house.owner, house.agency)


@pytest.fixture
def browser() -> Callable[[User | None], Client]:
    """Return a function that gives a signed-in client; None is an anonymous visitor."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(scope="module")
def migrated_site(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup, django_db_blocker
) -> Path:
    """A site's folder; on PostgreSQL the database under test is migrated already."""
    folder = tmp_path_factory.mktemp("site")
    make_key(folder / "keys")
    (folder / "site.env").write_text("")
    if connection.vendor == "sqlite":
        race_site.run(folder, race_site.MIGRATE)
    return folder


@pytest.fixture
def raced_site(migrated_site: Path, tmp_path: Path, transactional_db: None) -> Path:
    """A copy of it for one race."""
    folder = tmp_path / "site"
    shutil.copytree(migrated_site, folder)
    return folder
