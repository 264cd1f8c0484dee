"""The survey begins: invitees, their codes and classes, in the transaction that opens the cycle.

The signing keys of the classes take seconds to minutes and are made afterwards, in the background;
until then the survey takes no ballots.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from cermin.web import survey_keys
from cermin.web.ballot_sealing import make_box_key
from cermin.web.cycles.models import Crossing, Cycle
from cermin.web.organisations.models import Employee, Unit
from cermin.web.organisations.queries import frame_units
from cermin.web.survey.models import BallotClass, BoxKey, Invitee, KeyMode, Survey
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.queries.keys import box_key_of
from cermin.web.survey.queries.ledger import hash_of_code
from cermin.web.survey.rules.classes import Cell, merged_classes
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.tasks.preparing import prepare_survey

UNKNOWN = "Tidak tercatat"
_ADDRESS_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_BATCH = 2_000
_shuffler = random.SystemRandom()


def new_address() -> str:
    """Return the random name of a survey in its public address and in the key folder."""
    return "".join(secrets.choice(_ADDRESS_ALPHABET) for _ in range(10))


def begin_survey(*, cycle: Cycle, now: datetime) -> Survey:
    """Make the survey of a cycle that has just opened, with everybody of its frozen roster."""
    box_key = _box_key_made(cycle, now)
    survey = Survey.objects.create(
        cycle=cycle, public_id=box_key.folder, strata=_strata_of(cycle), created_at=now
    )
    people = list(
        Employee.objects.filter(agency_id=cycle.agency_id, unit__structure=cycle.structure)
        .select_related("unit")
    )  # fmt: skip
    classes = _make_classes(survey, people)
    _shuffler.shuffle(people)  # rows of the ledger lie in no order of the roster
    Invitee.objects.bulk_create(_invitees(survey, people, classes), batch_size=_BATCH)
    survey.n_invited = len(people)
    survey.staging_key = survey_keys.make_staging_key(key_folder(survey))
    survey.save(update_fields=["n_invited", "staging_key"])
    transaction.on_commit(lambda: prepare_survey.enqueue(survey.pk))
    return survey


def _box_key_made(cycle: Cycle, now: datetime) -> BoxKey:
    """Return the key of a cycle's box; without another choice the site makes and keeps it."""
    return box_key_of(cycle) or make_key_pair(cycle=cycle, mode=KeyMode.SIMPLE, now=now)


def make_key_pair(*, cycle: Cycle, mode: KeyMode, now: datetime) -> BoxKey:
    """Make the key pair of a cycle's box; its private half is in the key folder for now."""
    private_key, public_key = make_box_key()
    folder = new_address()
    survey_keys.write_box_key(survey_keys.folder_of(settings.KEY_FOLDER, folder), private_key)
    return BoxKey.objects.create(
        cycle=cycle, folder=folder, mode=mode, public_key=public_key, created_at=now
    )


def _strata_of(cycle: Cycle) -> list[str]:
    return [cycle.crossing] if cycle.crossing else []


def _make_classes(survey: Survey, people: list[Employee]) -> dict[Cell, BallotClass]:
    """Return the class of each cell of the roster; rows are made in random order."""
    sizes = Counter(_cell(survey, person) for person in people)
    structure = survey.cycle.structure
    assert structure is not None  # noqa: S101 - an opened cycle has its tree
    parents = {unit.id: unit.parent for unit in frame_units(structure)}
    wanted = merged_classes(sizes, parents, threshold=survey.cycle.threshold)
    totals: Counter[Cell] = Counter()
    for cell, merged in wanted.items():
        totals[merged] += sizes[cell]
    numbered = enumerate(sorted(totals), start=1)
    rows = BallotClass.objects.bulk_create(
        BallotClass(
            survey=survey, number=number, unit_code=one.unit, strata=list(one.strata), n=totals[one]
        )
        for number, one in numbered
    )
    made = {Cell(row.unit_code, tuple(row.strata)): row for row in rows}
    return {cell: made[merged] for cell, merged in wanted.items()}


def _cell(survey: Survey, person: Employee) -> Cell:
    labels = {
        Crossing.EMPLOYMENT.value: person.employment,
        Crossing.SEX.value: person.sex or UNKNOWN,
    }
    unit: Unit = person.unit
    return Cell(unit.code, tuple(labels[name] for name in survey.strata))


def _invitees(
    survey: Survey, people: list[Employee], classes: Mapping[Cell, BallotClass]
) -> Iterator[Invitee]:
    secret = survey_keys.make_invitation_secret(key_folder(survey))
    for person in people:
        invitee = Invitee(
            survey=survey, ballot_class=classes[_cell(survey, person)], unit_code=person.unit.code,
            name=person.name, email_sealed=person.email_sealed, email_index=person.email_index,
            phone_sealed=person.phone_sealed,
        )  # fmt: skip
        code = code_of(secret, invitee.id, invitee.issue)
        invitee.code_hash = hash_of_code(survey.public_id, code, folder=settings.KEY_FOLDER)
        yield invitee
