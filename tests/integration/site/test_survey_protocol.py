"""Drawing and casting over the site's own addresses."""

from __future__ import annotations

import pytest

from cermin.web.pages import clock
from cermin.web.survey.models import BoxedBallot, CastSerial, Invitee, StagedBallot
from cermin.web.survey.queries import facts
from site_factory import as_member
from survey_factory import (
    OPEN_DAY,
    Phone,
    Refused,
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


def test_ballot_is_drawn_cast_and_stored_once(survey, client) -> None:
    code = codes_of(survey)[0]
    phone = Phone(survey.public_id, code, posting(client))
    phone.submit(some_answers(paper_for(survey)))
    phone.cast(some_answers(paper_for(survey), 1))  # a retry: acknowledged, not stored again
    assert StagedBallot.objects.count() == CastSerial.objects.count() == 1
    assert Invitee.objects.exclude(blinded_hash=None).count() == 1
    with pytest.raises(Refused, match="taken"):
        Phone(survey.public_id, code, posting(client)).submit(some_answers(paper_for(survey)))
    assert BoxedBallot.objects.count() == 0
    assert facts.facts_of(survey.public_id) is not None
