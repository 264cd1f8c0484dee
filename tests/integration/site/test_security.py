"""What every answer of a site with its production settings carries, and what it refuses."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cermin.web.pages.journal import Formatter, blotted
from site_processes import Site, new_site

pytestmark = pytest.mark.own_site

HOST = "cermin.rawabening.example"
LOGIN = "/akun/masuk/"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}
# A visitor's requests, answered inside the site with its own settings.
SCRIPT = """
import re
from django.conf import settings
from django.core import mail
from django.test import Client
from site_factory import *
from cermin.web.accounts.models import User
from cermin.web.organisations.models import Role
from allauth.mfa.models import Authenticator

agency = make_agency("rawa-bening")
make_structure(agency)
head = make_user("pimpinan@rawa.example")
give_role(head, agency, Role.HEAD)
HTTPS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": HOST}
visitor = Client()
signed_in = Client()
signed_in.force_login(head, backend=settings.AUTHENTICATION_BACKENDS[0])
page = visitor.get(LOGIN, **HTTPS)
style = re.search(r'href="(/static/[^"]+\\.css)"', page.content.decode())[1]

def broken(request): raise ValueError("rahasia-dapur")
from cermin.web import urls
from django.urls import path
urls.urlpatterns.append(path("rusak/", broken))

answers = {
    "sign-in": page,
    "sign-in sent without a token": Client(enforce_csrf_checks=True).post(LOGIN, **HTTPS),
    "static": visitor.get(style, **HTTPS),
    "no such static file": visitor.get("/static/tidak-ada.css", **HTTPS),
    "no such page": visitor.get("/tidak-ada/", **HTTPS),
    "redirect to sign-in": visitor.get("/i/rawa-bening/", **HTTPS),
    "agency": signed_in.get("/i/rawa-bening/", **HTTPS),
    "another agency": signed_in.get("/i/tanjung-asri/", **HTTPS),
    "account": signed_in.get("/akun/", **HTTPS),
    "wrong host": visitor.get(LOGIN, **{**HTTPS, "HTTP_HOST": "jahat.example"}),
    "too large": visitor.post(LOGIN, data=b"x" * 1_100_000,
                              content_type="application/octet-stream", **HTTPS),
}
visitor.raise_request_exception = False
answers["broken"] = visitor.get("/rusak/", **HTTPS)
plain = visitor.get(LOGIN + "?a=1", HTTP_HOST=HOST)
def told(response):
    body = b"" if response.streaming else response.content
    return {
        "status": response.status_code, "headers": dict(response.headers),
        "body": body.decode("utf-8", "replace"),
        "cookies": {name: morsel.OutputString() for name, morsel in response.cookies.items()},
    }
answer = {name: told(response) for name, response in {**answers, "plain": plain}.items()}
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return new_site(tmp_path_factory.mktemp("aman") / "situs", "--hosts", HOST)


@pytest.fixture(scope="module")
def answers(production: Site) -> dict[str, Any]:
    return production.python(f"HOST, LOGIN = {HOST!r}, {LOGIN!r}\n{SCRIPT}")


@pytest.mark.slow
def test_every_answer_carries_the_headers(answers: dict[str, Any]) -> None:
    assert {name: one["status"] for name, one in answers.items()} == {
        "sign-in": 200, "sign-in sent without a token": 403, "static": 200,
        "no such static file": 404, "no such page": 404, "redirect to sign-in": 302,
        "agency": 200, "another agency": 404, "account": 200, "wrong host": 400,
        "too large": 413, "broken": 500, "plain": 301,
    }  # fmt: skip
    for name, one in answers.items():
        if name == "plain":
            continue  # only HTTPS may promise HTTPS
        carried = {key: one["headers"].get(key) for key in EVERYWHERE}
        assert carried == EVERYWHERE, name
        assert "camera=()" in one["headers"]["Permissions-Policy"], name


@pytest.mark.slow
def test_no_page_may_run_or_show_what_stands_inside_it(answers: dict[str, Any]) -> None:
    for name, one in answers.items():
        policy = one["headers"]["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", one["body"]), name


@pytest.mark.slow
def test_pages_are_kept_nowhere_and_static_files_for_long(answers: dict[str, Any]) -> None:
    for name, one in answers.items():
        kept = one["headers"]["Cache-Control"]
        if name == "static":
            assert "max-age=315360000" in kept
            assert "immutable" in kept
        else:
            assert "no-store" in kept, name
            assert "private" in kept, name


@pytest.mark.slow
def test_cookies_belong_to_this_host_only(answers: dict[str, Any]) -> None:
    seen = {name: text for one in answers.values() for name, text in one["cookies"].items()}
    assert "__Host-csrf" in seen
    for name, text in seen.items():
        assert name.startswith("__Host-"), name
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(text.split("; ")), name
        assert "Domain" not in text


@pytest.mark.slow
def test_http_is_led_to_https_on_the_same_host(answers: dict[str, Any]) -> None:
    assert answers["plain"]["headers"]["Location"] == f"https://{HOST}{LOGIN}?a=1"


@pytest.mark.slow
def test_an_error_reveals_nothing(answers: dict[str, Any]) -> None:
    for name in ("broken", "wrong host", "no such page", "another agency"):
        body = answers[name]["body"]
        assert not re.search(r"rahasia-dapur|Traceback|site-packages|jahat|urlconf", body), name
    # A stranger's agency and one that is not there look the same, but for the secrets of the form.
    assert answers["another agency"]["status"] == answers["no such page"]["status"]


@pytest.mark.slow
def test_the_framework_finds_nothing_to_warn_of(production: Site) -> None:
    raised, silenced = production.python("""
from django.conf import settings
from django.core import checks
answer = [[str(one) for one in checks.run_checks(include_deployment_checks=True)],
          settings.SILENCED_SYSTEM_CHECKS]
""")
    assert (raised, silenced) == ([], [])


@pytest.mark.slow
def test_the_log_keeps_no_secret_of_an_address(production: Site) -> None:
    """The framework logs the path of every 404 and the traceback of every error."""
    script = f"""
import io, logging
stream = io.StringIO()
for handler in logging.getLogger().handlers: handler.setStream(stream)
from django.test import Client
client = Client(raise_request_exception=False)
HTTPS = {{"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": {HOST!r}}}
client.get("/undangan/sangat-rahasia-123/", **HTTPS)
client.get("/akun/sandi/baru/1-sangat-rahasia-123/", **HTTPS)
client.post("/undangan/sangat-rahasia-123/", {{"password": "isi-formulir"}}, **HTTPS)
from django.urls import path
from cermin.web import urls
def broken(request, token): raise ValueError("NIP 187001011990011001 ditolak " + request.path)
urls.urlpatterns.insert(0, path("undangan/rusak/<str:token>/", broken))
client.get("/undangan/rusak/sangat-rahasia-123/", **HTTPS)
client.get("/tidak-ada/", **HTTPS)
answer = stream.getvalue()
"""
    log = production.python(script)
    assert "/tidak-ada/" in log  # the log does work
    assert "ValueError: NIP … ditolak" in log
    for secret in ("sangat-rahasia", "isi-formulir", "187001011990011001"):
        assert secret not in log


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Not Found: /undangan/AbC-12_3/", "Not Found: /undangan/…"),
        ("Gone: /undangan/AbC?x=1", "Gone: /undangan/…?x=1"),
        ("GET /akun/sandi/baru/1a-x/ HTTP/1.1", "GET /akun/sandi/baru/… HTTP/1.1"),
        ("/akun/sso/a/callback/?code=ab&state=cd", "/akun/sso/a/callback/?code=…&state=…"),
        ("nip 18700101 199001 1 001.", "nip …."),
        ("x\nDETAIL: Key (name)=(Budi) already exists.\ny", "x\nDETAIL: …\ny"),
        ("12345678901234567890", "12345678901234567890"),
        ("tidak ada yang rahasia di /i/rawa-bening/", "tidak ada yang rahasia di /i/rawa-bening/"),
    ],
)  # fmt: skip
def test_what_is_blotted_out(written: str, kept: str) -> None:
    assert blotted(written) == kept
    record = logging.LogRecord("a", logging.INFO, "", 0, "%s", (written,), None)
    assert Formatter("{message}", style="{").format(record) == kept


def test_strangers_post_forms_and_members_post_files(
    browser: Callable[..., Client], house: Any, settings: Any
) -> None:
    settings.UPLOAD_LIMIT_MB = 3
    sent: dict[str, Any] = {"path": "/bahasa/", "content_type": "application/octet-stream"}
    stranger, member = browser(None), browser(house.owner)
    assert stranger.post(data=b"x" * 900_000, **sent).status_code == 302
    assert stranger.post(data=b"x" * 1_000_001, **sent).status_code == 413
    assert member.post(data=b"x" * 3_999_999, **sent).status_code == 302
    refused = member.post(data=b"x" * 4_000_001, **sent)
    assert refused.status_code == 413
    assert "paling banyak 4 MB" in refused.content.decode()


def test_a_length_that_is_no_number_is_no_length(browser: Callable[..., Client], db: None) -> None:
    client = browser(None)
    assert client.get(LOGIN, CONTENT_LENGTH="banyak").status_code in {200, 302, 400}


def test_shipped_files_name_no_place_of_this_machine() -> None:
    folder = Path(__file__).parents[3] / "src" / "cermin" / "web" / "deploy"
    for path in folder.iterdir():
        assert not re.search(r"/home/|/root|/tmp/", path.read_text()), path.name
