"""A wide survey, ballots in bulk, and witnesses with copies of the key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from nacl.pwhash import argon2id

from cermin.web.ballot_sealing import seal_ballot
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.organisations.models import Agency, Employee
from cermin.web.organisations.rules import Member
from cermin.web.survey.actions.closing import close_what_has_ended
from cermin.web.survey.actions.keys import hand_over, make_copy, name_holders, try_copy
from cermin.web.survey.models import BoxedBallot, CastSerial, Invitee, StagedBallot, Survey
from cermin.web.survey.queries.facts import paper_of
from cermin.web.survey.rules.answers import checked, encoded
from cermin.web.survey.tasks.closing import finish_closing
from cycle_factory import employ
from site_factory import NOW
from survey_factory import opened, some_answers

PASSPHRASE = "padi hujan jendela kereta sore"
OTHER_PASSPHRASE = "gunung sepeda lampu kertas biru"
SECTIONS = ("kuesioner-keterikatan-2025", "kuesioner-sosio-emosional-2025")


def opened_wide(agency: Agency, by: Member) -> Survey:
    """Open a survey of two strata in three units, with two optional sections."""
    structure = agency.structures.get(year=2026)
    for unit, n in (("pkm-timur", 26), ("disdik", 40)):
        employ(structure, n, unit)
    return opened(agency, by, people=30, crossing="jenis_pegawai", sections=SECTIONS)


def drawn(survey: Survey, n: int, **which: Any) -> list[Invitee]:
    """Mark ``n`` more people as having drawn their ballot; ``sex``, ``employment``: by roster."""
    in_roster = {name: which.pop(name) for name in ("sex", "employment") if name in which}
    waiting = Invitee.objects.filter(survey=survey, blinded_hash=None, **which)
    if in_roster:  # the ledger does not know it; names of these rosters are unlike
        named = Employee.objects.filter(agency_id=survey.cycle.agency_id, **in_roster)
        waiting = waiting.filter(name__in=named.values("name"))
    people = list(waiting.select_related("ballot_class").order_by("pk")[:n])
    assert len(people) == n
    for person in people:
        person.blinded_hash = secrets.token_bytes(32)
    Invitee.objects.bulk_update(people, ["blinded_hash"])
    return people


def put_in_box(
    survey: Survey, ballots: Iterable[tuple[int, dict[str, Any]]], *, accepted: bool = True,
    staged: bool = False,
) -> None:  # fmt: skip
    """Seal ballots (class number, answers) and store them as casting would."""
    paper = paper_of(survey.cycle)
    model = StagedBallot if staged else BoxedBallot
    for number, answers in ballots:
        content = encoded(paper, number, checked(paper, answers))
        public_key = bytes(survey.cycle.box_key.public_key)
        sealed = seal_ballot(content, public_key, length=paper.length)
        model._base_manager.create(survey=survey, sealed=sealed)
        if accepted:
            serial = hashlib.sha256(secrets.token_bytes(32)).digest()
            CastSerial.objects.create(survey=survey, hash=serial)
    if staged and connection.vendor == "postgresql":
        connection.check_constraints()  # a cast commits; here all is one transaction


def cast_by(survey: Survey, people: Iterable[Invitee], *, level: int = 4, **how: bool) -> None:
    """Put a ballot of each of these people into the box."""
    answers = some_answers(paper_of(survey.cycle), level)
    put_in_box(survey, [(one.ballot_class.number, answers) for one in people], **how)


def end_of_survey(cycle: Cycle) -> datetime:
    """Return the first moment after the survey."""
    return cycle.phases.get(kind=PhaseKind.SURVEY).closes_at


def close(survey: Survey) -> Survey:
    """Let the survey end, do all that the worker would, and return the row as it is then."""
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    finish_closing(survey_id=survey.pk, now=now + timedelta(minutes=1))
    return Survey.objects.select_related("cycle__agency").get(pk=survey.pk)


def handed_over(
    cycle: Cycle, owner: Member, holders: Iterable[Member], *, now: datetime = NOW
) -> list[bytes]:
    """Go through all steps of the witnessed mode and return the holders' copies."""
    people = list(holders)
    name_holders(cycle=cycle, users=[one.id for one in people], by=owner, now=now)
    copies = []
    for one in people:
        copy = make_copy(cycle=cycle, passphrase=PASSPHRASE, by=one, now=now)
        try_copy(cycle=cycle, copy=copy, passphrase=PASSPHRASE, by=one, now=now)
        copies.append(copy)
    hand_over(cycle=cycle, by=owner, now=now)
    return copies


def cost_little(monkeypatch: Any) -> None:
    """Let stretching a passphrase cost as little as the library allows."""
    monkeypatch.setattr(argon2id, "OPSLIMIT_MODERATE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_MODERATE", argon2id.MEMLIMIT_MIN)
