"""Signing in, passwords, limits, and what strangers can learn."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as site
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import caches
from django.test import Client

from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from sign_in import log_in, signed_in_as
from site_factory import PASSWORD, make_user

NEW = "perahu biru di atas awan 77"


class CountingHasher(MD5PasswordHasher):
    """Counts the work that a passer-by could time."""

    algorithm = "counted"
    calls = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).calls += 1
        return super().encode(password, salt)


@pytest.fixture
def anna(house) -> User:
    return make_user("anna@rawabening.example", name="Anna Wijaya")


def actions() -> list[str]:
    return list(AuditEvent.objects.values_list("action", flat=True))


def without_tokens(page: bytes) -> str:
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", page.decode())


# ---------------------------------------------------------------- in and out
@pytest.mark.parametrize("email", ["anna@rawabening.example", " ANNA@RawaBening.Example "])
def test_password_opens_the_account(anna: User, email: str) -> None:
    client = Client()
    answer = log_in(client, email)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in_as(client) == str(anna.pk)
    (event,) = AuditEvent.objects.all()
    assert (event.action, event.actor_id, event.details) == (
        "signed_in", str(anna.pk), {"methods": ["password"]}
    )  # fmt: skip


def test_the_page_asked_for_opens_after_sign_in_but_no_foreign_one(anna: User) -> None:
    fields = {"login": anna.email, "password": PASSWORD}
    there = Client().post("/akun/masuk/", {**fields, "next": "/akun/sesi/"})
    assert there["Location"] == "/akun/sesi/"
    foreign = Client().post("/akun/masuk/", {**fields, "next": "https://jahat.example/"})
    assert foreign["Location"] == "/"


def test_the_session_key_changes_at_sign_in(anna: User) -> None:
    client = Client()
    client.post("/akun/masuk/", {"login": anna.email, "password": "salah"})
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies[site.SESSION_COOKIE_NAME] = planted = session.session_key
    log_in(client, anna.email)
    assert signed_in_as(client)
    assert client.cookies[site.SESSION_COOKIE_NAME].value != planted


def test_leaving_takes_a_post(anna: User) -> None:
    client = Client()
    log_in(client, anna.email)
    assert "Sesi di peramban ini" in client.get("/akun/keluar/").content.decode()
    assert signed_in_as(client)
    assert client.post("/akun/keluar/")["Location"] == "/"
    assert signed_in_as(client) is None
    assert actions() == ["signed_in", "signed_out"]
    assert client.get("/akun/keluar/")["Location"] == "/"


def test_cross_site_posts_are_refused(anna: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert log_in(client, anna.email).status_code == 403
    assert signed_in_as(client) is None


def test_a_deactivated_account_stays_closed(anna: User) -> None:
    inside = Client()
    log_in(inside, anna.email)
    User.objects.update(is_active=False)
    assert inside.get("/akun/")["Location"].startswith("/akun/masuk/")
    client = Client()
    assert log_in(client, anna.email)["Location"] == "/akun/nonaktif/"
    assert "tidak aktif" in client.get("/akun/nonaktif/").content.decode()
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    "path", ["daftar/", "signup/", "email/", "login/", "2fa/", "3rdparty/", "sso/daftar/",
             "confirm-email/", "password/reset/", "social/signup/"]
)  # fmt: skip
def test_pages_that_must_not_exist(anna: User, path: str) -> None:
    client = Client()
    log_in(client, anna.email)
    assert client.get(f"/akun/{path}").status_code == 404
    assert client.post(f"/akun/{path}").status_code == 404


def test_there_is_no_answer_for_scripts(anna: User) -> None:
    answer = log_in(Client(), anna.email, "salah", headers={"x-requested-with": "XMLHttpRequest"})
    assert answer["Content-Type"].startswith("text/html")


# ---------------------------------------------------------------- what strangers can learn
def test_sign_in_says_the_same_for_anybody(anna: User, settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher", *settings.PASSWORD_HASHERS]
    make_user("lama@rawabening.example", is_active=False)
    sso_only = make_user("sso@rawabening.example")
    sso_only.set_unusable_password()
    sso_only.save()
    User.objects.get(email=anna.email).set_password(PASSWORD)
    for user in User.objects.exclude(pk=sso_only.pk):
        user.set_password(PASSWORD)
        user.save()
    seen = set()
    for name in ("anna", "lama", "sso", "siapa"):
        CountingHasher.calls = 0
        answer = log_in(Client(), f"{name}@rawabening.example", "kata sandi yang salah 99")
        page = without_tokens(answer.content).replace(f"{name}@", "@")
        seen.add((answer.status_code, page, CountingHasher.calls, len(mail.outbox)))
    assert len(seen) == 1
    ((status, page, calls, mails),) = seen
    assert (status, calls, mails) == (200, 1, 0)
    assert "Alamat surel atau kata sandi tidak benar." in page
    assert actions() == ["sign_in_failed"] * 4


def test_the_trail_never_keeps_what_was_typed(anna: User) -> None:
    log_in(Client(), "sandi-saya@ini.example", "rahasia sekali 123")
    log_in(Client(), anna.email, "rahasia sekali 123", REMOTE_ADDR="203.0.113.9")
    unknown, known = AuditEvent.objects.all()
    assert (unknown.object_id, known.object_id) == ("", str(anna.pk))
    for event in (unknown, known):
        text = str(event.__dict__)
        assert not any(s in text for s in ("rahasia", "sandi-saya", "203.0.113.9", anna.email))


def test_asking_for_a_new_password_says_the_same_for_anybody(anna: User) -> None:
    make_user("lama@rawabening.example", is_active=False)
    seen = set()
    for name in ("anna", "lama", "siapa"):
        mail.outbox.clear()
        client = Client()
        answer = client.post("/akun/sandi/lupa/", {"email": f"{name}@rawabening.example"})
        page = without_tokens(client.get(answer["Location"]).content)
        seen.add((answer.status_code, answer["Location"], page, len(mail.outbox)))
        assert mail.outbox[0].to == [f"{name}@rawabening.example"]
        has_link = "/akun/sandi/baru/" in mail.outbox[0].body
        assert has_link == (name == "anna")
        assert mail.outbox[0].subject == "[Cermin] Membuat kata sandi baru"
    assert len(seen) == 1


# ---------------------------------------------------------------- limits
def test_the_sixth_wrong_password_is_not_even_tried(anna: User) -> None:
    """Whoever counts is the database, not a process: each try comes from a fresh browser."""
    assert type(caches["default"]).__name__ == "DatabaseCache"
    for n in range(5):
        answer = log_in(Client(), anna.email, f"salah {n}", REMOTE_ADDR=f"203.0.113.{n}")
        assert "Alamat surel atau kata sandi tidak benar." in answer.content.decode()
    client = Client(REMOTE_ADDR="203.0.113.77")
    answer = log_in(client, anna.email.upper())
    assert "Terlalu banyak percobaan" in answer.content.decode()
    assert signed_in_as(client) is None


def test_other_people_come_in_meanwhile(anna: User, house) -> None:
    for n in range(6):
        log_in(Client(), anna.email, f"salah {n}")
    client = Client()
    log_in(client, house.owner.email)
    assert signed_in_as(client) == str(house.owner.pk)


def test_another_name_of_the_host_is_no_fresh_start(anna: User) -> None:
    hosts = ("testserver", "127.0.0.1", "localhost")
    for n in range(5):
        log_in(Client(), anna.email, f"salah {n}", headers={"host": hosts[n % 3]})
    for host in hosts:
        client = Client(headers={"host": host})
        log_in(client, anna.email)
        assert signed_in_as(client) is None


def test_right_passwords_do_not_count(anna: User) -> None:
    for _n in range(8):
        client = Client()
        log_in(client, anna.email)
        assert signed_in_as(client)


def wrong_passwords_of_many(forwarded: str, n: int = 31) -> str:
    """Try many accounts, once each; return the last answer."""
    for number in range(n):
        answer = Client(REMOTE_ADDR="10.0.0.1").post(
            "/akun/masuk/", {"login": f"u{number}@x.example", "password": "salah"},
            headers={"x-forwarded-for": forwarded.format(n=number)},
        )  # fmt: skip
    return answer.content.decode()


def test_an_invented_address_does_not_escape_the_limit(house) -> None:
    assert "Terlalu banyak percobaan" in wrong_passwords_of_many("198.51.100.{n}")


def test_behind_the_proxy_only_its_own_word_counts(house, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert "Terlalu banyak percobaan" in wrong_passwords_of_many("198.51.100.{n}, 203.0.113.5")


def test_behind_the_proxy_people_are_told_apart(house, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert "Terlalu banyak" not in wrong_passwords_of_many("203.0.113.{n}")


def test_many_forms_from_one_address_get_the_page_for_it(house, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    answers = [log_in(Client(), f"u{n}@x.example", "salah") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Terlalu banyak percobaan" in answers[2].content.decode()


def test_without_a_mail_server_everybody_is_told_the_same(anna: User, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    make_user("lama@rawabening.example", is_active=False)
    seen = set()
    for name in ("anna", "lama", "siapa"):
        answer = Client().post("/akun/sandi/lupa/", {"email": f"{name}@rawabening.example"})
        seen.add((answer.status_code, without_tokens(answer.content)))
    ((status, page),) = seen
    assert status == 503
    assert "Surel tidak dapat dikirim" in page


def test_a_password_is_changed_also_when_no_mail_can_be_sent(anna: User, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    client = Client()
    log_in(client, anna.email)
    new = "gunung tinggi di timur 7"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/akun/sandi/", fields).status_code == 302
    assert log_in(Client(), anna.email, new).status_code == 302


def test_mail_cannot_be_ordered_without_end(anna: User) -> None:
    statuses = [
        Client().post("/akun/sandi/lupa/", {"email": anna.email}).status_code for _n in range(6)
    ]
    assert statuses == [302] * 5 + [429]
    assert len(mail.outbox) == 5


# ---------------------------------------------------------------- passwords
def reset_link(email: str) -> str:
    mail.outbox.clear()
    Client().post("/akun/sandi/lupa/", {"email": email})
    found = re.search(r"http://testserver(/akun/sandi/baru/\S+)", mail.outbox[0].body)
    assert found
    return found[1]


def follow(client: Client, link: str) -> str:
    answer = client.get(link)
    assert answer.status_code == 302
    return answer["Location"]


def test_a_forgotten_password(anna: User) -> None:
    old = Client()
    log_in(old, anna.email)
    for n in range(6):
        log_in(Client(), anna.email, f"salah {n}")
    client, link = Client(), reset_link(anna.email)
    page = follow(client, link)
    assert link.split("-", 1)[1] not in page
    answer = client.post(page, {"password1": NEW, "password2": NEW})
    assert answer["Location"] == "/akun/sandi/baru/selesai/"
    assert "Masuklah" in client.get(answer["Location"]).content.decode()
    assert signed_in_as(client) is None
    assert old.get("/akun/").status_code == 302
    assert [m.subject for m in mail.outbox[1:]] == ["[Cermin] Kata sandi Anda telah diganti"]
    assert AuditEvent.objects.last().action == "password_changed"
    assert AuditEvent.objects.last().actor_id == str(anna.pk)
    log_in(client, anna.email, NEW)
    assert signed_in_as(client), "the count of wrong passwords begins anew"


def test_a_link_works_once_and_not_after_two_hours(anna: User, settings) -> None:
    link = reset_link(anna.email)
    client = Client()
    page = follow(client, link)
    client.post(page, {"password1": NEW, "password2": NEW})
    for again in (client, Client()):
        assert "Tautan ini tidak berlaku" in again.get(link).content.decode()
    assert settings.PASSWORD_RESET_TIMEOUT == 7200
    late = reset_link(anna.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "Tautan ini tidak berlaku" in Client().get(late).content.decode()


def test_a_link_of_one_person_is_none_of_another(anna: User) -> None:
    other = make_user("budi@rawabening.example")
    _uid, key = reset_link(anna.email).removeprefix("/akun/sandi/baru/").split("-", 1)
    uid, _key = reset_link(other.email).removeprefix("/akun/sandi/baru/").split("-", 1)
    answer = Client().get(f"/akun/sandi/baru/{uid}-{key}")
    assert "Tautan ini tidak berlaku" in answer.content.decode()


def test_following_a_link_leaves_somebody_elses_session(anna: User, house) -> None:
    client = Client()
    log_in(client, house.owner.email)
    client.get(follow(client, reset_link(anna.email)))
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    ("password", "repeated", "words"),
    [
        ("pendek 1", "pendek 1", "setidaknya 12 karakter"),
        ("123456789123", "123456789123", "angka"),
        ("q1w2e3r4t5y6", "q1w2e3r4t5y6", "umum"),
        ("anna@rawabening.example", "anna@rawabening.example", "mirip"),
        (NEW, NEW + "x", "Kedua kata sandi harus sama."),
    ],
)
def test_weak_passwords_are_refused(anna: User, password, repeated, words) -> None:
    client = Client()
    log_in(client, anna.email)
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": repeated}
    answer = client.post("/akun/sandi/", fields)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_changing_the_password_ends_every_session(anna: User) -> None:
    here, there = Client(), Client()
    log_in(here, anna.email)
    log_in(there, anna.email)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    wrong = here.post("/akun/sandi/", {**fields, "oldpassword": "salah"})
    assert "Kata sandi saat ini tidak benar." in wrong.content.decode()
    answer = here.post("/akun/sandi/", fields, follow=True)
    assert answer.request["PATH_INFO"] == "/akun/masuk/"
    assert "Kata sandi telah diganti." in answer.content.decode()
    assert [client.get("/akun/").status_code for client in (here, there)] == [302, 302]
    assert "password_changed" in actions()
    assert [m.to for m in mail.outbox] == [[anna.email]]


def test_an_account_of_single_sign_on_alone_may_get_a_password(anna: User, browser) -> None:
    anna.set_unusable_password()
    anna.save()
    client = browser(anna)
    assert client.get("/akun/sandi/")["Location"] == "/akun/sandi/buat/"
    assert "Buat kata sandi" in client.get("/akun/sandi/buat/").content.decode()
    answer = client.post("/akun/sandi/buat/", {"password1": NEW, "password2": NEW})
    assert answer["Location"] == "/akun/masuk/"
    log_in(client, anna.email, NEW)
    assert signed_in_as(client)
    assert client.get("/akun/sandi/buat/")["Location"] == "/akun/sandi/"


# ---------------------------------------------------------------- cookies
def test_cookies_keep_to_themselves(anna: User) -> None:
    client = Client()
    log_in(client, anna.email)
    cookie = client.cookies[site.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")
