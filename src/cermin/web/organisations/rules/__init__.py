"""Who may do what in an agency: pure rules over a member's roles. They never query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit.actor import Actor
from cermin.web.organisations.models import Agency, Role, Structure

SECOND_FACTOR_ROLES = frozenset({Role.OWNER, Role.EVALUATOR})


class Forbidden(UserError):  # noqa: N818 - a name people read
    """The person may not do this; the page says so."""

    status = 403


@dataclass(frozen=True)
class Member(Actor):
    """An actor in one agency, with the roles held there."""

    agency_id: int = 0
    roles: frozenset[Role] = frozenset()
    unit_codes: frozenset[str] = field(default_factory=frozenset)  # of a unit contact

    def has(self, *roles: Role) -> bool:
        """Whether the member holds any of ``roles``."""
        return not self.roles.isdisjoint(roles)


def system_member(agency: Agency, page: str) -> Member:
    """Return the site itself acting in ``agency``: the background worker or a command."""
    return Member(id="", name="Cermin", page=page, agency_id=agency.pk, roles=frozenset(Role))


def permits(check: Callable[..., None], *args: object, **kwargs: object) -> bool:
    """Whether ``check`` would pass; for showing or hiding a button."""
    try:
        check(*args, **kwargs)
    except UserError:
        return False
    return True


def check_owner(by: Member, agency: Agency) -> None:
    """Only an owner of this very agency."""
    check_role(by, agency, Role.OWNER)


def check_role(by: Member, agency: Agency, *roles: Role) -> None:
    """Only a member of this very agency with one of ``roles``."""
    if by.agency_id != agency.pk or not by.has(*roles):
        raise Forbidden(N_("Peran Anda tidak mengizinkan tindakan ini."))


def check_can_edit_structure(by: Member, structure: Structure) -> None:
    """Owners, while the year's tree is not frozen."""
    check_owner(by, structure.agency)
    if structure.is_frozen:
        raise UserError(
            N_("Struktur unit tahun {year} sudah dibekukan karena survei telah dibuka."),
            year=structure.year,
        )
