"""Single sign-on against a real OpenID Connect provider, and attacks on it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.test import Client

from cermin.web.accounts.adapters import SocialAccountAdapter
from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.environment import Environment, SettingError
from cermin.web.single_sign_on import oidc_apps
from identity_provider import give_up_there, running, sign_in_there

NIP = "198503152010011001"
PEOPLE = {
    "head-1": {"email": "Head@RawaBening.example", "email_verified": True, "name": "Pimpinan"},
    "owner-1": {"email": "owner@rawabening.example", "email_verified": True},
    "unverified": {"email": "analyst@rawabening.example", "email_verified": False},
    "as-text": {"email": "analyst@rawabening.example", "email_verified": "false"},
    "stranger": {"email": "baru@rawabening.example", "email_verified": True},
    "foreign": {"email": "pengelola@tanjungasri.example", "email_verified": True},
    "silent": {"name": "Tanpa alamat"},
    "below": {"email": "head@x.rawabening.example", "email_verified": True},
    NIP: {"email": "contact@rawabening.example", "email_verified": True, "nip": NIP},
}
SECRETS = {"rawa-bening": "rahasia-satu-" + "x" * 20, "tanjung-asri": "rahasia-dua-" + "x" * 20}
DOMAINS = {"rawa-bening": ["rawabening.example"], "tanjung-asri": ["tanjungasri.example"]}


@pytest.fixture(scope="module")
def issuer():
    with running(SECRETS, PEOPLE) as address:
        yield address


@pytest.fixture
def providers(issuer, settings, tmp_path):
    """Both agencies' providers, from the file that a site keeps."""
    path = tmp_path / "oidc.json"
    path.write_text(json.dumps([
        {"id": name, "name": f"SSO {name}", "issuer": issuer, "client_id": name,
         "secret": secret, "domains": DOMAINS[name]}
        for name, secret in SECRETS.items()
    ]))  # fmt: skip
    apps = oidc_apps(Environment({"CERMIN_OIDC_FILE": str(path)}))
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": apps, "OAUTH_PKCE_ENABLED": True}
    }


def begin(client: Client, provider: str = "rawa-bening", query: str = "") -> str:
    answer = client.post(f"/akun/sso/{provider}/login/{query}")
    assert answer.status_code == 302
    return answer["Location"]


def come_back(client: Client, location: str):
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def walk(client: Client, subject: str, provider: str = "rawa-bening"):
    return come_back(client, sign_in_there(begin(client, provider), subject))


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_an_account_is_opened_by_its_verified_address(house, providers) -> None:
    client = Client()
    answer = walk(client, "head-1")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in_as(client) == str(house.head.pk)
    link = SocialAccount.objects.get(user=house.head)
    assert (link.provider, link.extra_data) == ("rawa-bening", {})
    house.head.refresh_from_db()
    assert house.head.has_usable_password()
    assert not EmailAddress.objects.exists()
    actions = list(AuditEvent.objects.values_list("action", "actor_id"))
    assert actions == [
        ("sign_in_service_linked", str(house.head.pk)), ("signed_in", str(house.head.pk))
    ]  # fmt: skip


def test_the_flow_uses_pkce_and_state(house, providers) -> None:
    query = parse_qs(urlsplit(begin(Client())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 16
    assert query["redirect_uri"] == ["http://testserver/akun/sso/rawa-bening/login/callback/"]


def test_a_linked_account_opens_whatever_becomes_of_the_address(house, providers) -> None:
    walk(Client(), "head-1")
    User.objects.filter(pk=house.head.pk).update(email="lain@rawabening.example")
    client = Client()
    walk(client, "head-1")
    assert signed_in_as(client) == str(house.head.pk)
    assert SocialAccount.objects.count() == 1


def test_employee_numbers_of_the_provider_are_not_kept(house, providers) -> None:
    walk(Client(), NIP)
    link = SocialAccount.objects.get(user=house.contact)
    assert NIP not in link.uid
    assert link.extra_data == {}
    assert not any(NIP in str(event.__dict__) for event in AuditEvent.objects.all())


@pytest.mark.parametrize(
    ("subject", "provider"),
    [
        ("stranger", "rawa-bening"),  # no account
        ("silent", "rawa-bening"),  # says no address
        ("unverified", "rawa-bening"),
        ("as-text", "rawa-bening"),  # "false" is not true
        ("below", "rawa-bening"),  # a domain below is another domain
        ("foreign", "rawa-bening"),  # claims another agency's person
        ("owner-1", "tanjung-asri"),  # the same, the other way round
    ],
)
def test_nobody_else_comes_in(house, providers, subject: str, provider: str) -> None:
    client = Client()
    answer = walk(client, subject, provider)
    assert answer.status_code == 403
    assert "tidak ada akun di situs ini" in answer.content.decode()
    assert signed_in_as(client) is None
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 6
    assert client.get("/i/rawa-bening/").status_code == 302


def test_a_deactivated_account_stays_closed(house, providers) -> None:
    walk(Client(), "head-1")
    User.objects.filter(pk__in=[house.head.pk, house.contact.pk]).update(is_active=False)
    linked, unlinked = Client(), Client()
    assert walk(linked, "head-1")["Location"] == "/akun/nonaktif/"
    assert walk(unlinked, NIP).status_code == 403
    assert signed_in_as(linked) is None is signed_in_as(unlinked)


def test_a_signed_in_person_cannot_connect_a_foreign_identity(house, browser, providers) -> None:
    client = browser(house.analyst)
    location = sign_in_there(begin(client, query="?process=connect"), "head-1")
    assert come_back(client, location).status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_second_factor_is_still_asked(house, providers, settings) -> None:
    settings.DEMO = False
    TOTP.activate(house.owner, generate_totp_secret())
    client = Client()
    assert walk(client, "owner-1")["Location"] == "/akun/autentikator/kode/"
    assert signed_in_as(client) is None
    assert client.get("/i/rawa-bening/").status_code == 302


def test_a_first_second_factor_needs_the_password_too(house, providers, settings) -> None:
    """Whoever runs the provider cannot put an authenticator on somebody's account."""
    settings.DEMO = False
    client = Client()
    walk(client, "owner-1")
    assert client.get("/i/rawa-bening/")["Location"] == "/akun/autentikator/aktifkan/"
    answer = client.get("/akun/autentikator/aktifkan/")
    assert answer["Location"].startswith("/akun/konfirmasi/")
    assert not Authenticator.objects.exists()


def test_an_answer_for_another_browser_is_refused(house, providers) -> None:
    location = sign_in_there(begin(Client()), "head-1")
    thief = Client()
    answer = come_back(thief, location)
    assert answer.status_code == 401
    assert "Akun instansi belum dapat dipakai" in answer.content.decode()
    assert signed_in_as(thief) is None


def test_an_answer_counts_once(house, providers) -> None:
    client = Client()
    location = sign_in_there(begin(client), "head-1")
    come_back(client, location)
    client.post("/akun/keluar/")
    assert come_back(client, location).status_code == 401
    assert signed_in_as(client) is None


def test_an_answer_of_one_provider_is_none_of_the_other(house, providers) -> None:
    client = Client()
    location = sign_in_there(begin(client), "head-1")
    assert come_back(client, location.replace("rawa-bening", "tanjung-asri")).status_code == 401


def test_a_forged_code_is_refused(house, providers) -> None:
    client = Client()
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    answer = client.get(f"/akun/sso/rawa-bening/login/callback/?code=palsu&state={state}")
    assert answer.status_code == 401


def test_giving_up_there_leads_to_a_plain_page(house, providers) -> None:
    client = Client()
    answer = come_back(client, give_up_there(begin(client)))
    assert answer["Location"] == "/akun/sso/batal/"
    assert "Anda membatalkan" in client.get("/akun/sso/batal/").content.decode()


def test_the_sign_in_page_offers_the_providers(house, providers, browser) -> None:
    page = Client().get("/akun/masuk/").content.decode()
    assert 'action="/akun/sso/rawa-bening/login/"' in page
    assert "SSO tanjung-asri" in page
    page = Client().get("/akun/sso/rawa-bening/login/").content.decode()
    assert "Anda akan dibawa ke SSO rawa-bening" in page
    assert Client().get("/akun/sso/tidak-ada/login/").status_code == 404
    client = Client()
    walk(client, "head-1")
    assert "SSO rawa-bening" in client.get("/akun/").content.decode()


def test_a_provider_that_is_down_leads_to_a_plain_page(house, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [{
        "provider_id": "mati", "name": "Mati", "client_id": "x", "secret": "x",
        "settings": {"server_url": "http://127.0.0.1:9", "domains": ["x.example"]},
    }]}}  # fmt: skip
    answer = Client().post("/akun/sso/mati/login/")
    assert answer.status_code == 503
    assert "Layanan masuk instansi" in answer.content.decode()


@pytest.mark.parametrize(
    "answer",
    [
        {"id_token": {"sub": "a"}, "userinfo": {"sub": "b"}},
        {"id_token": {"sub": "a"}, "userinfo": {"name": "b"}},
        {"id_token": {"sub": ""}},
        {},
    ],
)
def test_an_answer_about_two_people_is_about_nobody(house, providers, answer) -> None:
    provider = SocialAccountAdapter().get_provider(None, "rawa-bening")
    with pytest.raises(OAuth2Error):
        provider.extract_uid(answer)


GOOD = {"id": "a", "name": "A", "issuer": "https://sso.example/realm", "client_id": "c",
        "secret": "s", "domains": ["a.example"]}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "tidak terbaca"),
        (json.dumps([{**GOOD, "domains": []}]), "isian domains belum ada"),
        (json.dumps([{**GOOD, "domains": "a.example"}]), "daftar"),
        (json.dumps([{**GOOD, "issuer": "http://sso.example"}]), "https"),
        (json.dumps([{**GOOD, "id": "A b"}]), "huruf kecil"),
        (json.dumps([GOOD, GOOD]), "dua kali"),
        (json.dumps({"a": 1}), "daftar"),
        (json.dumps(["a"]), "daftar"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path, content: str, words: str) -> None:
    path = tmp_path / "oidc.json"
    path.write_text(content)
    with pytest.raises(SettingError, match=words):
        oidc_apps(Environment({"CERMIN_OIDC_FILE": str(path)}))


def test_a_good_file_is_read(tmp_path) -> None:
    path = tmp_path / "oidc.json"
    path.write_text(json.dumps([GOOD]))
    (app,) = oidc_apps(Environment({"CERMIN_OIDC_FILE": str(path)}))
    assert app["origin"] == "https://sso.example"
    assert oidc_apps(Environment({})) == []
