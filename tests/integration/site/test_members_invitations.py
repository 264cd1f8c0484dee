"""Inviting people: from the form over the e-mail to the first page, and what attackers find."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from cermin.core.errors import UserError
from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.members_invitations import (
    Invitee,
    accept_invitation,
    accept_with_new_account,
    invite_members,
    resend_invitation,
    revoke_invitation,
)
from cermin.web.organisations.models import Invitation, Membership, Role
from cermin.web.organisations.queries.members import hash_of
from cermin.web.organisations.rules import Forbidden
from cermin.web.organisations.rules.members import InvitationGone
from cermin.web.pages import clock
from site_factory import NOW, PASSWORD, as_member, give_role, make_user

LINK = re.compile(r"/undangan/([\w-]{40,})/")
ANSWER = "/undangan/jawab/"
GOOD = {"name": "Siti Rahma", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def mail_server(settings) -> None:
    settings.EMAIL_HOST = "mail.example"


def invite(
    house, *, email: str = "siti@rawabening.example", role: Role = Role.HEAD, unit="", now=None
):
    [issued] = invite_members(
        agency=house.agency, role=role, unit_code=unit, people=[Invitee(1, email, "Siti")],
        by=as_member(house.owner, house.agency), now=now or clock.now(),
    )  # fmt: skip
    return issued


def typed(people: str, role: str = "head", unit_code: str = "") -> dict[str, str]:
    return {"people": people, "role": role, "unit_code": unit_code}


def roles_of(email: str) -> list[tuple[str, str, str]]:
    rows = Membership.objects.filter(user__email=email)
    return sorted(rows.values_list("agency__slug", "role", "unit_code"))


# ------------------------------------------------------------------ from invitation to work
def test_new_person_from_mail_to_first_page(house, browser, mail_server) -> None:
    owner = browser(house.owner)
    page = owner.post(
        "/i/rawa-bening/orang/undang/",
        typed("Siti <siti@rawabening.example>", "contact", "dinkes"), follow=True,
    )  # fmt: skip
    assert page.redirect_chain[-1][0] == "/i/rawa-bening/orang/"
    assert "siti@rawabening.example" in page.content.decode()
    [sent] = mail.outbox
    html = sent.alternatives[0].content
    for text in (sent.body, html):
        for words in ("Kabupaten rawa-bening", "Owner", "Penghubung unit", "Dinas Kesehatan",
                      "mengisi lembar kerja", "berlaku sampai"):  # fmt: skip
            assert words in text
    token = LINK.search(sent.body)[1]
    assert sent.to == ["siti@rawabening.example"]
    assert token in html

    siti = browser(None)
    shown = siti.get(f"/undangan/{token}/", follow=True)
    assert [url for url, _status in shown.redirect_chain] == [ANSWER]
    # The page of the form has no token in its address, and its forms must keep their origin.
    assert siti.get(f"/undangan/{token}/").headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in shown.headers["Cache-Control"]
    assert token not in shown.content.decode()
    done = siti.post(ANSWER, GOOD, follow=True)
    assert done.status_code == 200
    assert done.redirect_chain[-1][0] == "/i/rawa-bening/"
    assert done.context["user"].email == "siti@rawabening.example"
    assert roles_of("siti@rawabening.example") == [("rawa-bening", "contact", "dinkes")]
    assert browser(None).login(email="siti@rawabening.example", password=PASSWORD)


def test_known_person_signs_in_first(house, browser) -> None:
    budi = make_user("budi@tanjungasri.example")
    give_role(budi, house.other, Role.ANALYST)
    issued = invite(house, email="Budi@TanjungAsri.example")
    client = browser(None)
    page = client.get(f"/undangan/{issued.token}/", follow=True).content.decode()
    assert f"{reverse('account_login')}?next={ANSWER}" in page
    assert 'name="password"' not in page
    client.post(ANSWER, GOOD)
    assert roles_of(budi.email) == [("tanjung-asri", "analyst", "")]
    signed_in = client.post(
        f"{reverse('account_login')}?next={ANSWER}",
        {"login": "budi@tanjungasri.example", "password": PASSWORD},
    )
    assert signed_in.headers["Location"] == ANSWER
    assert "Terima undangan" in client.get(ANSWER).content.decode()
    assert client.post(ANSWER).headers["Location"] == "/i/rawa-bening/"
    assert roles_of(budi.email) == [("rawa-bening", "head", ""), ("tanjung-asri", "analyst", "")]


def test_somebody_elses_account_gets_a_choice(house, browser) -> None:
    issued = invite(house)
    client = browser(house.outsider)
    page = client.get(f"/undangan/{issued.token}/", follow=True).content.decode()
    assert "pengelola@tanjungasri.example" in page
    assert "siti@rawabening.example" in page
    refused = client.post(ANSWER)
    assert refused.status_code == 200
    assert roles_of(house.outsider.email) == [("tanjung-asri", "owner", "")]
    client.post(reverse("invitation_switch"))
    page = client.get(ANSWER)
    assert not page.context["user"].is_authenticated
    assert 'name="password"' in page.content.decode()


def test_switching_needs_an_invitation(house, browser) -> None:
    client = browser(house.outsider)
    assert client.post(reverse("invitation_switch")).status_code == 404
    assert client.get(reverse("invitation_switch")).status_code == 405
    assert client.get("/").wsgi_request.user.is_authenticated


def test_second_factor_comes_before_the_first_page_of_an_owner(house, browser, settings) -> None:
    issued = invite(house, role=Role.OWNER)
    settings.DEMO = False
    client = browser(None)
    client.get(f"/undangan/{issued.token}/")
    done = client.post(ANSWER, GOOD, follow=True)
    # Without asking for the password again: it was chosen just now.
    assert done.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    assert done.status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"password": "", "password_again": ""}, "password"),
        ({"password": "pendek", "password_again": "pendek"}, "password"),
        ({"password": "rawabening.example", "password_again": "rawabening.example"}, "password"),
        ({"password_again": "lain sekali 42 kata"}, "password_again"),
    ],
)  # fmt: skip
def test_poor_accounts_are_refused(house, browser, change: dict[str, str], field: str) -> None:
    issued = invite(house)
    client = browser(None)
    client.get(f"/undangan/{issued.token}/")
    page = client.post(ANSWER, {**GOOD, **change})
    assert next(iter(page.context["form"].errors)) == field
    assert not User.objects.filter(email="siti@rawabening.example").exists()
    assert client.post(ANSWER, GOOD).status_code == 302


# ------------------------------------------------------------------ links under attack
def gone(client, token: str) -> bytes:
    assert client.get(f"/undangan/{token}/").headers["Referrer-Policy"] == "no-referrer"
    page = client.get("/undangan/jawab/")
    assert page.status_code == 404
    return re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", page.content)


def test_dead_links_all_look_the_same(house, browser) -> None:
    owner = as_member(house.owner, house.agency)
    used, revoked, replaced = (invite(house, email=f"{n}@a.example") for n in "abc")
    expired = invite(house, email="d@a.example", now=clock.now() - timedelta(days=14))
    accept_with_new_account(
        token_hash=hash_of(used.token), email="a@a.example", name="A", password=PASSWORD,
        page=ANSWER, now=clock.now(),
    )  # fmt: skip
    here = {"agency": house.agency, "by": owner, "now": clock.now()}
    revoke_invitation(invitation=revoked.invitation, **here)
    resend_invitation(invitation=replaced.invitation, **here)
    client = browser(None)
    pages = {gone(client, one.token) for one in (used, revoked, replaced, expired)}
    pages |= {gone(client, guess) for guess in ("x", "A" * 43, used.invitation.token_hash)}
    assert len(pages) == 1
    assert client.get("/undangan/jawab/").status_code == 404


def test_link_that_dies_after_it_was_opened(house, browser) -> None:
    issued = invite(house)
    first, second = browser(None), browser(None)
    for client in (first, second):
        client.get(f"/undangan/{issued.token}/")
    first.post(ANSWER, GOOD)
    assert second.post(ANSWER, GOOD).status_code == 404
    assert User.objects.filter(email="siti@rawabening.example").count() == 1


def test_looking_at_a_link_uses_nothing_up(house, browser) -> None:
    issued = invite(house)
    for _again in range(3):
        assert browser(None).get(f"/undangan/{issued.token}/", follow=True).status_code == 200
        assert browser(None).head(f"/undangan/{issued.token}/").status_code == 302
    assert browser(None).post(f"/undangan/{issued.token}/").status_code == 405


def test_accepting_twice_gives_once(house) -> None:
    user = make_user("siti@rawabening.example")
    issued = invite(house)
    once = {"token_hash": hash_of(issued.token), "user": user, "page": ANSWER, "now": clock.now()}
    accept_invitation(**once)
    with pytest.raises(InvitationGone):
        accept_invitation(**once)
    assert roles_of(user.email) == [("rawa-bening", "head", "")]


def test_accepting_with_another_address_is_refused(house) -> None:
    issued = invite(house)
    with pytest.raises(UserError, match="alamat surel lain"):
        accept_invitation(
            token_hash=hash_of(issued.token), user=house.outsider, page=ANSWER, now=clock.now()
        )
    issued.invitation.refresh_from_db()
    assert issued.invitation.accepted_at is None


def test_token_is_kept_nowhere_and_never_logged(house, browser, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    client = browser(house.owner)
    page = client.post("/i/rawa-bening/orang/undang/", typed("siti@rawabening.example"))
    token = LINK.search(page.content.decode())[1]
    visitor = browser(None)
    visitor.get(f"/undangan/{token}/", follow=True)
    visitor.post(ANSWER, GOOD, follow=True)
    visitor.get(f"/undangan/{token}/", follow=True)  # used by now
    kept = [str(list(model.objects.values())) for model in (Invitation, AuditEvent)]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    assert len(token) >= 43
    assert hash_of(token) in kept[0]
    assert [text for text in (*kept, caplog.text) if token in text] == []
    own = [record for record in caplog.records if record.name != "django.db.backends"]
    assert own  # the log was on


# ------------------------------------------------------------------ the owner's form
def test_wrong_lines_are_named_and_nothing_is_lost(house, browser) -> None:
    text = (
        "Siti\tsiti@rawabening.example\n\nbukan-surel\nani@rawabening.example;Ani\n"
        "SITI@rawabening.example\na@x.example b@x.example\n@salah.example"
    )
    page = browser(house.owner).post("/i/rawa-bening/orang/undang/", typed(text))
    errors = page.context["form"].errors["people"]
    assert [error.split(":")[0] for error in errors] == ["Baris 3", "Baris 5", "Baris 6", "Baris 7"]
    shown = page.content.decode()
    assert "ani@rawabening.example;Ani" in shown
    assert "Siti\tsiti@rawabening.example" in shown
    assert not Invitation.objects.exists()


def test_very_many_wrong_lines_do_not_fill_the_page(house, browser) -> None:
    lines = ["salah", *["x"] * 29, "a" * 160 + " b@c.example"]
    page = browser(house.owner).post("/i/rawa-bening/orang/undang/", typed("\n".join(lines)))
    errors = page.context["form"].errors["people"]
    assert len(errors) == 21
    assert "11 baris lain" in errors[-1]


@pytest.mark.parametrize(
    ("line", "email", "name"),
    [
        ("siti@a.example", "siti@a.example", ""),
        ("  Siti Rahma\tSiti@A.example ", "siti@a.example", "Siti Rahma"),
        ("Siti Rahma <siti@a.example>", "siti@a.example", "Siti Rahma"),
        ("siti@a.example;Siti, S.Kom.", "siti@a.example", "Siti S.Kom."),
        ('"Siti Rahma", siti@a.example', "siti@a.example", "Siti Rahma"),
        ("Siti Rahma siti@a.example", "siti@a.example", "Siti Rahma"),
    ],
)
def test_lines_from_sheets_files_and_mails(
    house, browser, line: str, email: str, name: str
) -> None:
    browser(house.owner).post("/i/rawa-bening/orang/undang/", typed(line))
    [made] = Invitation.objects.values_list("email", "name")
    assert made == (email, name)


def test_a_name_too_long_is_a_wrong_line(house, browser) -> None:
    page = browser(house.owner).post(
        "/i/rawa-bening/orang/undang/", typed("a" * 151 + ";siti@a.example")
    )
    assert "nama terlalu panjang" in page.context["form"].errors["people"][0]


@pytest.mark.parametrize(
    ("role", "unit"),
    [("contact", ""), ("contact", "tidak-ada"), ("head", "dinkes"), ("raja", ""), ("", "")],
)
def test_contacts_and_only_they_need_an_existing_unit(house, browser, role: str, unit: str) -> None:
    page = browser(house.owner).post(
        "/i/rawa-bening/orang/undang/", typed("siti@a.example", role, unit)
    )
    assert page.status_code == 200
    assert page.context["form"].errors
    assert "siti@a.example" in page.content.decode()
    assert not Invitation.objects.exists()


def test_units_of_other_agencies_are_no_units_here(house) -> None:
    with pytest.raises(UserError, match="struktur terbaru"):
        invite(house, role=Role.CONTACT, unit="tanjung-saja")


def test_known_and_unknown_addresses_look_the_same_to_the_inviter(
    house, browser, mail_server
) -> None:
    client = browser(house.owner)
    answers = []
    for email in ("pengelola@tanjungasri.example", "belum.pernah.ada@tanjungasri.example"):
        mail.outbox.clear()
        page = client.post("/i/rawa-bening/orang/undang/", typed(email), follow=True)
        [sent] = mail.outbox
        people = page.content.decode().replace(email, "X")
        row = Invitation.objects.get(email=email)
        people = people.replace(f"/undangan/{row.pk}/", "/undangan/N/")
        people = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", people)
        answers.append((page.redirect_chain, people, LINK.sub("", sent.body), sent.subject))
        row.delete()
    assert answers[0] == answers[1]


def test_inviting_again_is_refused_with_the_line(house, browser) -> None:
    client = browser(house.owner)
    client.post("/i/rawa-bening/orang/undang/", typed("siti@a.example"))
    again = typed("baru@a.example\nSITI@a.example\nhead@rawabening.example")
    page = client.post("/i/rawa-bening/orang/undang/", again)
    assert "Baris 2, 3:" in page.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("n", [0, 201])
def test_number_of_invitations_is_limited(house, n: int) -> None:
    people = [Invitee(i, f"p{i}@a.example") for i in range(n)]
    with pytest.raises(UserError, match="1 sampai 200"):
        invite_members(
            agency=house.agency, role=Role.HEAD, unit_code="", people=people,
            by=as_member(house.owner, house.agency), now=NOW,
        )  # fmt: skip


# ------------------------------------------------------------------ when mail cannot be sent
def test_without_mail_server_links_are_shown_once(house, browser) -> None:
    client = browser(house.owner)
    page = client.post("/i/rawa-bening/orang/undang/", typed("a@a.example\nb@a.example"))
    text = page.content.decode()
    tokens = LINK.findall(text)
    assert len(tokens) == 2
    assert mail.outbox == []
    assert "no-store" in page.headers["Cache-Control"]
    later = client.get("/i/rawa-bening/orang/").content.decode()
    assert [token for token in tokens if token in later] == []


class Refusing(EmailBackend):
    """Takes one message and refuses the others."""

    def send_messages(self, messages):
        if "a@a.example" not in messages[0].to:
            raise OSError("refused")
        return super().send_messages(messages)


class Unreachable(EmailBackend):
    def open(self):
        raise OSError("no route")


def test_links_that_cannot_be_mailed_are_shown(
    house, browser, settings, mail_server, caplog
) -> None:
    client = browser(house.owner)
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    page = client.post("/i/rawa-bening/orang/undang/", typed("a@a.example\nb@a.example"))
    assert len(LINK.findall(page.content.decode())) == 1
    assert "b@a.example" in page.content.decode()
    assert len(mail.outbox) == 1
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    page = client.post("/i/rawa-bening/orang/undang/", typed("c@a.example\nd@a.example"))
    assert len(LINK.findall(page.content.decode())) == 2
    assert "c@a.example" not in caplog.text


def test_mail_speaks_the_language_of_the_agency(house, browser, settings, mail_server) -> None:
    house.agency.language = "en"
    house.agency.save()
    client = browser(house.owner)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
    client.post("/i/rawa-bening/orang/undang/", typed("a@a.example"))
    assert '<html lang="en">' in mail.outbox[0].alternatives[0].content


def test_a_name_on_two_lines_is_no_broken_header(house, browser, mail_server) -> None:
    house.agency.name = "Kabupaten\nBcc: semua@a.example"
    house.agency.save()
    browser(house.owner).post("/i/rawa-bening/orang/undang/", typed("a@a.example"))
    [sent] = mail.outbox
    assert sent.subject == "Undangan dari Kabupaten Bcc: semua@a.example"
    assert sent.recipients() == ["a@a.example"]


# ------------------------------------------------------------------ resend, revoke, audit
def test_resend_makes_a_new_link_and_a_new_term(house, browser, mail_server) -> None:
    issued = invite(house, now=clock.now() - timedelta(days=20))
    page = browser(house.owner).post(
        f"/i/rawa-bening/orang/undangan/{issued.invitation.pk}/kirim-ulang/", follow=True
    )
    assert page.status_code == 200
    new = LINK.search(mail.outbox[0].body)[1]
    assert new != issued.token
    assert browser(None).get(f"/undangan/{new}/", follow=True).status_code == 200
    assert browser(None).get(f"/undangan/{issued.token}/", follow=True).status_code == 404


def test_revoked_and_answered_invitations_stay_so(house, browser) -> None:
    issued = invite(house)
    client = browser(house.owner)
    address = f"/i/rawa-bening/orang/undangan/{issued.invitation.pk}"
    assert client.post(f"{address}/batalkan/").status_code == 302
    assert client.post(f"{address}/batalkan/").status_code == 400
    assert client.post(f"{address}/kirim-ulang/").status_code == 400
    assert client.get(f"{address}/batalkan/").status_code == 405


def test_audit_tells_the_whole_story(house) -> None:
    by = as_member(house.owner, house.agency)
    issued = invite(house)
    here = {"agency": house.agency, "by": by, "now": clock.now()}
    issued = resend_invitation(invitation=issued.invitation, **here)
    user = accept_with_new_account(
        token_hash=hash_of(issued.token), email="siti@rawabening.example", name="Siti Rahma",
        password=PASSWORD, page=ANSWER, now=clock.now(),
    )  # fmt: skip
    other = invite(house, email="b@a.example")
    revoke_invitation(invitation=other.invitation, **here)
    events = list(AuditEvent.objects.filter(object_type="invitation"))
    assert [event.action for event in events] == [
        "member_invited", "invitation_resent", "invitation_accepted", "member_invited",
        "invitation_revoked",
    ]  # fmt: skip
    assert {event.agency for event in events} == {"rawa-bening"}
    assert (events[2].actor_id, events[2].actor_name) == (str(user.pk), "Siti Rahma")
    assert events[2].details == {"email": "siti@rawabening.example", "role": "head", "unit": ""}


@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst"])
def test_actions_check_the_role_themselves(house, who: str) -> None:
    issued = invite(house)
    by = as_member(getattr(house, who), house.agency)
    here = {"agency": house.agency, "by": by, "now": NOW}
    with pytest.raises(Forbidden):
        invite_members(role=Role.OWNER, unit_code="", people=[Invitee(1, "x@a.example")], **here)
    with pytest.raises(Forbidden):
        resend_invitation(invitation=issued.invitation, **here)
    with pytest.raises(Forbidden):
        revoke_invitation(invitation=issued.invitation, **here)


def test_an_owner_elsewhere_changes_nothing_here(house, browser) -> None:
    issued = invite(house)
    by = as_member(house.outsider, house.other)
    for agency in (house.agency, house.other):
        with pytest.raises(UserError):
            revoke_invitation(agency=agency, invitation=issued.invitation, by=by, now=NOW)
    client = browser(house.outsider)
    for slug in ("rawa-bening", "tanjung-asri"):
        address = f"/i/{slug}/orang/undangan/{issued.invitation.pk}/batalkan/"
        assert client.post(address).status_code == 404
