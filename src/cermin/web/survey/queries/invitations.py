"""Invitees as lists, counts and strips need them. Nothing here reads whose ballot is drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from cermin.web import survey_keys
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.queries.contacts import opened_contact
from cermin.web.organisations.queries.roster import PlacedUnit, in_sight, placed_units
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.roster import roster_sight
from cermin.web.survey.models import BallotClass, Invitee, SheetJob, Survey, SurveyState
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.rules.codes import code_of

MOST_IN_A_FILE = 252  # people; 28 sheets, a second or two of work
_BATCH = 2_000
_KNOWN = ("id", "name", "unit_code", "issue", "email_sealed", "phone_sealed")


@dataclass(frozen=True)
class Reached:
    """How many people are invited, and how many of them can be written to."""

    invited: int = 0
    with_email: int = 0
    with_phone: int = 0

    def __add__(self, other: Reached) -> Reached:
        return Reached(
            self.invited + other.invited, self.with_email + other.with_email,
            self.with_phone + other.with_phone,
        )  # fmt: skip


@dataclass(frozen=True)
class Invited:
    """One person with the code, as it goes into files for whoever hands it out."""

    name: str
    unit_code: str
    email: str
    phone: str
    code: str


def state_of(survey: Survey | None) -> SurveyState | None:
    """Return how far the survey is."""
    return None if survey is None else SurveyState(survey.state)


def units_of(cycle: Cycle, by: Member) -> list[PlacedUnit]:
    """Return the units of the frozen tree that a member sees, depth first."""
    return in_sight(placed_units(cycle.structure), roster_sight(by))


def below(units: Sequence[PlacedUnit], chosen: str) -> list[PlacedUnit]:
    """Return a unit of ``units`` with those below it; "" is all of them."""
    return in_sight(units, {chosen}) if chosen else list(units)


def reached_by_unit(survey: Survey) -> dict[str, Reached]:
    """Return the counts of the people of each unit itself; one query."""
    counted = (
        survey.invitees.values_list("unit_code")
        .annotate(n=Count("id"), emails=Count("email_sealed"), phones=Count("phone_sealed"))
        .order_by("unit_code")
    )
    return {code: Reached(n, emails, phones) for code, n, emails, phones in counted}


def group_count(survey: Survey) -> int:
    """Return how many groups of at least the threshold participation is shown for."""
    return BallotClass.objects.filter(survey=survey).values("unit_code").distinct().count()


def people_of(survey: Survey, unit_codes: Collection[str]) -> QuerySet[Invitee]:
    """Return the people of these units by name."""
    rows = Invitee.objects.filter(survey=survey, unit_code__in=list(unit_codes))
    return rows.only(*_KNOWN, "survey").order_by("name", "id")


def ids_by_unit(survey: Survey, unit_codes: Sequence[str]) -> list[tuple[str, list[UUID]]]:
    """Return the people of each unit, in the order of ``unit_codes`` and by name."""
    found: dict[str, list[UUID]] = {code: [] for code in unit_codes}
    for pk, code in people_of(survey, unit_codes).values_list("id", "unit_code"):
        found[code].append(pk)
    return [(code, people) for code, people in found.items() if people]


def sheet_parts(job: SheetJob) -> list[tuple[str, list[UUID]]]:
    """Return the unit and the people of each file of a job; always the same."""
    return [
        (code, people[start : start + MOST_IN_A_FILE])
        for code, people in ids_by_unit(job.survey, job.unit_codes)
        for start in range(0, len(people), MOST_IN_A_FILE)
    ]


def invited(survey: Survey, ids: Sequence[UUID], *, with_contacts: bool) -> Iterator[Invited]:
    """Return these people with their codes, in the order given."""
    secret = survey_keys.invitation_secret(key_folder(survey))
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        known = Invitee.objects.only(*_KNOWN).in_bulk(some)
        for pk in some:
            one = known[pk]
            yield Invited(
                name=one.name, unit_code=one.unit_code,
                email=opened_contact(one.email_sealed) if with_contacts else "",
                phone=opened_contact(one.phone_sealed) if with_contacts else "",
                code=code_of(secret, one.id, one.issue),
            )  # fmt: skip
