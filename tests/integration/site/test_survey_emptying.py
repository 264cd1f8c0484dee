"""Ballots on their way from staging to the box: together, in no order, nothing lost."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from django.db import connection

from cermin.web.pages import clock
from cermin.web.survey.actions.ballots import Cast, Outcome, take_in
from cermin.web.survey.actions.emptying import LEAST, empty_staging
from cermin.web.survey.models import BoxedBallot, StagedBallot, Survey
from cycle_factory import october
from site_factory import as_member
from survey_factory import OPEN_DAY, opened

NOON = OPEN_DAY + timedelta(hours=12)


@pytest.fixture
def survey(house):
    with clock.set_to(OPEN_DAY):
        survey = opened(house.agency, as_member(house.owner, house.agency))
    Survey.objects.update(emptied_on=NOON.date())
    return survey


@pytest.fixture
def other(house, survey):
    with clock.set_to(OPEN_DAY):
        other = opened(house.other, as_member(house.outsider, house.other))
    Survey.objects.update(emptied_on=NOON.date())
    return other


def cast(survey: Survey, n: int) -> list[bytes]:
    """Let ballots come one after the other."""
    sealed = [b"ballot %d of %d" % (i, survey.pk) for i in range(n)]
    for one in sealed:
        assert take_in([Cast(survey.pk, secrets.token_bytes(32), one)]) == [Outcome.DONE]
    return sealed


def empty(**when: object) -> int:
    """Empty staging as a transaction of its own would: what came before has been committed."""
    connection.check_constraints()
    return empty_staging(**when)


def box(survey: Survey) -> list[bytes]:
    """Return what is in the box, as it lies there."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sealed FROM survey_boxedballot WHERE survey_id = %s ORDER BY {place}",  # noqa: S608
            [survey.pk],
        )
        return [bytes(row[0]) for row in cursor.fetchall()]


def waiting(survey: Survey) -> int:
    return StagedBallot.objects.filter(survey=survey).count()


def test_fewer_than_the_least_wait(survey) -> None:
    assert empty(now=NOON) == 0
    cast(survey, LEAST - 1)
    assert empty(now=NOON) == 0
    assert (waiting(survey), box(survey)) == (LEAST - 1, [])


def test_enough_of_them_move_together_and_in_no_order(survey) -> None:
    sealed = cast(survey, LEAST)
    assert empty(now=NOON) == LEAST
    assert waiting(survey) == 0
    assert sorted(box(survey)) == sorted(sealed)
    assert box(survey) != sealed
    assert empty(now=NOON) == 0


def test_order_in_the_box_is_another_one_each_time(survey) -> None:
    orders = set()
    for _ in range(3):
        cast(survey, LEAST)
        empty(now=NOON)
        orders.add(tuple(box(survey)))
        BoxedBallot.objects.all().delete()
    assert len(orders) == 3


def test_ids_follow_the_random_order_and_not_the_one_of_casting(survey) -> None:
    sealed = cast(survey, LEAST)
    empty(now=NOON)
    by_id = [bytes(one) for one in BoxedBallot.objects.order_by("id").values_list("sealed", flat=1)]
    assert by_id != sealed
    assert sorted(by_id) == sorted(sealed) == sorted(box(survey))


def test_ballots_of_another_survey_stay_and_are_not_lost(survey, other) -> None:
    mine, theirs = cast(survey, LEAST), cast(other, 7)
    assert empty(now=NOON) == LEAST
    assert (waiting(survey), waiting(other)) == (0, 7)
    assert box(other) == []
    theirs += cast(other, LEAST - 7)
    assert empty(now=NOON) == LEAST
    assert sorted(box(survey)) == sorted(mine)
    assert sorted(box(other)) == sorted(theirs)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_end_of_the_day_is_that_of_the_agency(survey, house, zone: str) -> None:
    house.agency.time_zone = zone
    house.agency.save()
    sealed = cast(survey, 3)
    midnight = october(4, zone=zone)
    assert empty(now=midnight - timedelta(seconds=1)) == 0
    assert empty(now=midnight) == 3
    assert sorted(box(survey)) == sealed
    assert Survey.objects.get(pk=survey.pk).emptied_on == midnight.date()
    cast(survey, 2)
    assert empty(now=midnight + timedelta(hours=23, minutes=59)) == 0
    assert empty(now=midnight + timedelta(days=1)) == 2


def test_first_day_counts_from_the_opening(survey) -> None:
    Survey.objects.update(emptied_on=None)
    cast(survey, 1)
    assert empty(now=OPEN_DAY + timedelta(hours=23)) == 0
    assert empty(now=OPEN_DAY + timedelta(hours=24)) == 1


def test_survey_that_closes_moves_whole_and_alone(survey, other) -> None:
    mine, _theirs = cast(survey, 4), cast(other, 5)
    assert empty(now=NOON, closing=survey) == 4
    assert sorted(box(survey)) == mine
    assert (waiting(other), box(other)) == (5, [])


def test_nothing_of_staging_lies_dead_in_its_file(survey, other) -> None:
    """PostgreSQL gives it a new file; SQLite overwrites what it deletes."""
    cast(other, 2)
    before = state_of_file()
    assert empty(now=NOON) == 0
    assert state_of_file() == before
    cast(survey, LEAST)
    empty(now=NOON)
    if connection.vendor == "postgresql":
        assert state_of_file() != before
    else:
        assert state_of_file() == 1
    assert waiting(other) == 2


def state_of_file() -> int:
    """Return the number of the file of staging, or whether deleted rows are overwritten."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_relation_filenode('survey_stagedballot')")
        else:
            cursor.execute("PRAGMA secure_delete")
        return cursor.fetchone()[0]
