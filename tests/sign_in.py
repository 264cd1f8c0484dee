"""Signing in as people do, and the authenticator on their phone."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.test import Client

from cermin.web.accounts.models import User
from site_factory import PASSWORD


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> Any:
    """Send the form of the sign-in page."""
    return client.post("/akun/masuk/", {"login": email, "password": password}, **extra)


def signed_in_as(client: Client) -> str | None:
    """Return the id of the account that ``client`` is signed in with."""
    return client.session.get("_auth_user_id")


def give_authenticator(user: User) -> str:
    """Put an authenticator on the account; return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """Return what the phone shows, now or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_code(user: User, secret: str) -> Client:
    """Return a browser in which ``user`` has signed in with password and code."""
    client = Client()
    log_in(client, user.email)
    client.post("/akun/autentikator/kode/", {"code": code(secret)})
    assert signed_in_as(client) == str(user.pk)
    return client


def kinds(user: User) -> set[str]:
    """Return the kinds of second factors of ``user``."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
