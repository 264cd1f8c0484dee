"""Reads over all agencies of the site, for its operators."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q

from cermin.web.organisations.models import Agency, AgencyClass, Role


class AgencyLine(NamedTuple):
    """An agency in the operators' list."""

    name: str
    slug: str
    code: str
    agency_class: str
    n_people: int
    n_owners: int

    @property
    def class_name(self) -> str:
        """The class in words."""
        return str(AgencyClass(self.agency_class).label)


def agencies(*, text: str = "", agency_class: str = "") -> list[AgencyLine]:
    """Return the agencies by name, with how many people and owners each has; one query."""
    rows = Agency.objects.all()
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    if agency_class:
        rows = rows.filter(agency_class=agency_class)
    counted = rows.annotate(
        n_people=Count("memberships__user", distinct=True),
        n_owners=Count("memberships", filter=Q(memberships__role=Role.OWNER)),
    ).order_by("name")
    return [AgencyLine(*row) for row in counted.values_list(*AgencyLine._fields)]
