"""Mailings over a real mail server: who gets what and when, what a refusal or a fall does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from cermin.core.errors import UserError
from cermin.web.files import alone
from cermin.web.organisations.models import Employee
from cermin.web.organisations.queries.contacts import email_index, sealed_contact
from cermin.web.pages import clock
from cermin.web.survey.actions.mailings import cancel_mailing, schedule_mailing
from cermin.web.survey.models import (
    Invitee,
    MailDeferral,
    Mailing,
    MailingState,
    MailKind,
    MailOptOut,
    Survey,
    SurveyState,
)
from cermin.web.survey.queries.mailings import next_people
from cermin.web.survey.rules.codes import read
from cermin.web.survey.tasks.sending import _lock_of, send_batch, send_due_mailings
from cycle_factory import employ, october, scheduled
from mail_sink import Sink, sink_of_site
from mailing_factory import (
    ADDRESSES,
    BASE,
    MINUTE,
    MORNING,
    bodies,
    open_with_addresses,
    plan,
    work,
)
from site_factory import as_member
from survey_factory import code_for, open_without_keys


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    with sink_of_site(settings) as one:
        yield one


@pytest.fixture
def survey(house) -> Survey:
    return open_with_addresses(house)


# ------------------------------------------------------------------ what is sent


def test_everybody_with_an_address_gets_one_invitation_with_the_own_code(
    house, survey, sink
) -> None:
    mailing = plan(house, survey)
    work(MORNING - MINUTE)
    assert sink.mails == []
    work(MORNING)
    assert sorted(sink.addresses) == sorted(ADDRESSES)
    people = {bytes(one.email_index or b""): one for one in survey.invitees.all()}
    for address, mail in sink.mails:
        code = code_for(people[email_index(house.agency.slug, address)])
        assert mail["To"] == address
        assert mail["Cc"] is mail["Bcc"] is None
        text = bodies(mail)
        assert text.count(f"{BASE}/survei/{survey.public_id}/#{code}") >= 2  # text and HTML
        assert f"{BASE}/survei/{survey.public_id}/en/#{code}" in text
        assert read(re.search(r"kode Anda: (\S+)", text)[1]) == code
        assert "15 Oktober 2026 pukul 24.00 WIB" in text
        assert "Kabupaten rawa-bening" in text
        others = [code_for(one) for one in people.values() if code_for(one) != code]
        assert not any(other in text for other in others)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.n_sent, mailing.failures) == (MailingState.DONE, 10, {})
    assert (mailing.reached, mailing.n_reached, mailing.n_total) == (None, 10, 10)


def test_headers_let_mail_programs_unsubscribe(house, survey, sink) -> None:
    plan(house, survey)
    work(MORNING)
    _address, mail = sink.mails[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        rf"\s*<{BASE}/survei/{survey.public_id}/berhenti-surel/[\w-]+/>", mail["List-Unsubscribe"]
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_the_owners_words_stand_in_the_indonesian_half_and_break_nothing(
    house, survey, sink
) -> None:
    plan(house, survey, subject="Mari\r\nBcc: x@y.id", lead="Baris <b>satu</b>.\n\nBaris dua.")
    work(MORNING)
    _address, mail = sink.mails[0]
    assert mail["Subject"] == "Mari Bcc: x@y.id"
    assert mail["Bcc"] is None
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert plain.count("Baris <b>satu</b>.") == 1
    assert "<p>Baris &lt;b&gt;satu&lt;/b&gt;.</p>" in html


def test_a_reminder_goes_to_those_whose_ballot_is_not_drawn_when_it_is_sent(
    house, survey, sink, monkeypatch
) -> None:
    mailing = plan(house, survey, MailKind.REMINDER)
    order = next_people(survey, mailing, 10)

    def draws(_seconds: float) -> None:  # between two mails, somebody further down takes part
        Invitee.objects.filter(pk=order[5]).update(blinded_hash=b"x" * 32)

    Invitee.objects.filter(pk__in=order[2:4]).update(blinded_hash=b"y" * 32)
    monkeypatch.setattr("cermin.web.survey.tasks.sending.time.sleep", draws)
    work(MORNING)
    indexes = {email_index(house.agency.slug, address) for address in sink.addresses}
    drawn = Invitee.objects.exclude(blinded_hash=None)
    assert len(sink.mails) == 7
    assert indexes.isdisjoint(bytes(one.email_index) for one in drawn)
    assert "belum diambil" in bodies(sink.mails[0][1])


def test_a_new_code_is_sent_and_the_old_one_is_not(house, survey, sink) -> None:
    Invitee.objects.update(issue=2)
    plan(house, survey)
    work(MORNING)
    codes = {code_for(one) for one in survey.invitees.all()}
    sent = {re.search(r"/#(\w+)", bodies(mail))[1] for _address, mail in sink.mails}
    assert sent <= codes
    assert len(sent) == 10


def test_batches_share_connections(house, survey, sink, settings) -> None:
    settings.MAIL_BATCH = 4
    plan(house, survey)
    work(MORNING)
    assert sorted(sink.addresses) == sorted(ADDRESSES)
    assert sink.connections == 3


def test_mails_keep_their_distance(house, survey, sink, settings, monkeypatch) -> None:
    pauses = []
    settings.MAIL_PAUSE = 0.5
    monkeypatch.setattr("cermin.web.survey.tasks.sending.time.sleep", pauses.append)
    plan(house, survey)
    work(MORNING)
    assert pauses == [0.5] * 9


# ------------------------------------------------------------------ when


def test_a_mailing_planned_before_opening_waits_for_the_survey(house, sink) -> None:
    employ(house.structure, 12)
    person = Employee.objects.first()
    person.email_sealed = sealed_contact("satu@rawabening.example")
    person.email_index = email_index(house.agency.slug, "satu@rawabening.example")
    person.save()
    by = as_member(house.owner, house.agency)
    cycle = scheduled(house.agency, by)
    schedule_mailing(
        cycle=cycle, kind=MailKind.INVITATION, at=october(1), subject="", lead="", base_url=BASE,
        by=by, now=october(1) - timedelta(days=9),
    )  # fmt: skip
    work(october(1))
    assert sink.mails == []
    open_without_keys(cycle, by, now=october(1) + MINUTE)
    work(october(1) + 2 * MINUTE)
    assert sink.addresses == ["satu@rawabening.example"]


def test_what_is_due_after_the_end_is_not_sent(house, survey, sink) -> None:
    mailing = plan(house, survey)
    work(october(16))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.ENDED
    assert sink.mails == []


def test_a_mailing_ends_with_a_survey_that_is_closed_early(house, survey, sink, settings) -> None:
    sink.refuse = dict.fromkeys(ADDRESSES, "450 later")
    mailing = plan(house, survey)
    work(MORNING)
    assert MailDeferral.objects.count() == 5
    Survey.objects.update(state=SurveyState.CLOSING)
    work(MORNING + MINUTE)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.reached) == (MailingState.ENDED, None)
    assert MailDeferral.objects.count() == 0


def test_cancelling_before_the_first_mail(house, survey, sink) -> None:
    by = as_member(house.owner, house.agency)
    mailing = plan(house, survey)
    cancel_mailing(mailing=mailing, by=by, now=MORNING - MINUTE)
    work(MORNING)
    assert sink.mails == []
    late = plan(house, survey, at=MORNING + timedelta(hours=1))  # the cancelled one is forgotten
    work(MORNING + timedelta(hours=1))
    with pytest.raises(UserError):
        cancel_mailing(mailing=late, by=by, now=MORNING + timedelta(hours=2))


# ------------------------------------------------------------------ refusals


def test_lasting_and_passing_refusals(house, survey, sink) -> None:
    gone, busy, spam = sorted(ADDRESSES)[:3]
    sink.refuse = {gone: "550 no such user", busy: "450 greylisted"}
    sink.refuse_data = {spam: "554 looks like spam"}
    mailing = plan(house, survey)
    work(MORNING)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.n_sent) == (MailingState.SENDING, 7)
    assert MailDeferral.objects.count() == 3
    del sink.refuse[busy]
    work(MORNING + 9 * MINUTE)
    assert len(sink.mails) == 7  # not yet
    work(MORNING + 10 * MINUTE)
    assert sink.addresses.count(busy) == 1
    mailing.refresh_from_db()
    assert (mailing.n_sent, mailing.failures) == (8, {"address": 1})
    for minutes in (40, 100, 160):
        work(MORNING + minutes * MINUTE)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.failures) == (MailingState.DONE, {"address": 1, "content": 1})
    assert (MailDeferral.objects.count(), mailing.n_sent, mailing.n_reached) == (0, 8, 10)


def test_who_draws_or_unsubscribes_while_deferred_is_left_alone(house, survey, sink) -> None:
    one, two = sorted(ADDRESSES)[:2]
    sink.refuse = {one: "450 later", two: "450 later"}
    mailing = plan(house, survey, MailKind.REMINDER)
    work(MORNING)
    index = email_index(house.agency.slug, one)
    MailOptOut.objects.create(agency=house.agency, email_index=index)
    Invitee.objects.filter(email_index=email_index(house.agency.slug, two)).update(
        blinded_hash=b"x" * 32
    )
    sink.refuse = {}
    work(MORNING + 10 * MINUTE)
    work(MORNING + 120 * MINUTE)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.DONE
    assert sorted(sink.addresses) == sorted(ADDRESSES - {one, two})


def test_a_server_that_is_down_loses_nothing(house, survey, sink, settings) -> None:
    settings.EMAIL_PORT = 1  # nobody listens there
    mailing = plan(house, survey)
    for minutes in (0, 1, 10):
        work(MORNING + minutes * MINUTE)
    mailing.refresh_from_db()
    assert (mailing.trouble, mailing.n_troubles) == ("unreachable", 2)
    assert mailing.next_at == MORNING + 40 * MINUTE
    settings.EMAIL_PORT = sink.port
    work(MORNING + 40 * MINUTE)
    mailing.refresh_from_db()
    assert sorted(sink.addresses) == sorted(ADDRESSES)
    assert (mailing.state, mailing.trouble) == (MailingState.DONE, "")


def test_a_server_that_hangs_up_repeats_one_mail_at_most(house, survey, sink) -> None:
    sink.hang_up_after = 4
    plan(house, survey)
    work(MORNING)
    assert len(sink.mails) == 4  # the fourth was taken and not acknowledged
    sink.hang_up_after = None
    work(MORNING + 10 * MINUTE)
    assert set(sink.addresses) == ADDRESSES
    assert len(sink.mails) == 11


def test_a_server_that_refuses_everybody_is_in_trouble_not_they(house, survey, sink) -> None:
    sink.refuse = dict.fromkeys(ADDRESSES, "554 relay denied")
    mailing = plan(house, survey)
    work(MORNING)
    mailing.refresh_from_db()
    assert (mailing.trouble, mailing.n_reached, mailing.failures) == ("refusals", 5, {})
    sink.refuse = {}
    for minutes in (10, 20, 30):
        work(MORNING + minutes * MINUTE)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.n_sent, mailing.failures) == (MailingState.DONE, 10, {})
    assert sorted(sink.addresses) == sorted(ADDRESSES)


def test_without_a_mail_server_no_codes_are_written_to_files(
    house, survey, sink, settings, tmp_path
) -> None:
    mailing = plan(house, survey)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_FILE_PATH = "", tmp_path / "mail"
    work(MORNING)
    mailing.refresh_from_db()
    assert mailing.trouble == "not_set_up"
    assert not (tmp_path / "mail").exists()


def test_an_address_that_cannot_be_opened_stops_nobody(house, survey, sink) -> None:
    one = survey.invitees.exclude(email_sealed=None).first()
    one.email_sealed = b"\x01" + bytes(40)
    one.save()
    mailing = plan(house, survey)
    for minutes in (0, 10):
        work(MORNING + minutes * MINUTE)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.failures) == (MailingState.DONE, {"address": 1})
    assert len(sink.mails) == 9


def test_a_fault_of_ours_is_not_taken_for_a_refusal(house, survey, sink, monkeypatch) -> None:
    monkeypatch.setattr("cermin.web.survey.tasks.sending.message_of", lambda *_a, **_k: 1 / 0)
    plan(house, survey)
    with pytest.raises(ZeroDivisionError):
        work(MORNING)


def test_two_workers_do_not_send_the_same_mailing_at_once(house, survey, sink) -> None:
    mailing = plan(house, survey)
    with alone(_lock_of(mailing.pk)) as first:
        assert first
        work(MORNING)
        assert sink.mails == []
    work(MORNING + MINUTE)
    assert sorted(sink.addresses) == sorted(ADDRESSES)


def test_tasks_of_finished_or_unknown_mailings_do_nothing(house, survey, sink) -> None:
    mailing = plan(house, survey)
    work(MORNING)
    with clock.set_to(MORNING):
        send_batch.call(mailing.pk)
        send_batch.call(987654)
    assert len(sink.mails) == 10


def test_a_batch_that_waits_is_not_queued_again(house, survey, sink) -> None:
    plan(house, survey)
    assert send_due_mailings(MORNING) == 1
    assert send_due_mailings(MORNING + MINUTE) == 0
    assert DBTaskResult.objects.filter(task_path=send_batch.module_path).count() == 1


def test_a_task_that_comes_too_late_or_too_early_sends_nothing(house, survey, sink) -> None:
    mailing = plan(house, survey)
    Mailing.objects.update(state=MailingState.SENDING, next_at=MORNING + MINUTE)
    for moment in (MORNING, october(16)):
        with clock.set_to(moment):
            send_batch.call(mailing.pk)
    assert sink.mails == []
