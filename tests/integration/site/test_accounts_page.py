"""The account page, its actions, and every page and mail in our own words."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from allauth.core.context import request_context
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core import mail
from django.http import HttpRequest
from django.test import Client

from cermin.core.errors import UserError
from cermin.web.accounts.actions import (
    change_profile,
    create_account,
    deactivate_account,
    end_session,
    reactivate_account,
)
from cermin.web.accounts.adapters import AccountAdapter, SocialAccountAdapter
from cermin.web.accounts.entrance import sign_in
from cermin.web.accounts.models import User
from cermin.web.audit.actor import Actor, system
from cermin.web.audit.models import AuditEvent
from sign_in import log_in, signed_in_as
from site_factory import NOW, PASSWORD, make_user

BY = system("tes")
PHONE = "Mozilla/5.0 (Linux; Android 14) Chrome/128.0 Mobile Safari/537.36"
NEW = "perahu biru di atas awan 77"


def acting(user: User) -> Actor:
    return Actor(id=str(user.pk), name=user.name, page="/tes/")


@pytest.fixture
def anna(house) -> User:
    return make_user("anna@rawabening.example", name="Anna Wijaya")


def make(**fields: str) -> User:
    given = {"email": " Baru@RawaBening.example ", "name": " Orang Baru ", "password": NEW,
             "language": "id", **fields}  # fmt: skip
    return create_account(**given, by=BY, now=NOW)


# ---------------------------------------------------------------- actions
def test_an_account_is_made(house) -> None:
    user = make()
    assert (user.email, user.name, user.created_at) == (
        "baru@rawabening.example",
        "Orang Baru",
        NOW,
    )
    client = Client()
    log_in(client, "BARU@rawabening.example", NEW)
    assert signed_in_as(client) == str(user.pk)
    event = AuditEvent.objects.first()
    assert (event.action, event.object_id) == ("account_created", str(user.pk))
    assert NEW not in str(event.__dict__)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "bukan surel"}, "tidak benar"),
        ({"email": "ANNA@rawabening.example"}, "sudah mempunyai akun"),
        ({"name": " "}, "Isi nama"),
        ({"language": "jv"}, "tidak tersedia"),
        ({"password": "pendek"}, "setidaknya 12 karakter"),
        ({"password": "q1w2e3r4t5y6"}, "umum"),
        ({"password": "baru@rawabening.example"}, "mirip"),
        ({"password": "Orang Baru 1"}, "mirip dengan nama"),
    ],
)
def test_accounts_that_are_refused(anna: User, fields: dict[str, str], words: str) -> None:
    before = User.objects.count()
    with pytest.raises(UserError, match=words):
        make(**fields)
    assert User.objects.count() == before
    assert not AuditEvent.objects.exists()


def test_a_profile_that_did_not_change_leaves_no_trace(anna: User) -> None:
    change_profile(user=anna, name=anna.name, language="id", by=acting(anna), now=NOW)
    assert not AuditEvent.objects.exists()
    with pytest.raises(UserError, match="pemilik akun"):
        change_profile(user=anna, name="Lain", language="id", by=BY, now=NOW)


def test_accounts_are_switched_off_and_on(anna: User, house) -> None:
    operator = make_user("operator@situs.example", is_operator=True)
    client = Client()
    log_in(client, anna.email)
    deactivate_account(user=anna, by=acting(operator), now=NOW)
    deactivate_account(user=anna, by=acting(operator), now=NOW)
    assert client.get("/akun/").status_code == 302
    assert not Session.objects.exists()
    reactivate_account(user=anna, by=BY, now=NOW)
    log_in(client, anna.email)
    assert signed_in_as(client)
    actions = list(AuditEvent.objects.values_list("action", flat=True))
    assert actions == ["signed_in", "account_deactivated", "sessions_ended",
                       "account_reactivated", "signed_in"]  # fmt: skip
    for by in (acting(house.owner), acting(anna)):
        with pytest.raises(UserError, match="operator situs"):
            deactivate_account(user=anna, by=by, now=NOW)
    with pytest.raises(UserError, match="akun Anda sendiri"):
        deactivate_account(user=operator, by=acting(operator), now=NOW)


def test_somebody_who_just_chose_a_password_is_signed_in_as_on_the_page(anna: User, rf) -> None:
    request = rf.post("/undangan/")
    client = Client()
    request.session, request.user = client.session, AnonymousUser()
    request._messages = []
    with request_context(request):
        sign_in(request, anna)
    assert request.user == anna
    assert UserSession.objects.get().session_key == request.session.session_key
    assert AuditEvent.objects.get().action == "signed_in"


def test_nobody_signs_up() -> None:
    assert not AccountAdapter().is_open_for_signup(HttpRequest())
    assert not SocialAccountAdapter().is_open_for_signup(HttpRequest(), None)


def test_accounts_are_found_and_named(anna: User) -> None:
    assert User.objects.get_by_natural_key("ANNA@rawabening.example") == anna
    assert anna.get_full_name() == str(anna) == "Anna Wijaya"


# ---------------------------------------------------------------- the page
def test_the_account_page(anna: User, django_assert_max_num_queries) -> None:
    client = Client(headers={"user-agent": PHONE})
    for _n in range(6):
        log_in(Client(), anna.email)
    log_in(client, anna.email)
    with django_assert_max_num_queries(11):
        page = client.get("/akun/").content.decode()
    assert "Anna Wijaya · anna@rawabening.example" in page
    assert "Belum aktif" in page
    assert "Chrome di Android" in page
    assert page.count("<h1") == 1
    assert page.count("Akhiri sesi") == 6
    assert Client().get("/akun/")["Location"] == "/akun/masuk/?next=/akun/"


def test_the_page_lists_the_persons_roles_and_nobody_elses(anna: User, house) -> None:
    client, contact = Client(), Client()
    log_in(client, anna.email)
    assert "belum memegang peran" in client.get("/akun/").content.decode()
    User.objects.filter(pk=anna.pk).update(is_operator=True)
    assert "Operator situs" in client.get("/akun/").content.decode()
    log_in(contact, house.contact.email)
    page = contact.get("/akun/").content.decode()
    assert "Kabupaten rawa-bening</a>: Penghubung unit (Unit dinkes)" in page
    assert "Kabupaten tanjung-asri" not in page


def test_name_and_language_are_changed(anna: User) -> None:
    client = Client()
    log_in(client, anna.email)
    assert client.post("/akun/", {"name": "", "language": "id"}).status_code == 200
    answer = client.post("/akun/", {"name": "Anna W.", "language": "en"})
    assert answer["Location"] == "/akun/"
    assert answer.cookies["bahasa"].value == "en"
    anna.refresh_from_db()
    assert (anna.name, anna.language) == ("Anna W.", "en")
    assert '<html lang="en"' in client.get("/akun/").content.decode()
    assert AuditEvent.objects.last().details == {
        "name": ["Anna Wijaya", "Anna W."], "language": ["id", "en"]
    }  # fmt: skip
    refused = client.post("/akun/", {"name": "Anna W.", "language": "jv"})
    assert "jv" in refused.content.decode()
    client.post("/akun/", {"name": "Anna W.", "language": "id"})
    assert client.post("/akun/", {"name": "  ", "language": "id"}).status_code == 200


# ---------------------------------------------------------------- sessions
def test_one_session_is_ended(anna: User) -> None:
    here, there = Client(), Client(headers={"user-agent": PHONE})
    log_in(there, anna.email)
    log_in(here, anna.email)
    page = here.get("/akun/sesi/").content.decode()
    assert page.count("Sesi ini") == 1
    (path,) = re.findall(r'action="(/akun/sesi/\d+/akhiri/)"', page)
    assert here.get(path).status_code == 405
    assert here.post(path)["Location"] == "/akun/sesi/"
    assert there.get("/akun/").status_code == 302
    assert here.get("/akun/").status_code == 200
    assert AuditEvent.objects.last().action == "sessions_ended"
    assert "Sesi diakhiri." not in here.post(path, follow=True).content.decode().split("<h1")[1]


def test_all_other_sessions_are_ended(anna: User) -> None:
    clients = [Client() for _n in range(3)]
    for client in clients:
        log_in(client, anna.email)
    answer = clients[0].post("/akun/sesi/lainnya/akhiri/", follow=True)
    assert "2 sesi lain diakhiri." in answer.content.decode()
    assert [client.get("/akun/").status_code for client in clients] == [200, 302, 302]
    assert "Akhiri semua sesi lain" not in clients[0].get("/akun/sesi/").content.decode()


def test_nobody_ends_the_session_of_another(anna: User, house) -> None:
    mine, theirs = Client(), Client()
    log_in(mine, anna.email)
    log_in(theirs, house.head.email)
    number = UserSession.objects.get(user=house.head).pk
    mine.post(f"/akun/sesi/{number}/akhiri/")
    assert theirs.get("/akun/").status_code == 200
    assert not end_session(user=anna, session_id=number, by=acting(anna), now=NOW)


def test_sessions_that_have_run_out_are_not_listed(anna: User) -> None:
    log_in(Client(), anna.email)
    client = Client()
    log_in(client, anna.email)
    mine = client.session.session_key
    others = Session.objects.exclude(session_key=mine)
    others.update(expire_date=others.get().expire_date - timedelta(days=2))
    assert "Akhiri sesi" not in client.get("/akun/sesi/").content.decode()


# ---------------------------------------------------------------- words and mails
def test_every_template_shown_is_ours(anna: User) -> None:
    client, stranger = Client(), Client()
    log_in(client, anna.email)
    pages = [
        stranger.get("/akun/masuk/"), stranger.get("/akun/sandi/lupa/"),
        stranger.get("/akun/sandi/lupa/terkirim/"), stranger.get("/akun/sandi/baru/x-y/"),
        stranger.get("/akun/sandi/baru/selesai/"), stranger.get("/akun/nonaktif/"),
        stranger.get("/akun/sso/batal/"), client.get("/akun/keluar/"), client.get("/akun/"),
        client.get("/akun/sandi/"), client.get("/akun/sesi/"), client.get("/akun/konfirmasi/"),
        client.get("/akun/autentikator/aktifkan/"),
        client.get("/akun/autentikator/pemulihan/baru/"),
    ]  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert text.count("<h1") == 1
        assert "placeholder" not in text
        for template in page.templates:
            assert "allauth" not in str(template.origin), template.name
        plain = re.sub(r"<[^>]+>", " ", text)
        assert not re.search(r"\b(password|email|sign in|Sign In|login|the)\b", plain), plain


def test_no_mail_is_lost_work(anna: User, settings, caplog) -> None:
    """A mail server that is down does not undo, or hide, a new password."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client = Client()
    log_in(client, anna.email)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/akun/sandi/", fields)["Location"] == "/akun/masuk/"
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    assert "a mail was not sent" in caplog.text


def test_mails_speak_the_language_of_the_page_and_name_no_address(anna: User) -> None:
    Client(REMOTE_ADDR="203.0.113.9").post("/akun/sandi/lupa/", {"email": anna.email})
    (message,) = mail.outbox
    assert "berlaku" not in message.subject
    assert "dalam dua jam" in message.body
    assert "203.0.113.9" not in message.body
    assert message.alternatives == []


@pytest.mark.parametrize(("secure", "name"), [("1", "__Host-sesi"), ("0", "sesi")])
def test_cookies_are_bound_to_https(tmp_path, secure: str, name: str) -> None:
    """Read by a process of its own, as a site starts."""
    words = (
        "import json; from cermin.web import settings as s;"
        "print(json.dumps([s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        "s.SESSION_COOKIE_HTTPONLY, s.SECURE_SSL_REDIRECT, s.ALLAUTH_TRUSTED_PROXY_COUNT]))"
    )
    site = {
        "CERMIN_SITE": str(tmp_path), "CERMIN_SECRET_KEY": "x" * 60, "CERMIN_HTTPS": secure,
        "CERMIN_BEHIND_PROXY": secure, "PATH": "",
    }  # fmt: skip
    told = subprocess.run([sys.executable, "-c", words], env=site, check=True, capture_output=True)
    on = secure == "1"
    assert json.loads(told.stdout) == [name, on, on, True, on, int(on)]
