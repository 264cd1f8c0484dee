"""The parts of an agency's site, in the order of the year's work, and who finds each useful."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVERYONE = frozenset({"owner", "contact", "evaluator", "head", "analyst"})
_OWNER = frozenset({"owner"})
_REFERENCES = ("register", "behaviour", "regulation", "value_set", "instrument")


@dataclass(frozen=True)
class Part:
    """A part of the site: its first page, the names its pages begin with, who is led there."""

    label: Promise
    name: str
    prefixes: tuple[str, ...]
    roles: frozenset[str]


@dataclass(frozen=True)
class Link:
    """A part as the layout draws it."""

    label: Promise
    url: str
    current: bool


PARTS = (
    Part(_("Beranda"), "agency_home", ("agency_home",), EVERYONE),
    Part(_("Periode"), "cycle_list", ("cycle", "survey", "calendar", "instrument"), EVERYONE),
    Part(_("Kuesioner publik"), "open_survey_list", ("open_survey",), _OWNER),
    Part(_("Unit"), "unit_list", ("unit", "structure"), EVERYONE),
    Part(_("Pegawai"), "roster_list", ("employee", "roster"), frozenset({"owner", "contact"})),
    Part(_("Orang"), "member_list", ("member", "invitation"), _OWNER),
    Part(_("Rujukan"), "register_home", _REFERENCES, EVERYONE),
    Part(_("Jejak"), "audit_list", ("audit",), _OWNER | {"head"}),
    Part(_("Pengaturan"), "agency_edit", ("agency_edit",), _OWNER),
)


def links(agency: str, roles: Collection[str], view_name: str) -> list[Link]:
    """Return the parts that a member with ``roles`` is led to; the one shown is current."""
    return [
        Link(part.label, url, view_name.startswith(part.prefixes))
        for part in PARTS
        if not part.roles.isdisjoint(roles) and (url := address(part.name, agency))
    ]


def address(name: str, agency: str, *rest: object) -> str:
    """Return the address of a page of ``agency``, or "" where this site has no such page."""
    try:
        return reverse(name, args=[agency, *rest])
    except NoReverseMatch:
        return ""
