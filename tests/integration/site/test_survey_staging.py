"""Ballots that wait are sealed to a key that is destroyed when they move."""

from __future__ import annotations

import pytest

from cermin.web import survey_keys
from cermin.web.pages import clock
from cermin.web.survey.actions.emptying import LEAST, empty_staging
from cermin.web.survey.models import BoxedBallot, StagedBallot, Survey
from cermin.web.survey.queries.facts import key_folder
from site_factory import as_member
from survey_factory import (
    LATER,
    OPEN_DAY,
    Phone,
    codes_of,
    opened,
    paper_for,
    posting,
    some_answers,
)


@pytest.fixture
def survey(house):
    with clock.set_to(OPEN_DAY):
        yield opened(house.agency, as_member(house.owner, house.agency), people=25)


def cast_one(survey: Survey, client) -> None:
    code = codes_of(survey)[0]
    phone = Phone(survey.public_id, code, posting(client))
    phone.submit(some_answers(paper_for(survey)))


def staging_keys(survey: Survey) -> list[str]:
    return sorted(path.name for path in key_folder(survey).glob("antrean-*"))


def test_moved_ballot_has_other_bytes_and_its_key_is_gone(
    survey, client, django_capture_on_commit_callbacks
) -> None:
    cast_one(survey, client)
    waiting, (key,) = bytes(StagedBallot.objects.get().sealed), staging_keys(survey)
    with django_capture_on_commit_callbacks(execute=True):
        assert empty_staging(now=LATER) == 1  # a day is over
    boxed = bytes(BoxedBallot.objects.get().sealed)
    assert len(waiting) > len(boxed)
    assert boxed[:32] not in waiting
    (new,) = staging_keys(survey)
    assert new != key
    assert Survey.objects.get().staging_key != survey.staging_key


def test_without_its_key_a_ballot_waits(survey, client, caplog) -> None:
    cast_one(survey, client)
    (key,) = key_folder(survey).glob("antrean-*")
    kept = key.rename(key.with_name("sementara"))
    assert empty_staging(now=LATER) == 0
    assert "key of staging is missing" in caplog.text
    assert StagedBallot.objects.count() == 1
    kept.rename(key)
    assert empty_staging(now=LATER) == 1


def test_closing_counts_what_cannot_be_opened_and_destroys_nothing(survey, client) -> None:
    cast_one(survey, client)
    (key,) = key_folder(survey).glob("antrean-*")
    key.unlink()
    waiting = bytes(StagedBallot.objects.get().sealed)
    assert empty_staging(now=OPEN_DAY, closing=survey) == 1
    assert bytes(BoxedBallot.objects.get().sealed) == waiting
    assert staging_keys(survey) == []


def test_fewer_than_a_batch_wait_for_the_end_of_the_day(survey, client) -> None:
    cast_one(survey, client)
    assert LEAST > 1
    assert empty_staging(now=OPEN_DAY) == 0


def test_a_survey_without_staging_key_stores_ballots_as_they_are(survey, client) -> None:
    Survey.objects.update(staging_key=None)
    cast_one(survey, client)
    waiting = bytes(StagedBallot.objects.get().sealed)
    assert empty_staging(now=LATER) == 1
    assert bytes(BoxedBallot.objects.get().sealed) == waiting
    assert survey_keys.staging_key(key_folder(survey), bytes(Survey.objects.get().staging_key))
