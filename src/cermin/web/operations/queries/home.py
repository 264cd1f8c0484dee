"""What the home page of an agency knows of the house; four queries, whatever its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cermin.web.accounts.models import User
from cermin.web.cycles.models import Cycle, State
from cermin.web.organisations.models import (
    Agency,
    Employee,
    Invitation,
    Membership,
    Role,
    RosterUpload,
    Structure,
    Unit,
)
from cermin.web.organisations.queries import agencies_of


@dataclass(frozen=True)
class House:
    """What an agency has so far."""

    upload: RosterUpload | None  # the newest
    n_units: int = 0
    n_units_without_contact: int = 0  # of the units at the top of the tree
    n_employees: int = 0
    n_people: int = 0
    n_invitations: int = 0  # sent and not yet answered
    n_contacts_invited: int = 0  # of these, to unit contacts


@dataclass(frozen=True)
class AgencyState:
    """An agency of a person and where its newest cycle stands."""

    agency: Agency
    year: int | None
    state: str


def agencies_with_state(user: User) -> list[AgencyState]:
    """Return the agencies in which ``user`` has a role, by name; two queries."""
    agencies = agencies_of(user)
    newest: dict[int, Cycle] = {}
    for cycle in Cycle.objects.filter(agency__in=agencies).order_by("year"):
        newest[cycle.agency_id] = cycle
    return [_agency_state(agency, newest.get(agency.pk)) for agency in agencies]


def _agency_state(agency: Agency, cycle: Cycle | None) -> AgencyState:
    if cycle is None:
        return AgencyState(agency, None, "")
    return AgencyState(agency, cycle.year, str(State(cycle.state).label))


def house_of(agency: Agency) -> House:
    """Return what ``agency`` has so far."""
    units = _newest_units()
    waiting = Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)
    counts = (
        Agency.objects.filter(pk=agency.pk)
        .values(
            n_units=_count(units, "structure__agency"),
            n_units_without_contact=_count(_without_contact(units, agency), "structure__agency"),
            n_employees=_count(Employee.objects.all(), "agency"),
            n_people=_count(Membership.objects.all(), "agency", of="user"),
            n_invitations=_count(waiting, "agency"),
            n_contacts_invited=_count(waiting.filter(role=Role.CONTACT), "agency"),
        )
        .get()
    )
    return House(upload=agency.roster_uploads.first(), **counts)


def names_of_units(agency: Agency, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return code and name of the units of the newest year with ``codes``, by name."""
    units = _newest_units().filter(structure__agency=agency, code__in=list(codes))
    return list(units.order_by("name").values_list("code", "name"))


def _newest_units() -> QuerySet[Unit]:
    """Return the units of the newest year of every agency."""
    newer = Structure.objects.filter(
        agency=OuterRef("structure__agency"), year__gt=OuterRef("structure__year")
    )
    units: QuerySet[Unit] = Unit.objects.without_tree_fields()
    return units.filter(~Exists(newer))


def _without_contact(units: QuerySet[Unit], agency: Agency) -> QuerySet[Unit]:
    contacts = Membership.objects.filter(agency=agency, role=Role.CONTACT)
    return units.filter(~Exists(contacts.filter(unit_code=OuterRef("code"))), parent__isnull=True)


def _count(rows: QuerySet[Model], agency: str, *, of: str = "pk") -> Coalesce:
    """Return the count of ``rows`` of the agency in the outer query, for one query in all."""
    counted = (
        rows.filter(**{agency: OuterRef("pk")})
        .order_by()
        .values(agency)
        .annotate(n=Count(of, distinct=True))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
