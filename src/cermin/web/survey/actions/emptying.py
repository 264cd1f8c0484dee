"""Moving ballots from staging to the box, many at once and in random order.

Staging is emptied whole each time (on PostgreSQL its file is replaced), so that neither the order
of rows nor what lies dead between them tells in which order ballots came. The database's journal
remembers that order all the same: so what waits is sealed to a key of its own, which is destroyed
when it has moved. From then on nobody can tell which ballot of the batch was which of the journal.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from cermin.web import survey_keys
from cermin.web.ballot_sealing import opened_from_staging
from cermin.web.survey.models import BoxedBallot, StagedBallot, Survey
from cermin.web.survey.queries.facts import key_folder

LEAST = 50  # ballots of one survey that move together, except at the end of a day
_BATCH = 1_000
_shuffler = random.SystemRandom()
logger = logging.getLogger(__name__)

Rows = dict[int, list[bytes]]
BallotT = TypeVar("BallotT", BoxedBallot, StagedBallot)


def empty_staging(*, now: datetime, closing: Survey | None = None) -> int:
    """Move what may be moved and return how many ballots that were.

    A survey's ballots move when there are ``LEAST`` of them, when a day of its agency has ended
    since it was last emptied, or when it is the one that is ``closing``.
    """
    waiting = set(StagedBallot.objects.values_list("survey_id", flat=True).distinct())
    if not waiting:
        return 0
    with transaction.atomic():
        surveys = _held_surveys(waiting)
        _hold_staging()
        staged: Rows = defaultdict(list)
        for survey, sealed in StagedBallot.objects.values_list("survey_id", "sealed"):
            staged[survey].append(bytes(sealed))
        moving = {
            pk: rows for pk, rows in staged.items()
            if pk in surveys and _may_move(surveys[pk], len(rows), now, closing)
        }  # fmt: skip
        if not moving:
            return 0
        _discard_staging()
        _store(BoxedBallot, {pk: _opened(surveys[pk], rows) for pk, rows in moving.items()})
        _store(StagedBallot, {pk: rows for pk, rows in staged.items() if pk not in moving})
        for pk in moving:
            _begin_anew(surveys[pk], now)
    return sum(map(len, moving.values()))


def _opened(survey: Survey, rows: list[bytes]) -> list[bytes]:
    """Return the ballots as they lie in the box: sealed to its key only."""
    key = _staging_key(survey)
    return [opened_from_staging(one, key) for one in rows] if key else rows


def _staging_key(survey: Survey) -> bytes | None:
    try:
        return survey_keys.staging_key(key_folder(survey), bytes(survey.staging_key or b""))
    except survey_keys.SurveyKeyError:
        return None


def _begin_anew(survey: Survey, now: datetime) -> None:
    """Give staging a new key; the old one is destroyed, so that no journal can be read with it.

    A crash before the end leaves the old one until the next time.
    """
    folder = key_folder(survey)
    if survey.staging_key is not None and _staging_key(survey) is None:
        return  # nothing is destroyed while one key is missing
    key = survey_keys.make_staging_key(folder)
    Survey.objects.filter(pk=survey.pk).update(staging_key=key, emptied_on=_day(survey, now))
    transaction.on_commit(lambda: survey_keys.destroy_staging_keys(folder, but=key))


def _held_surveys(waiting: set[int]) -> dict[int, Survey]:
    """Return these surveys, held before staging is: in the order in which a cast holds them."""
    held = Survey.objects.select_for_update(of=("self",)).filter(pk__in=waiting).order_by("pk")
    return {survey.pk: survey for survey in held.select_related("cycle__agency")}


def _may_move(survey: Survey, n: int, now: datetime, closing: Survey | None) -> bool:
    """Whether it is time; without their key, ballots wait: it may come back.

    At closing they move all the same, since the box is counted then: what cannot be read stops the
    closing, and is told.
    """
    if closing is not None and closing.pk == survey.pk:
        return True
    if n < LEAST and not one_day_over(survey, now):
        return False
    if survey.staging_key is None or _staging_key(survey) is not None:
        return True
    logger.error("The key of staging is missing in the key folder; %d ballots wait", n)
    return False


def one_day_over(survey: Survey, now: datetime) -> bool:
    """Whether a day of the agency has ended since the survey's staging was last emptied."""
    began = survey.emptied_on or _day(survey, survey.created_at)
    return began < _day(survey, now)


def _day(survey: Survey, now: datetime) -> date:
    return now.astimezone(ZoneInfo(survey.cycle.agency.time_zone)).date()


def _hold_staging() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE survey_stagedballot IN ACCESS EXCLUSIVE MODE")


def _discard_staging() -> None:
    if connection.vendor != "postgresql":
        StagedBallot.objects.all().delete()  # secure_delete overwrites it
        return
    with connection.cursor() as cursor:
        # Rows of this very transaction (the demo's) may still wait for their checks.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE survey_stagedballot")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _store(model: type[BallotT], rows: Rows) -> None:
    mixed = [(survey, sealed) for survey, ballots in rows.items() for sealed in ballots]
    _shuffler.shuffle(mixed)
    model._base_manager.bulk_create(
        (model(survey_id=survey, sealed=sealed) for survey, sealed in mixed), batch_size=_BATCH
    )
