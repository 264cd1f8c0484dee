"""The second factor: asked of whose role needs it, on every page, and not to be talked away."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.middleware import FREE
from cermin.web.organisations.models import Role
from cermin.web.sealing import make_key
from sign_in import code, give_authenticator, kinds, log_in, signed_in_as, with_code
from site_factory import PASSWORD, give_role, make_user

ACTIVATE = "/akun/autentikator/aktifkan/"
REMOVE = "/akun/autentikator/nonaktifkan/"
CODES = "/akun/autentikator/pemulihan/"


@pytest.fixture(autouse=True)
def real_site(settings) -> None:
    settings.DEMO = False


@pytest.fixture
def emptied_cache() -> Iterator[None]:
    """What is really committed does not reach other tests."""
    yield
    cache.clear()


def signed_in(user: User) -> Client:
    client = Client()
    log_in(client, user.email)
    assert signed_in_as(client) == str(user.pk)
    return client


def activate(client: Client):
    """Set the authenticator up with the key that the page shows; return the answer and the key."""
    page = client.get(ACTIVATE).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert secret, page
    return client.post(ACTIVATE, {"code": code(secret[1])}), secret[1]


def actions() -> list[str]:
    return list(AuditEvent.objects.values_list("action", flat=True))


# ---------------------------------------------------------------- who is asked, and where
@pytest.mark.parametrize(
    ("role", "asked"),
    [("owner", True), ("evaluator", True), ("contact", False), ("head", False),
     ("analyst", False)],
)  # fmt: skip
def test_roles_that_need_it(house, role: str, asked: bool) -> None:
    answer = signed_in(getattr(house, role)).get("/i/rawa-bening/")
    assert (answer.status_code == 302) is asked
    if asked:
        assert answer["Location"] == ACTIVATE


def test_operators_need_it(house) -> None:
    operator = make_user("operator@situs.example", is_operator=True)
    assert signed_in(operator).get("/akun/")["Location"] == ACTIVATE


def test_a_role_given_later_counts_at_once(house) -> None:
    client = signed_in(house.analyst)
    assert client.get("/i/rawa-bening/").status_code == 200
    give_role(house.analyst, house.agency, Role.EVALUATOR)
    assert client.get("/i/rawa-bening/")["Location"] == ACTIVATE


def test_the_demo_asks_nobody_and_its_pages_work(house, settings) -> None:
    settings.DEMO = True
    client = signed_in(house.owner)
    assert client.get("/i/rawa-bening/").status_code == 200
    answer, _secret = activate(client)
    assert answer["Location"] == CODES
    assert client.get("/akun/").status_code == 200
    client.post(REMOVE)
    assert kinds(house.owner) == set()


def addresses(patterns=None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Walk all names of the site with an address for each."""
    samples = {"agency": "rawa-bening", "session": 1, "provider_id": "x", "uidb36": "a"}
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and entry.name:
            path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("^", "").rstrip("$")
            yield entry.name, "/" + re.sub(
                r"<(?:(\w+):)?(\w+)>",
                lambda m: str(samples.get(m[2], uuid.UUID(int=1) if m[1] == "uuid" else 1)), path,
            )  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_other_address_leads_past_it(house, method: str) -> None:
    client = signed_in(house.owner)
    walked = dict(addresses())
    assert {"agency_home", "home", "account", "usersessions_list"} <= set(walked)
    passed = {}
    for name, path in walked.items():
        if name in FREE or path.startswith("/survei/"):
            continue  # pages of the survey know no accounts
        answer = getattr(client, method)(path)
        if (answer.status_code, answer.headers.get("Location")) != (302, ACTIVATE):
            passed[name] = (path, answer.status_code)
    assert passed == {}


def test_pages_kept_free_show_nothing_of_an_agency(house) -> None:
    client = signed_in(house.owner)
    for name, path in addresses():
        if name in FREE and name != "account_logout":
            text = client.get(path).content.decode()
            assert "Kabupaten rawa-bening" not in text, name


def test_parts_of_pages_are_led_away_too(house) -> None:
    client = signed_in(house.owner)
    answer = client.get("/i/rawa-bening/", headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, ACTIVATE)
    assert answer.content == b""


def test_a_session_without_the_code_is_asked_for_it(house, browser) -> None:
    """However a session came about: having an authenticator is not the same as showing its code."""
    secret = give_authenticator(house.owner)
    client = browser(house.owner)
    answer = client.get("/i/rawa-bening/")
    assert answer["Location"] == "/akun/autentikator/konfirmasi/?next=%2Fi%2Frawa-bening%2F"
    answer = client.post(answer["Location"], {"code": code(secret), "next": "/i/rawa-bening/"})
    assert answer["Location"] == "/i/rawa-bening/"
    assert client.get("/i/rawa-bening/").status_code == 200


def test_a_session_that_showed_the_code_costs_nothing(
    house, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    client = with_code(house.owner, give_authenticator(house.owner))
    with django_assert_num_queries(2):  # the session and the account, of the framework
        client.get("/akun/keluar/")
    with django_assert_max_num_queries(9):
        assert client.get("/akun/").status_code == 200


# ---------------------------------------------------------------- setting up
def test_setting_up(transactional_db: None, house, emptied_cache: None) -> None:
    client = signed_in(house.owner)
    page = client.get(ACTIVATE).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
    assert svg.startswith(b"<?xml")
    assert "Kode tidak benar" in client.post(ACTIVATE, {"code": "000000"}).content.decode()
    answer, secret = activate(client)
    assert answer["Location"] == CODES
    page = client.get(CODES).content.decode()
    codes = re.findall(r"<li><code>(\d{8})</code>", page)
    assert len(codes) == 10
    assert "Di mana menyimpannya" in page
    download = client.get(CODES + "unduh/")
    assert download["Content-Disposition"].startswith("attachment")
    assert all(each in download.content.decode() for each in codes)
    assert client.get("/i/rawa-bening/").status_code == 200
    assert actions() == ["signed_in", "second_factor_added"]
    assert [m.subject for m in mail.outbox] == ["[Cermin] Autentikator diaktifkan"]
    assert secret not in str([each.data for each in Authenticator.objects.all()])
    assert client.get(ACTIVATE)["Location"] == REMOVE


def test_a_session_of_before_does_not_profit(house) -> None:
    """Somebody who knew only the password and was there first stays outside."""
    thief, owner = signed_in(house.owner), signed_in(house.owner)
    activate(owner)
    assert thief.get("/i/rawa-bening/")["Location"].startswith("/akun/masuk/")
    assert owner.get("/i/rawa-bening/").status_code == 200


def test_an_untracked_session_of_before_does_not_profit(house, browser) -> None:
    thief = browser(house.owner)
    activate(signed_in(house.owner))
    assert thief.get("/i/rawa-bening/")["Location"].startswith("/akun/autentikator/konfirmasi/")


def test_an_old_session_must_prove_itself_before_setting_up(house, settings) -> None:
    client = signed_in(house.owner)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    answer = client.get(ACTIVATE)
    assert answer["Location"] == "/akun/konfirmasi/?next=%2Fakun%2Fautentikator%2Faktifkan%2F"
    wrong = client.post(answer["Location"], {"password": "salah"})
    assert "Kata sandi tidak benar." in wrong.content.decode()
    right = client.post(answer["Location"], {"password": PASSWORD, "next": ACTIVATE})
    assert right["Location"] == ACTIVATE
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
    assert client.get(ACTIVATE).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [REMOVE, CODES, CODES + "unduh/", CODES + "baru/"])
def test_an_old_session_must_prove_itself_before_seeing_or_changing(
    house, settings, path: str, method: str
) -> None:
    client = signed_in(house.analyst)
    activate(client)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    answer = getattr(client, method)(path)
    if answer.status_code != 405:
        assert answer["Location"].startswith("/akun/konfirmasi/?next=")
    assert kinds(house.analyst) == {"totp", "recovery_codes"}
    page = client.get("/akun/konfirmasi/").content.decode()
    assert "Pakai kode autentikator" in page
    assert "isi kode" not in client.get("/akun/autentikator/konfirmasi/").content.decode()


# ---------------------------------------------------------------- signing in with it
def test_the_code_is_asked_at_sign_in(house) -> None:
    secret = give_authenticator(house.owner)
    client = Client()
    assert log_in(client, house.owner.email)["Location"] == "/akun/autentikator/kode/"
    assert signed_in_as(client) is None
    assert client.get("/i/rawa-bening/")["Location"].startswith("/akun/masuk/")
    assert "Kode autentikator" in client.get("/akun/autentikator/kode/").content.decode()
    assert client.get("/akun/masuk/")["Location"] == "/akun/autentikator/kode/"
    answer = client.post("/akun/autentikator/kode/", {"code": code(secret)})
    assert answer["Location"] == "/"
    assert signed_in_as(client) == str(house.owner.pk)
    assert AuditEvent.objects.get().details == {"methods": ["password", "totp"]}


@pytest.mark.parametrize(("steps", "right"), [(-3, False), (-1, True), (1, True), (3, False)])
def test_clocks_may_differ_by_half_a_minute(house, steps: int, right: bool) -> None:
    secret = give_authenticator(house.owner)
    client = Client()
    log_in(client, house.owner.email)
    client.post("/akun/autentikator/kode/", {"code": code(secret, steps)})
    assert (signed_in_as(client) is not None) is right


def test_a_code_counts_once_as_long_as_it_is_right(house) -> None:
    """The library forgets a used code after its half minute, but it is right for three of them."""
    secret = give_authenticator(house.owner)
    used = code(secret, 1)
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, house.owner.email)
    first.post("/akun/autentikator/kode/", {"code": used})
    cache.delete(f"allauth.mfa.totp.used?user={house.owner.pk}&code={used}")
    answer = second.post("/akun/autentikator/kode/", {"code": f"{used[:3]} {used[3:]}"})
    assert "sudah dipakai" in answer.content.decode()
    assert signed_in_as(first)
    assert signed_in_as(second) is None


def test_codes_cannot_be_guessed(house) -> None:
    secret = give_authenticator(house.owner)
    for n in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{n}")
        log_in(client, house.owner.email)
        answer = client.post("/akun/autentikator/kode/", {"code": "000000"})
        assert "Kode tidak benar" in answer.content.decode()
    client = Client(REMOTE_ADDR="203.0.113.99")
    log_in(client, house.owner.email)
    answer = client.post("/akun/autentikator/kode/", {"code": code(secret)})
    assert "Terlalu banyak percobaan" in answer.content.decode()
    assert signed_in_as(client) is None


def test_a_new_password_does_not_lead_past_the_code(house) -> None:
    give_authenticator(house.owner)
    house.owner.set_password("sandi baru yang panjang 1")
    house.owner.save()
    client = Client()
    answer = log_in(client, house.owner.email, "sandi baru yang panjang 1")
    assert answer["Location"] == "/akun/autentikator/kode/"


def test_a_recovery_code_opens_once(house) -> None:
    _answer, _secret = activate(owner := signed_in(house.owner))
    spare = re.findall(r"<code>(\d{8})</code>", owner.get(CODES).content.decode())[3]
    outcome = []
    for _n in range(2):
        client = Client()
        log_in(client, house.owner.email)
        client.post("/akun/autentikator/kode/", {"code": spare})
        outcome.append(signed_in_as(client) is not None)
    assert outcome == [True, False]
    assert AuditEvent.objects.last().details == {"methods": ["password", "recovery_codes"]}
    assert "9 kode tersisa" in owner.get("/akun/").content.decode()


def test_renewing_recovery_codes(house) -> None:
    client = signed_in(house.owner)
    activate(client)
    old = set(re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode()))
    assert "10 kode yang belum terpakai" in client.get(CODES + "baru/").content.decode()
    assert client.post(CODES + "baru/")["Location"] == CODES
    new = set(re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode()))
    assert len(new) == 10
    assert not old & new
    assert "recovery_codes_renewed" in actions()


def test_recovery_codes_need_an_authenticator(house) -> None:
    client = signed_in(house.analyst)
    answer = client.post(CODES + "baru/")
    assert "Aktifkan autentikator lebih dahulu" in answer.content.decode()
    assert client.get(CODES).status_code == 404
    assert client.get(CODES + "unduh/").status_code == 404


# ---------------------------------------------------------------- removing
@pytest.mark.parametrize("role", ["owner", "evaluator"])
def test_it_stays_while_a_role_needs_it(house, role: str) -> None:
    user = getattr(house, role)
    client = with_code(user, give_authenticator(user))
    assert "Nonaktifkan autentikator" not in client.get("/akun/").content.decode()
    for answer in (client.get(REMOVE), client.post(REMOVE)):
        assert "Peran Anda memerlukan kode autentikator" in answer.content.decode()
    assert kinds(user) == {"totp"}


def test_others_may_remove_it(house) -> None:
    user = house.analyst
    client = signed_in(user)
    _answer, secret = activate(client)
    other = with_code_again(user, secret)
    assert "Nonaktifkan autentikator" in client.get("/akun/").content.decode()
    assert "hanya dijaga oleh kata sandi" in client.get(REMOVE).content.decode()
    assert client.post(REMOVE)["Location"] == "/akun/autentikator/"
    assert client.get("/akun/autentikator/")["Location"] == "/akun/"
    assert kinds(user) == set()
    assert "second_factor_removed" in actions()
    assert other.get("/akun/").status_code == 302
    assert client.get(REMOVE).status_code == 404


def with_code_again(user: User, secret: str) -> Client:
    client = Client()
    log_in(client, user.email)
    client.post("/akun/autentikator/kode/", {"code": code(secret, 1)})
    assert signed_in_as(client)
    return client


def test_what_was_shown_with_a_removed_one_counts_no_longer(house) -> None:
    client = signed_in(house.analyst)
    activate(client)
    client.post(REMOVE)
    give_role(house.analyst, house.agency, Role.OWNER)
    assert client.get("/i/rawa-bening/")["Location"] == ACTIVATE


def test_the_sealed_secret_is_of_no_use_without_the_key(house, settings, tmp_path) -> None:
    give_authenticator(house.owner)
    make_key(tmp_path)
    settings.KEY_FOLDER = tmp_path
    client = Client()
    log_in(client, house.owner.email)
    answer = client.post("/akun/autentikator/kode/", {"code": "123456"})
    assert answer.status_code == 400
    assert signed_in_as(client) is None
