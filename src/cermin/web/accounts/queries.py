"""Reads about one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session

from cermin.web.accounts.models import User
from cermin.web.accounts.presenters import device_of


@dataclass(frozen=True)
class SecondFactor:
    """The authenticator of a person: since when, and how many recovery codes are left."""

    since: datetime | None
    codes_left: int


@dataclass(frozen=True)
class SignedIn:
    """A session: on which device, since when."""

    id: int
    device: str
    address: str
    since: datetime
    is_current: bool


def second_factor_of(user: User) -> SecondFactor:
    """Return the state of the authenticator and its recovery codes."""
    kinds = {each.type: each for each in Authenticator.objects.filter(user=user)}
    totp = kinds.get(Authenticator.Type.TOTP)
    codes = kinds.get(Authenticator.Type.RECOVERY_CODES)
    return SecondFactor(
        since=totp.created_at if totp else None,
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
    )


def sessions_of(user: User, current_key: str | None, now: datetime) -> list[SignedIn]:
    """Return the sessions that are still open, newest first."""
    alive = set(
        Session.objects.filter(
            expire_date__gt=now,
            session_key__in=UserSession.objects.filter(user=user).values("session_key"),
        ).values_list("session_key", flat=True)
    )
    rows = UserSession.objects.filter(user=user, session_key__in=alive).order_by("-created_at")
    return [
        SignedIn(
            id=row.pk,
            device=device_of(row.user_agent),
            address=row.ip,
            since=row.created_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
    ]


def providers_of(user: User) -> list[str]:
    """Return the names of the sign-in services that open this account."""
    providers: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    names = {app["provider_id"]: app["name"] for app in providers["APPS"]}
    linked = SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
    return sorted(names[provider] for provider in linked if provider in names)


def is_operator(account_id: str) -> bool:
    """Whether the account with this id is an active operator of the site."""
    return User.objects.filter(pk=account_id, is_operator=True, is_active=True).exists()
