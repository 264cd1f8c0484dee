"""Regulations of an agency, and the national ones that can be added."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from django.db.models import Q, QuerySet

from cermin.web.organisations.models import Agency
from cermin.web.register.models import Regulation, ValueSet
from cermin.web.register.rules import RegulationFacts


@dataclass(frozen=True)
class RegulationFilter:
    """What a reader looks for; empty means everything."""

    text: str = ""
    kind: str = ""


def regulations(agency: Agency, wanted: RegulationFilter) -> QuerySet[Regulation]:
    """Return the regulations that fit, newest year first; every word must occur somewhere."""
    rows = Regulation.objects.filter(agency=agency)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    for word in wanted.text.split()[:8]:
        fits = Q(subject__icontains=word) | Q(issuer__icontains=word) | Q(number__iexact=word)
        if word.isdecimal() and len(word) == len("2021"):
            fits |= Q(year=int(word))
        rows = rows.filter(fits)
    return rows


def twin_of(agency: Agency, facts: RegulationFacts, but: int | None = None) -> Regulation | None:
    """Return a regulation of this kind, number and year; of the same issuer if there is one."""
    rows = Regulation.objects.filter(
        agency=agency, kind=facts.kind, number__iexact=facts.number, year=facts.year
    )
    found = [row for row in rows if row.pk != but]
    same = [row for row in found if row.issuer.casefold() == facts.issuer.casefold()]
    return next(iter(same or found), None)


def sets_resting_on(regulation: Regulation) -> list[str]:
    """Return the names of the value sets whose legal basis this is."""
    rows = ValueSet.objects.filter(regulation=regulation)
    return list(rows.values_list("title", flat=True))


@cache
def national_regulations() -> tuple[RegulationFacts, ...]:
    """Return the shipped national regulations, each linked to the page that names it."""
    file = resources.files("cermin.web.register") / "data" / "national.yaml"
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(RegulationFacts(link=row.pop("source"), **row) for row in rows)


def missing_national(agency: Agency) -> list[RegulationFacts]:
    """Return the national regulations that the register does not have yet; one query."""
    rows = Regulation.objects.filter(agency=agency).values_list("kind", "number", "year")
    have = set(rows)
    return [one for one in national_regulations() if (one.kind, one.number, one.year) not in have]
