"""Public questionnaires and those who send many answers: replays, forged forms, floods, traces."""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from django.apps import apps

from cermin.web.survey.models import OpenAnswer, OpenSurvey
from cermin.web.survey.queries.open_tokens import genuine_token, new_token
from cermin.web.survey.rules.open_tokens import (
    LONGEST_SECONDS,
    SECONDS_WITH_WORK,
    SECONDS_WITHOUT,
    WORK_BITS,
    has_worked,
    read_token,
)
from cermin.web.survey.views.public import open_links as pages
from cermin.web.survey.views.public.rate_limit import RateLimit
from open_link_factory import (
    ADDRESS,
    BRANDING,
    NOON,
    fetch,
    open_link,
    seconds,
    send,
    stored,
    token_in,
)


@pytest.fixture(autouse=True)
def fresh_limit(monkeypatch) -> None:
    monkeypatch.setattr(pages, "limit", RateLimit())


@pytest.fixture
def opened(house, owner) -> Callable[..., OpenSurvey]:
    return partial(open_link, house.agency, owner)


def proof_for(token: str, bits: int = WORK_BITS) -> str:
    """Do the work that the page's script does."""
    for tried in itertools.count():
        digest = hashlib.sha256(f"{token}.{tried}".encode()).digest()
        if int.from_bytes(digest[:4], "big") >> (32 - bits) == 0:
            return str(tried)
    raise AssertionError


def test_replayed_form_counts_once(opened) -> None:
    survey = opened()
    token = token_in(fetch(survey).content)
    assert [send(survey, token).status_code for _ in range(4)] == [200] * 4
    assert stored() == (1, 1)


def test_forged_tokens_are_refused_and_a_new_form_is_given(opened) -> None:
    survey, other = opened(), opened(BRANDING)
    good = new_token(survey.public_id, now=NOON)
    issued, random, code = good.split(".")
    earlier = f"{int(issued, 16) - 3600:08x}"
    forged = [
        "", "x", good[:-1], good + "0", f"{earlier}.{random}.{code}", f"{issued}.{'0' * 32}.{code}",
        f"{issued}.{random}.{'0' * 64}", good.upper(), good.replace(".", "-"),
        new_token(other.public_id, now=NOON),
    ]  # fmt: skip
    for token in forged:
        monkey = send(survey, token, REMOTE_ADDR=f"198.51.100.{len(token) % 250}")
        assert monkey.status_code in (403, 429), token
        if monkey.status_code == 403:
            assert token_in(monkey.content) not in forged
    assert stored() == (0, 0)
    assert genuine_token(survey.public_id, good) is not None


def test_expired_form_is_refused_and_may_be_sent_anew(opened) -> None:
    survey = opened()
    token = token_in(fetch(survey).content)
    late = NOON + seconds(LONGEST_SECONDS + 1)
    refused = send(survey, token, at=late)
    assert refused.status_code == 403
    fresh = token_in(refused.content)
    assert fresh != token
    assert send(survey, fresh, at=late + seconds(SECONDS_WITHOUT)).status_code == 200
    assert stored() == (1, 1)


@pytest.mark.parametrize(("worked", "least"), [(True, SECONDS_WITH_WORK), (False, SECONDS_WITHOUT)])
def test_form_must_have_been_open_for_a_while(opened, *, worked: bool, least: int) -> None:
    survey = opened()
    token = new_token(survey.public_id, now=NOON)
    proof = proof_for(token) if worked else ""
    for wait in (-60, 0, least - 1):
        assert send(survey, token, proof=proof, at=NOON + seconds(wait)).status_code == 429
    assert stored() == (0, 0)
    assert send(survey, token, proof=proof, at=NOON + seconds(least)).status_code == 200


@pytest.mark.parametrize("proof", ["", "x", "-1", "1" * 13, "1.0", "٣", " 1", "0x1"])
def test_what_is_no_proof_of_work(proof: str) -> None:
    token = f"{1:08x}.{'0' * 32}.{'0' * 64}"
    assert not has_worked(token, proof)
    assert has_worked(token, proof_for(token))
    assert not has_worked(token.replace("0", "1"), proof_for(token))
    assert read_token(token) is not None


@pytest.mark.parametrize(
    ("worked", "most"), [(False, pages.MOST_WITHOUT), (True, pages.MOST_WITH_WORK)]
)
def test_fifty_fast_posts_from_one_address(opened, monkeypatch, *, worked: bool, most: int) -> None:
    """With tokens of their own that were fetched long before, as a patient script would."""
    monkeypatch.setattr("cermin.web.survey.rules.open_tokens.WORK_BITS", 6)
    survey = opened()
    taken = 0
    for n in range(50):
        token = new_token(survey.public_id, now=NOON)
        proof = proof_for(token, 6) if worked else ""
        answer = send(survey, token, proof=proof, at=NOON + seconds(60 + n))
        assert answer.status_code in (200, 429)
        taken += answer.status_code == 200
    assert taken == most
    assert stored() == (most, most)
    other = new_token(survey.public_id, now=NOON)
    assert send(survey, other, REMOTE_ADDR="203.0.113.78").status_code == 200
    later = new_token(survey.public_id, now=NOON + timedelta(hours=1))
    assert send(survey, later, at=NOON + timedelta(hours=1, minutes=2)).status_code == 200


def test_invented_forwarded_address_changes_nothing(opened, settings) -> None:
    survey = opened()
    codes = []
    for n in range(12):
        token = new_token(survey.public_id, now=NOON)
        codes.append(send(survey, token, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code)
    assert codes.count(200) == pages.MOST_WITHOUT
    settings.BEHIND_PROXY = True  # the proxy's own entry is the last one
    codes = []
    for n in range(12):
        token = new_token(survey.public_id, now=NOON)
        forwarded = f"10.0.0.{n}, 198.51.100.9"
        codes.append(send(survey, token, HTTP_X_FORWARDED_FOR=forwarded).status_code)
    assert codes.count(200) == pages.MOST_WITHOUT


def test_one_household_is_one_address_of_the_new_kind(opened) -> None:
    survey = opened()
    codes = []
    for n in range(10):
        token = new_token(survey.public_id, now=NOON)
        codes.append(send(survey, token, REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code)
    assert codes.count(200) == pages.MOST_WITHOUT


def test_memory_of_addresses_is_bounded_and_forgets(monkeypatch) -> None:
    monkeypatch.setattr("cermin.web.survey.views.public.rate_limit.MOST_ADDRESSES", 5)
    limit = RateLimit()
    for n in range(20):
        assert limit.allows("x", str(n), most=1, now=NOON)
    assert len(limit._seen) == 5
    salt = limit._salt
    assert not limit.allows("x", "19", most=1, now=NOON)
    assert limit.allows("x", "19", most=1, now=NOON + timedelta(hours=1))
    assert limit.allows("x", "20", most=1, now=NOON + timedelta(days=1))
    assert limit._salt != salt
    assert len(limit._seen) == 1


def test_no_address_in_any_table_or_log(opened, caplog, settings) -> None:
    survey = opened()
    settings.BEHIND_PROXY = True
    with caplog.at_level(logging.DEBUG):
        for n in range(12):
            token = new_token(survey.public_id, now=NOON)
            send(
                survey, token, at=NOON + seconds(10 * n), REMOTE_ADDR="192.0.2.1",
                HTTP_X_FORWARDED_FOR=f"8.8.8.8, {ADDRESS}",
            )  # fmt: skip
    assert stored()[0] > 0
    kept = list(_everything_in_the_database())
    assert any(survey.public_id in row for row in kept)
    said = caplog.text
    for address in (ADDRESS, "8.8.8.8", "192.0.2.1"):
        assert not any(address in row for row in kept)
        assert address not in said
    assert token not in said


def _everything_in_the_database() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values_list():
            yield repr([bytes(v) if isinstance(v, memoryview) else v for v in row])


def test_answer_knows_no_time(opened) -> None:
    assert {field.name for field in OpenAnswer._meta.fields} == {"id", "open_survey", "content"}
