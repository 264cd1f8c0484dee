"""People who answer twice, for others, elsewhere or at another time, over the real addresses."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from django.conf import settings

from cermin.web import blind_signatures
from cermin.web.cycles.models import Crossing, PhaseKind
from cermin.web.pages import clock
from cermin.web.survey.actions.whole import submit_whole
from cermin.web.survey.models import BallotClass, CastSerial, Invitee, StagedBallot, SurveyState
from cermin.web.survey.queries.facts import facts_of, forget
from cermin.web.survey.queries.ledger import hash_of_code
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import BallotError
from cycle_factory import employ
from site_factory import as_member
from survey_factory import (
    OPEN_DAY,
    Phone,
    Refused,
    code_for,
    codes_of,
    opened,
    paper_for,
    posting,
    some_answers,
    text,
)


@pytest.fixture
def survey(house):
    """Two classes, men and women, of one unit."""
    employ(house.structure, 24, "dinkes")
    owner = as_member(house.owner, house.agency)
    with clock.set_to(OPEN_DAY):
        yield opened(house.agency, owner, people=0, crossing=Crossing.SEX)


@pytest.fixture
def answers(survey):
    return some_answers(paper_for(survey))


@pytest.fixture
def phone(survey, client):
    """Return a function that gives a phone with the code of the nth person."""
    all_codes = codes_of(survey)
    return lambda n=0: Phone(survey.public_id, all_codes[n], posting(client))


def stored() -> tuple[int, int, int]:
    """Return how many ballots are drawn, how many serials used, how many ballots taken in."""
    return (
        Invitee.objects.exclude(blinded_hash=None).count(), CastSerial.objects.count(),
        StagedBallot.objects.count(),
    )  # fmt: skip


def refusal(call, *arguments) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.status, refused.value.reason


# ------------------------------------------------------------------ answering twice
def test_ballot_that_is_cast_again_with_other_answers_is_stored_once(phone, answers) -> None:
    mine = phone()
    mine.submit(answers)
    kept = StagedBallot.objects.get().sealed
    for level in (1, 2, 3):
        mine.cast({**answers, **dict.fromkeys(list(answers)[:1], level)})
    assert stored() == (1, 1, 1)
    assert bytes(StagedBallot.objects.get().sealed) == bytes(kept)


def test_lost_answer_to_a_draw_is_given_again(phone, answers) -> None:
    mine = phone()
    mine.draw()
    first = mine.signature
    mine.draw()
    assert mine.signature == first
    mine.cast(answers)
    mine.draw()  # also after casting: the signature is of the same serial
    assert stored() == (1, 1, 1)


def test_used_invitation_draws_no_second_ballot(phone, answers) -> None:
    phone().submit(answers)
    assert refusal(phone().draw) == (409, "taken")
    half = phone(1)
    half.draw()  # drawn and never cast
    assert refusal(phone(1).draw) == (409, "taken")
    assert stored() == (2, 1, 1)


def test_looking_marks_nothing(phone) -> None:
    for n in range(5):
        phone(n).look_up()
    assert stored() == (0, 0, 0)


# ------------------------------------------------------------------ forgeries
def test_forged_and_truncated_ballots_are_refused(phone, answers) -> None:
    mine = phone()
    mine.draw()
    good = mine.ballot(answers)
    signature, serial = mine.signature, mine.serial
    wrong = {
        "signature": [
            b"", signature[:-1], signature + b"\0", bytes(256), secrets.token_bytes(256),
            signature[:-1] + bytes([signature[-1] ^ 1]), bytes(512),
        ],
        "serial": [
            b"", serial[:-1], serial + b"\0", secrets.token_bytes(64), serial[::-1],
        ],
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            body = {**good, name: text(value)}
            status, answer = mine.post(f"/survei/{mine.survey}/kirim/", body)
            assert (status, answer["reason"]) == (403, "forged"), (name, value)
    for number in (0, mine.class_number + 100, 2**31 - 1):
        status, answer = mine.post(
            f"/survei/{mine.survey}/kirim/", {**good, "class_number": number}
        )
        assert (status, answer["reason"]) == (403, "forged")
    assert stored() == (1, 0, 0)
    mine.cast(answers)
    assert stored() == (1, 1, 1)


def test_ballot_says_nothing_else_than_the_class_it_was_drawn_for(phone, answers) -> None:
    mine = phone()
    mine.draw()
    (other,) = BallotClass.objects.exclude(number=mine.class_number)
    mine.class_number = other.number
    assert refusal(mine.cast, answers) == (403, "forged")
    assert stored() == (1, 0, 0)


def test_serial_of_another_length_is_refused_though_it_is_signed(survey, client, answers) -> None:
    """Serials of any length would be a channel in which a changed page could mark people."""
    mine = Phone(survey.public_id, codes_of(survey)[0], posting(client))
    mine.serial = blind_signatures.prepare(b"Siti Aminah " + bytes(52))
    mine.draw()
    assert refusal(mine.cast, answers) == (403, "forged")


@pytest.fixture
def elsewhere(house, survey, client):
    """A phone with an open survey of another agency."""
    other = opened(house.other, as_member(house.outsider, house.other), people=12)
    return Phone(other.public_id, codes_of(other)[0], posting(client))


def test_ballot_and_code_of_another_survey_are_refused(survey, phone, elsewhere, answers) -> None:
    elsewhere.draw()
    theirs, mine = elsewhere.survey, phone().survey
    elsewhere.survey = mine
    assert refusal(elsewhere.cast, answers) == (403, "forged")
    assert refusal(elsewhere.look_up) == (404, "unknown")
    assert refusal(elsewhere.draw) == (404, "unknown")
    crossed = phone()
    crossed.survey = theirs
    assert refusal(crossed.draw) == (404, "unknown")
    assert stored() == (1, 0, 0)


@pytest.mark.parametrize(
    "code", ["0" * 16, "K7MF-2QXP-9TRA-4D5E", "", "' OR 1=1 --", "\0" * 16, "😀" * 16]
)
def test_guessed_code_is_unknown(survey, phone, code: str) -> None:
    guess = phone()
    guess.code = code
    assert refusal(guess.look_up) == (404, "unknown")
    assert refusal(guess._ask, "ambil", {"code": code, "blinded": text(b"\1" * 256)}) == (
        404, "unknown",
    )  # fmt: skip


def test_code_that_was_issued_again_is_worthless(survey, phone) -> None:
    invitee = survey.invitees.select_related("survey").first()
    old = code_for(invitee)
    invitee.issue = 2
    new = code_for(invitee)
    invitee.code_hash = hash_of_code(survey.public_id, new, folder=settings.KEY_FOLDER)
    invitee.save()
    mine = phone()
    mine.code = old
    assert refusal(mine.draw) == (404, "unknown")
    mine.code = new
    mine.draw()


@pytest.mark.parametrize(
    "blinded",
    [b"", b"\0", b"\1", bytes(256), b"\xff" * 256, b"\1" * 255, b"\0" + b"\1" * 256, b"\1" * 512],
)
def test_what_cannot_be_signed_does_not_use_the_invitation_up(phone, answers, blinded) -> None:
    mine = phone()
    assert refusal(mine._ask, "ambil", {"code": mine.code, "blinded": text(blinded)}) == (
        400, "malformed",
    )  # fmt: skip
    assert stored() == (0, 0, 0)
    mine.submit(answers)


def test_what_only_another_class_could_sign_does_not_use_the_invitation_up(phone, answers) -> None:
    phones = {}
    for n in range(24):
        one = phone(n)
        one.look_up()
        phones[one.modulus] = one
    (smaller, mine), (_larger, other) = sorted(phones.items())
    between = text(smaller)  # the modulus itself: too large for its own class only
    assert refusal(mine._ask, "ambil", {"code": mine.code, "blinded": between}) == (
        400, "malformed",
    )  # fmt: skip
    assert stored() == (0, 0, 0)
    mine.submit(answers)
    other._ask("ambil", {"code": other.code, "blinded": between})
    assert stored() == (2, 1, 1)


def test_wrong_answers_do_not_use_the_ballot_up(phone, answers) -> None:
    mine = phone()
    mine.draw()
    for wrong in ({}, {**answers, "0.nothing": 1}, dict.fromkeys(answers, 99)):
        assert refusal(mine.cast, wrong)[0] == 422
    assert stored() == (1, 0, 0)
    mine.cast(answers)
    assert stored() == (1, 1, 1)


# ------------------------------------------------------------------ another time
@pytest.mark.parametrize("state", [s for s in SurveyState if s not in ("open", "closed")])
@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_taken_in_while_the_survey_is_not_open(
    survey, phone, answers, state: str, *, known: bool
) -> None:
    """Also when a process still believes for some seconds that the survey is open."""
    drawn, fresh = phone(0), phone(1)
    drawn.draw()
    fresh.look_up()
    survey.state = state
    survey.save(update_fields=["state"])
    if not known:
        forget(survey.public_id)
        assert refusal(phone(2).look_up) == (410, "closed")
    assert refusal(fresh.draw) == (410, "closed")
    assert refusal(drawn.cast, answers) == (410, "closed")
    assert stored() == (1, 0, 0)


@pytest.mark.parametrize("end", ["opens_at", "closes_at"])
def test_nothing_is_taken_in_before_the_opening_or_after_the_end(
    survey, phone, answers, end: str
) -> None:
    facts = facts_of(survey.public_id)
    drawn, fresh = phone(0), phone(1)
    drawn.draw()
    fresh.look_up()
    tick = timedelta(microseconds=1)
    outside = facts.closes_at if end == "closes_at" else facts.opens_at - tick
    inside = facts.closes_at - tick if end == "closes_at" else facts.opens_at
    with clock.set_to(outside):
        assert refusal(fresh.look_up) == (410, "closed")
        assert refusal(fresh.draw) == (410, "closed")
        assert refusal(drawn.cast, answers) == (410, "closed")
    assert stored() == (1, 0, 0)
    with clock.set_to(inside):
        drawn.cast(answers)
        fresh.draw()


def test_ballots_wait_for_the_end_of_a_survey_that_was_extended(survey, phone, answers) -> None:
    phases = survey.cycle.phases.filter(kind=PhaseKind.SURVEY)
    phases.update(closes_at=OPEN_DAY)
    forget(survey.public_id)
    assert refusal(phone().look_up) == (410, "closed")
    phases.update(closes_at=OPEN_DAY + timedelta(days=1))
    forget(survey.public_id)
    phone().submit(answers)


# ------------------------------------------------------------------ without JavaScript
def test_form_that_is_sent_again_is_one_answer(survey, answers) -> None:
    facts, nonce = facts_of(survey.public_id), secrets.token_bytes(32)
    code = codes_of(survey)[0]
    typed = [code, codes.shown(code), f" {code.lower()} "]
    for one in typed:
        submit_whole(facts=facts, typed=one, answers=answers, nonce=nonce, now=OPEN_DAY)
    assert stored() == (1, 1, 1)


def test_form_that_was_fetched_anew_does_not_answer_twice(survey, answers, phone) -> None:
    facts, code = facts_of(survey.public_id), codes_of(survey)[0]
    submit = {"facts": facts, "typed": code, "answers": answers, "now": OPEN_DAY}
    submit_whole(**submit, nonce=secrets.token_bytes(32))
    with pytest.raises(Exception, match="sudah diambil"):
        submit_whole(**submit, nonce=secrets.token_bytes(32))
    assert refusal(phone(0).draw) == (409, "taken")
    assert stored() == (1, 1, 1)


def test_form_with_wrong_answers_draws_nothing(survey, answers) -> None:
    with pytest.raises(BallotError):
        submit_whole(
            facts=facts_of(survey.public_id), typed=codes_of(survey)[0],
            answers={**answers, "0.nothing": 1}, nonce=b"n" * 32, now=OPEN_DAY,
        )  # fmt: skip
    assert stored() == (0, 0, 0)
