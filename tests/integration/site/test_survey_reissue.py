"""Lost codes: made anew without the contact seeing them, or learning who has taken part."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls import calls_in
from cermin.core.contacts import Contacts
from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.roster_people import edit_employee
from cermin.web.organisations.models import Employee
from cermin.web.pages import clock
from cermin.web.survey.actions import reissue
from cermin.web.survey.actions.reissue import forget_pairings, mail_new_code, pair
from cermin.web.survey.models import Invitee, Pairing, PairingMiss, Survey, SurveyState
from cermin.web.survey.queries import facts
from cermin.web.survey.rules.codes import shown
from cermin.web.survey.rules.invitations import MOST_ISSUES
from cermin.web.survey.rules.pairing import LIFETIME, MOST_MISSES
from cycle_factory import employ, scheduled
from reissue_factory import Page, draw, form, named
from site_factory import NOW, as_member
from survey_factory import OPEN_DAY, Phone, Refused, code_for, open_now, posting

HOME = "/i/rawa-bening/periode/2026/undangan/orang/"
BASE = "https://survei.example/survei/x/"


@pytest.fixture
def survey(house, settings):
    """Twelve people in Dinas Kesehatan, one with an address, and ten in Disdik."""
    settings.EMAIL_HOST = "mail.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with clock.set_to(OPEN_DAY):
        employ(house.structure, 12, "dinkes")
        employ(house.structure, 10, "disdik")
        owner = as_member(house.owner, house.agency)
        one = Employee.objects.get(name="Pegawai 0")
        edit_employee(
            employee=one, name=one.name, unit=one.unit, employment="Non-ASN", by=owner, now=NOW,
            contacts=Contacts("nol@rawabening.example"),
        )  # fmt: skip
        yield open_now(scheduled(house.agency, owner), owner)


@pytest.fixture
def contact(survey, house, browser):
    return browser(house.contact)


# ------------------------------------------------------------------ as it is meant


def test_a_number_brings_the_new_code_to_the_person_only(survey, contact) -> None:
    old = code_for(named("Pegawai 3"))
    page = Page(survey)
    assert page.ask().status_code == 200
    assert page.code() == ""
    answer = contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number}, follow=True)
    assert "Kode baru kini tampil di ponsel Pegawai 3." in answer.content.decode()
    new = code_for(named("Pegawai 3"))
    assert page.code() == shown(new) == page.code()  # a line that was cut loses nothing
    assert f"/survei/{survey.public_id}/#{new}" in page.ask().content.decode()
    assert new not in answer.content.decode()
    assert shown(new) not in answer.content.decode()
    with pytest.raises(Refused, match="unknown"):
        Phone(survey.public_id, old, posting(Client())).look_up()
    draw(named("Pegawai 3"))


def test_the_page_speaks_english_and_tells_a_script_no_code(survey, contact) -> None:
    page = Page(survey, "en/")
    script = {"headers": {"accept": "application/json"}}
    body = form(secret=page.secret)
    assert page.client.post(f"{page.home}lihat/", **body, **script).json() == {"waiting": True}
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    assert page.client.post(f"{page.home}lihat/", **body, **script).json() == {"waiting": False}
    assert page.code() == shown(code_for(named("Pegawai 3")))
    assert f"/survei/{survey.public_id}/en/#" in page.ask().content.decode()


def test_the_public_pages_set_no_cookie_and_are_kept_nowhere(survey, contact) -> None:
    client = Client()
    first = client.get(f"/survei/{survey.public_id}/kode-baru/")
    begun = client.post(f"/survei/{survey.public_id}/kode-baru/")
    for answer in (first, begun, Page(survey).ask()):
        assert not answer.cookies
        assert "no-store" in answer["Cache-Control"]
    assert Pairing.objects.filter(invitee_id=None).count() == Pairing.objects.count() == 2


def test_the_server_keeps_only_the_hash_of_the_secret(survey) -> None:
    page = Page(survey)
    assert page.secret not in str(Pairing.objects.values().get())
    assert len(page.secret) >= 43  # 256 bits


def test_a_new_code_is_mailed_to_the_person(survey, contact) -> None:
    person = named("Pegawai 0")
    old = code_for(person)
    form = contact.get(f"{HOME}{person.pk}/").content.decode()
    assert "n•••@rawabening.example" in form
    assert "nol@" not in form
    answer = contact.post(f"{HOME}{person.pk}/surel/", follow=True).content.decode()
    (message,) = mail.outbox
    new = code_for(named("Pegawai 0"))
    assert message.to == ["nol@rawabening.example"]
    assert f"http://testserver/survei/{survey.public_id}/#{new}" in message.body
    assert shown(new) in message.body
    assert new != old
    assert new not in answer
    assert "Kode baru dikirim" in answer


def test_without_an_address_there_is_no_mail(survey, contact) -> None:
    person = named("Pegawai 3")
    assert "Lewat surel" not in contact.get(f"{HOME}{person.pk}/").content.decode()
    answer = contact.post(f"{HOME}{person.pk}/surel/", follow=True).content.decode()
    assert "tidak dapat dikirim lewat surel" in answer
    assert named("Pegawai 3").issue == 1
    assert not mail.outbox


def test_the_old_code_works_until_the_mail_is_sent(survey, contact, monkeypatch) -> None:
    def refused(*_args, **_kwargs):
        raise OSError("nol@rawabening.example")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refused)
    answer = contact.post(f"{HOME}{named('Pegawai 0').pk}/surel/", follow=True).content.decode()
    assert "kode lama masih berlaku" in answer
    assert named("Pegawai 0").issue == 1
    assert not AuditEvent.objects.filter(action="code_reissued").exists()


# ------------------------------------------------------------------ attacks


@pytest.mark.parametrize("way", ["number", "mail"])
def test_nothing_tells_the_contact_whether_the_ballot_is_drawn(survey, contact, way: str) -> None:
    """The same person before and after drawing: the same pages, queries and trail."""
    seen = []
    for has_drawn in (False, True):
        if has_drawn:
            draw(named("Pegawai 0"))
        person = named("Pegawai 0")
        texts = [contact.get(HOME), contact.get(f"{HOME}{person.pk}/")]
        page = Page(survey)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if way == "number":
                texts.append(contact.post(f"{HOME}{person.pk}/", {"number": page.number}))
            else:
                texts.append(contact.post(f"{HOME}{person.pk}/surel/"))
        texts.append(contact.get(HOME))
        asked = [re.sub(r"'[^']*'|\d+|X'\w*'|\\x\w+", "?", q["sql"]) for q in queries]
        assert not any("blinded" in one["sql"] for one in queries)
        words = [
            re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", t.content.decode()) for t in texts
        ]
        seen.append(([t.status_code for t in texts], words, asked))
        code = code_for(named("Pegawai 0"))
        assert not any(code in text or shown(code) in text for text in words)
    assert seen[0] == seen[1]
    rows = AuditEvent.objects.filter(action="code_reissued").order_by("sequence")
    first, second = [(r.details, r.page, r.object_id, r.object_type) for r in rows]
    assert first == second


def test_the_work_of_a_new_code_does_not_depend_on_drawing(survey, house) -> None:
    """The same calls are made for whoever has drawn and whoever has not, so time tells nothing."""
    by = as_member(house.contact, house.agency)
    person = named("Pegawai 1").pk

    def work_of_a_new_code() -> int:
        counted = []
        for _round in range(4):  # now and then a cache is filled
            number = Page(survey).number
            wanted = partial(pair, survey=survey, invitee=person, typed=number, by=by, now=OPEN_DAY)
            counted.append(calls_in(wanted))
            Pairing.objects.all().delete()
        return min(counted)

    waiting = work_of_a_new_code()
    draw(named("Pegawai 1"))  # of the same person: names and ids of two may cost unlike
    assert work_of_a_new_code() == waiting


def test_who_has_drawn_is_refused_with_the_new_code_too(survey, contact) -> None:
    draw(named("Pegawai 3"))
    page = Page(survey)
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    with pytest.raises(Refused, match="taken"):
        draw(named("Pegawai 3"))
    assert page.code() == shown(code_for(named("Pegawai 3")))


def test_the_trail_names_the_unit_and_nobody(survey, contact) -> None:
    person = named("Pegawai 3")
    contact.post(f"{HOME}{person.pk}/", {"number": Page(survey).number})
    (row,) = AuditEvent.objects.filter(action="code_reissued")
    assert row.details == {"year": 2026, "unit": "dinkes", "way": "pairing"}
    told = str(vars(row))
    assert person.name not in told
    assert str(person.pk) not in told
    assert person.pk.hex not in told
    assert code_for(named("Pegawai 3")) not in told


def test_contacts_reach_only_their_units_and_owners_only_their_agency(
    survey, house, browser, contact
) -> None:
    stranger = named("Pegawai 15")
    page = Page(survey)
    listed = contact.get(HOME).content.decode()
    assert "Pegawai 15" not in listed
    assert "Pegawai 11" in listed
    searched = contact.post(HOME, {"text": "Pegawai 1"}).content.decode()
    assert "Pegawai 15" not in searched
    assert "Pegawai 11" in searched
    for address in (f"{HOME}{stranger.pk}/", f"{HOME}{stranger.pk}/surel/"):
        assert contact.post(address, {"number": page.number}).status_code == 404
        assert browser(house.head).post(address, {"number": page.number}).status_code == 403
        other = browser(house.outsider)
        assert other.post(address, {"number": page.number}).status_code == 404
        elsewhere = address.replace("rawa-bening", "tanjung-asri")
        assert other.post(elsewhere, {"number": page.number}).status_code == 404
    by = as_member(house.contact, house.agency)
    for action, more in ((pair, {"typed": page.number}), (mail_new_code, {"base": BASE})):
        with pytest.raises(UserError, match="Peran"):
            action(survey=survey, invitee=stranger.pk, by=by, now=OPEN_DAY, **more)
    assert page.code() == ""
    assert named("Pegawai 15").issue == 1


def test_owners_reach_everybody(survey, house, browser) -> None:
    page = Page(survey)
    browser(house.owner).post(f"{HOME}{named('Pegawai 15').pk}/", {"number": page.number})
    assert page.code() == shown(code_for(named("Pegawai 15")))


def test_a_number_is_good_for_one_person_once(survey, contact) -> None:
    page = Page(survey)
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    for name in ("Pegawai 3", "Pegawai 4"):
        again = contact.post(f"{HOME}{named(name).pk}/", {"number": page.number})
        assert "Tidak ada halaman" in again.content.decode()
    assert [named(n).issue for n in ("Pegawai 3", "Pegawai 4")] == [2, 1]
    assert page.code() == shown(code_for(named("Pegawai 3")))


def test_a_later_code_takes_an_earlier_one_off_its_page(survey, contact) -> None:
    pages = [Page(survey), Page(survey)]
    for page in pages:
        contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    assert pages[0].ask().status_code == 410
    assert pages[1].code() == shown(code_for(named("Pegawai 3")))


def test_numbers_expire(survey, contact, house) -> None:
    used, unused = Page(survey), Page(survey)
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": used.number})
    with clock.set_to(OPEN_DAY + LIFETIME):
        assert used.ask().status_code == unused.ask().status_code == 410
        late = contact.post(f"{HOME}{named('Pegawai 4').pk}/", {"number": unused.number})
        assert "Tidak ada halaman" in late.content.decode()
    forget_pairings(OPEN_DAY + LIFETIME)
    assert not Pairing.objects.exists()
    assert PairingMiss.objects.exists()
    forget_pairings(OPEN_DAY + 2 * LIFETIME)
    assert not PairingMiss.objects.exists()


def test_guessing_numbers_is_stopped(survey, contact) -> None:
    page = Page(survey)
    address = f"{HOME}{named('Pegawai 3').pk}/"
    wrong = f"{(int(page.number[:3]) + 1) % 1000:03d}{page.number[3:]}"
    for _attempt in range(MOST_MISSES):
        assert "Tidak ada halaman" in contact.post(address, {"number": wrong}).content.decode()
    stopped = contact.post(address, {"number": page.number})
    assert "Tunggu 15 menit" in stopped.content.decode()
    assert page.code() == ""
    with clock.set_to(OPEN_DAY + LIFETIME + timedelta(seconds=1)):
        fresh = Page(survey)
        assert contact.post(address, {"number": fresh.number}).status_code == 302


def test_a_guessed_secret_or_that_of_another_survey_shows_nothing(survey, contact) -> None:
    page = Page(survey)
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    for secret in ("", "x", page.secret[:-1], page.secret + "A", "A" * 50_000):
        answer = Client().post(f"{page.home}lihat/", **form(secret=secret))
        assert answer.status_code == 410
        assert shown(code_for(named("Pegawai 3"))) not in answer.content.decode()
    assert (
        Client().post("/survei/tidakada/kode-baru/lihat/", **form(secret=page.secret)).status_code
        == 404
    )
    assert Client().get(f"{page.home}lihat/").status_code == 405


def test_many_pages_at_once_are_refused(survey, monkeypatch) -> None:
    monkeypatch.setattr(reissue, "MOST_OPEN", 3)
    pages = [Page(survey) for _n in range(3)]
    assert len({page.number for page in pages}) == 3
    refused = Client().post(f"/survei/{survey.public_id}/kode-baru/")
    assert refused.status_code == 429
    assert "Terlalu banyak orang" in refused.content.decode()
    with clock.set_to(OPEN_DAY + LIFETIME):
        Page(survey)


def test_two_pages_that_draw_the_same_number_get_two(survey, monkeypatch) -> None:
    first = Page(survey)
    taken = first.number.replace(" ", "")
    offered = iter([taken, "000000"])
    monkeypatch.setattr(reissue, "new_number", lambda _taken: next(offered))
    assert Page(survey).number == "000 000"


def test_a_closed_survey_gives_no_code(survey, contact, house) -> None:
    page = Page(survey)
    person = named("Pegawai 0")
    Survey.objects.update(state=SurveyState.CLOSING)
    facts.forget(survey.public_id)
    assert Client().post(page.home).status_code == 410
    assert page.ask().status_code == 410
    for address in (f"{HOME}{person.pk}/", f"{HOME}{person.pk}/surel/"):
        answer = contact.post(address, {"number": page.number}, follow=True).content.decode()
        assert "sejak survei dibuka sampai ditutup" in answer
    assert "tidak dapat diganti lagi" in contact.get(HOME).content.decode()
    assert named("Pegawai 0").issue == 1


def test_a_person_who_is_gone_or_has_had_too_many_codes_gets_none(survey, contact) -> None:
    page = Page(survey)
    contact.post(f"{HOME}{named('Pegawai 3').pk}/", {"number": page.number})
    Invitee.objects.filter(name="Pegawai 3").delete()
    assert page.ask().status_code == 410
    Invitee.objects.filter(name="Pegawai 4").update(issue=MOST_ISSUES)
    answer = contact.post(f"{HOME}{named('Pegawai 4').pk}/", {"number": Page(survey).number})
    assert "terlalu sering" in answer.content.decode()


def test_two_contacts_at_once_make_one_code(survey, house, monkeypatch) -> None:
    """The second one finds that the person has another code than a moment before."""
    by = as_member(house.contact, house.agency)
    person = named("Pegawai 3")
    real = reissue.code_of

    def overtaken(*args):
        Invitee.objects.filter(pk=person.pk, issue=1).update(issue=2)
        return real(*args)

    monkeypatch.setattr(reissue, "code_of", overtaken)
    number = Page(survey).number
    with pytest.raises(UserError, match="baru saja diganti"):
        pair(survey=survey, invitee=person.pk, typed=number, by=by, now=OPEN_DAY)
    assert not AuditEvent.objects.filter(action="code_reissued").exists()
