"""Agencies, people and units for the tests of the site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency, Membership, Role, Structure, Unit
from cermin.web.organisations.queries import member_of
from cermin.web.organisations.rules import Member

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
PASSWORD = "sungai tenang di rawa 42"

TREE = (
    ("setda", "Sekretariat Daerah", None),
    ("setda-organisasi", "Bagian Organisasi", "setda"),
    ("setda-umum", "Bagian Umum", "setda"),
    ("dinkes", "Dinas Kesehatan", None),
    ("pkm-timur", "Puskesmas Rawa Timur", "dinkes"),
    ("disdik", "Dinas Pendidikan", None),
)


def make_agency(slug: str = "rawa-bening", **fields: object) -> Agency:
    """Return a kabupaten."""
    number = Agency.objects.count() + 1
    defaults = {
        "code": f"{7000 + number}", "name": f"Kabupaten {slug}", "agency_class": "kabupaten",
        "language": "id", "time_zone": "Asia/Jakarta", "created_at": NOW,
    }  # fmt: skip
    return Agency.objects.create(slug=slug, **{**defaults, **fields})


def make_user(email: str, *, name: str = "", **fields: object) -> User:
    """Return an account that can sign in with PASSWORD."""
    user = User(
        email=email, name=name or email.split("@", maxsplit=1)[0].title(), created_at=NOW, **fields
    )
    user.set_password(PASSWORD)
    user.save()
    return user


def give_role(user: User, agency: Agency, role: Role, unit_code: str = "") -> Membership:
    """Give ``user`` a role in ``agency``."""
    return Membership.objects.create(
        user=user, agency=agency, role=role, unit_code=unit_code, since=NOW
    )


def as_member(user: User, agency: Agency, page: str = "/tes/") -> Member:
    """Return ``user`` as the actor of actions in ``agency``."""
    member = member_of(user, agency, page)
    assert member is not None
    return member


def make_structure(
    agency: Agency, year: int = 2026, tree: Iterable[tuple[str, str, str | None]] = TREE
) -> Structure:
    """Return a tree of units; parents come before children."""
    structure = Structure.objects.create(agency=agency, year=year, created_at=NOW)
    made: dict[str, Unit] = {}
    for position, (code, name, parent) in enumerate(tree):
        made[code] = Unit.objects.create(
            structure=structure, code=code, name=name, position=position,
            parent=made[parent] if parent else None,
        )  # fmt: skip
    return structure
