"""The page where mailings are planned, and what it and the trail tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.models import Role
from cermin.web.organisations.queries.contacts import email_index
from cermin.web.pages import clock
from cermin.web.survey.models import Invitee, MailDeferral, Mailing, MailingState, MailKind, Survey
from cycle_factory import draft, october
from mail_sink import Sink, sink_of_site
from mailing_factory import ADDRESSES, MINUTE, MORNING, open_with_addresses, plan, work
from site_factory import as_member

PAGE = "/i/rawa-bening/periode/2026/undangan/surel/"


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    with sink_of_site(settings) as one:
        yield one


@pytest.fixture
def survey(house) -> Survey:
    return open_with_addresses(house)


def choices(**changed: str) -> dict[str, str]:
    return {"kind": "invitation", "day": "2026-10-05", "time": "08:00", "subject": "",
            "lead": "", **changed}  # fmt: skip


def test_planning_and_cancelling_on_the_page(house, survey, sink, browser) -> None:
    client = browser(house.owner)
    with clock.set_to(october(3)):
        assert "10 dari 12 pegawai punya alamat surel" in client.get(PAGE).content.decode()
        answer = client.post(PAGE, choices(), follow=True)
        assert "Surel dijadwalkan." in answer.content.decode()
        (mailing,) = Mailing.objects.all()
        assert (mailing.scheduled_at, mailing.base_url) == (MORNING, "http://testserver")
        again = client.post(PAGE, choices(time="09:00")).content.decode()
        assert "Sudah ada surel lain dalam 12 jam" in again
        answer = client.post(f"{PAGE}{mailing.pk}/batal/", follow=True)
        assert "Dibatalkan" in answer.content.decode()
        assert client.post(f"{PAGE}{mailing.pk}/batal/").status_code == 400
        assert client.get(f"{PAGE}{mailing.pk}/batal/").status_code == 405
        assert client.post(f"{PAGE}987654/batal/").status_code == 404
    actions = AuditEvent.objects.filter(action__startswith="mailing")
    assert list(actions.order_by("sequence").values_list("action", flat=True)) == [
        "mailing_scheduled", "mailing_cancelled",
    ]  # fmt: skip


def test_another_agencys_mailing_is_unknown(house, survey, sink, browser) -> None:
    mailing = plan(house, survey)
    answer = browser(house.outsider).post(
        f"/i/tanjung-asri/periode/2026/undangan/surel/{mailing.pk}/batal/"
    )
    assert answer.status_code == 404


def test_page_without_a_mail_server_and_without_dates(house, browser) -> None:
    cycle = draft(house.agency, as_member(house.owner, house.agency))
    told = browser(house.owner).get(PAGE).content.decode()
    assert "belum punya server surel" in told
    cycle.phases.all().delete()
    assert "Contoh surel" not in browser(house.owner).get(PAGE).content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_others_do_not_see_the_page(house, survey, browser, role) -> None:
    assert browser(getattr(house, role.value)).get(PAGE).status_code == 403


def test_an_invitation_tells_its_counts(house, survey, sink, browser) -> None:
    one, two = sorted(ADDRESSES)[:2]
    sink.refuse = {one: "550 unknown"}
    sink.refuse_data = {two: "554 spam"}
    plan(house, survey)
    for minutes in (0, 10):
        work(MORNING + minutes * MINUTE)
    told = browser(house.owner).get(PAGE).content.decode()
    assert "8 surel terkirim" in told
    assert "alamat tidak dikenal: 1" in told
    assert "100 persen dari daftar alamat" in told
    event = AuditEvent.objects.filter(action="mailing_finished").first()
    assert event is None
    for minutes in (40, 100):
        work(MORNING + minutes * MINUTE)
    event = AuditEvent.objects.get(action="mailing_finished")
    assert (event.details["n_sent"], event.details["n_failed"]) == (8, 2)


@pytest.mark.parametrize("cause", ["sender", "sign_in", "unreachable", "not_set_up", "refusals"])
def test_trouble_is_told(house, survey, sink, browser, cause: str) -> None:
    plan(house, survey)
    Mailing.objects.update(state="sending", trouble=cause, next_at=MORNING + MINUTE)
    told = browser(house.owner).get(PAGE).content.decode()
    assert "tidak ada surel yang hilang" in told


def test_a_reminder_tells_nobody_who_has_not_taken_part(
    house, survey, sink, browser, monkeypatch
) -> None:
    """An owner who lets one address fail learns nothing of that person: attack.

    The page and the trail, with their moments, are the same whether the person with the bad
    address has drawn or not: at the first round, while mails are tried again, and at the end.
    """
    bad = sorted(ADDRESSES)[0]
    person = survey.invitees.get(email_index=email_index(house.agency.slug, bad))
    pauses = []
    monkeypatch.setattr("cermin.web.survey.tasks.sending.time.sleep", pauses.append)
    client = browser(house.owner)
    seen = []
    for drawn in (None, b"x" * 32):
        Mailing.objects.all().delete()
        MailDeferral.objects.all().delete()
        trail = AuditEvent.objects.count()
        Invitee.objects.filter(pk=person.pk).update(blinded_hash=drawn)
        sink.refuse = {bad: "550 unknown"}
        mailing = plan(house, survey, MailKind.REMINDER)
        views = []
        for minutes in (0, 1, 10, 40, 119, 120):
            work(MORNING + minutes * MINUTE)
            page = client.get(PAGE).content.decode()
            views.append(re.search(r'<ul class="cards">.*?</ul>', page, re.S)[0])
        mailing.refresh_from_db()
        assert (mailing.n_sent, mailing.failures, mailing.state) == (0, {}, MailingState.DONE)
        events = AuditEvent.objects.order_by("sequence").values_list("action", "at", "details")
        seen.append((views, [str(event) for event in events[trail:]]))
    assert seen[0] == seen[1]
    assert len(pauses) == 18  # nine in each walk: the pace is the same
    assert len(sink.mails) == 18  # and yet the reminders did go out


def test_nothing_of_mail_is_written_at_a_person(house, survey, sink) -> None:
    """A mark at each person who got a reminder would tell until when somebody had not drawn."""
    before = list(Invitee.objects.order_by("pk").values())
    plan(house, survey, MailKind.REMINDER)
    work(MORNING)
    assert list(Invitee.objects.order_by("pk").values()) == before


def test_a_few_bad_addresses_do_not_show_as_trouble_of_a_reminder(
    house, survey, sink, browser
) -> None:
    """If they did, the page would tell that all of these few have not taken part."""
    sink.refuse = dict.fromkeys(ADDRESSES, "554 no")
    plan(house, survey, MailKind.REMINDER)
    for minutes in (0, 10):
        work(MORNING + minutes * MINUTE)
        told = browser(house.owner).get(PAGE).content.decode()
        assert "tidak ada surel yang hilang" not in told
        assert "100 persen dari daftar alamat" in told


def test_trouble_while_a_reminder_tries_again_is_not_shown(house, survey, sink, browser) -> None:
    sink.refuse = {sorted(ADDRESSES)[0]: "450 later"}
    plan(house, survey, MailKind.REMINDER)
    work(MORNING)
    Mailing.objects.update(trouble="unreachable", next_at=MORNING + MINUTE)
    told = browser(house.owner).get(PAGE).content.decode()
    assert "tidak ada surel yang hilang" not in told
