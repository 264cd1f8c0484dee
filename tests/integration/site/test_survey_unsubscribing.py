"""People who want no mail: the link in every mail, what it changes and for how long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from cermin.web.organisations.queries.contacts import email_index
from cermin.web.survey.models import Invitee, MailOptOut, Survey, SurveyState
from cermin.web.survey.queries.mailings import index_in, opt_out_token
from cycle_factory import october
from mail_sink import Sink, sink_of_site
from mailing_factory import ADDRESSES, BASE, MORNING, bodies, open_with_addresses, plan, work


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    with sink_of_site(settings) as one:
        yield one


@pytest.fixture
def survey(house) -> Survey:
    return open_with_addresses(house)


def stop_path(survey, address: str, language: str = "") -> str:
    token = opt_out_token(
        survey.cycle.agency, email_index(survey.cycle.agency.slug, address) or b""
    )
    return f"/survei/{survey.public_id}/{language}berhenti-surel/{token}/"


def test_unsubscribing_and_coming_back(house, survey, sink) -> None:
    address = "pegawai3@rawabening.example"
    path, client = stop_path(survey, address), Client(enforce_csrf_checks=True)
    for _look in range(2):  # filters open links; that changes nothing
        answer = client.get(path)
        assert "Berhenti menerima surel" in answer.content.decode()
        assert MailOptOut.objects.count() == 0
    assert client.head(path).status_code == 200
    answer = client.post(path, {"surel": "tidak"})
    assert "tidak akan menerima surel" in answer.content.decode()
    assert answer.cookies == {}
    client.post(path, {"surel": "tidak"})
    assert MailOptOut.objects.count() == 1
    plan(house, survey)
    work(MORNING)
    assert set(sink.addresses) == ADDRESSES - {address}
    answer = client.post(path, {"surel": "ya"})
    assert "menerima surel tentang survei lagi" in answer.content.decode()
    assert MailOptOut.objects.count() == 0


def test_the_one_click_of_a_mail_program(house, survey, sink) -> None:
    plan(house, survey)
    work(MORNING)
    address, mail = sink.mails[0]
    path = mail["List-Unsubscribe"].strip().strip("<>").removeprefix(BASE)
    answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    (row,) = MailOptOut.objects.all()
    assert bytes(row.email_index) == email_index(house.agency.slug, address)
    assert "/en/berhenti-surel/" in bodies(mail)


def test_it_holds_for_later_years_and_only_for_this_agency(house, survey) -> None:
    address = "pegawai3@rawabening.example"
    path = stop_path(survey, address)
    Survey.objects.update(state=SurveyState.CLOSED, closed_at=october(16))
    Invitee.objects.all().delete()
    Client().post(path)
    (row,) = MailOptOut.objects.all()
    assert (row.agency, bytes(row.email_index)) == (
        house.agency, email_index(house.agency.slug, address),
    )  # fmt: skip
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert index_in(house.other, token) is None


def test_forged_links_are_unknown(survey) -> None:
    path = stop_path(survey, "pegawai3@rawabening.example")
    token = path.rstrip("/").rsplit("/", 1)[1]
    changed = ("A" if token[20] != "A" else "B").join((token[:20], token[21:]))
    for wrong in ("x", "salah", changed, token[:-4], "A" * 82):
        answer = Client().post(path.replace(token, wrong))
        assert answer.status_code == 404, wrong
    assert Client().post(path.replace(survey.public_id, "tidakada99")).status_code == 404
    assert MailOptOut.objects.count() == 0


def test_english_page(survey) -> None:
    answer = Client().get(stop_path(survey, "pegawai3@rawabening.example", "en/"))
    assert answer.status_code == 200
    assert 'lang="en"' in answer.content.decode()
