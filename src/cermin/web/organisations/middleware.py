"""Owners, evaluators and operators use no page before they have shown their second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from cermin.web.accounts.models import User
from cermin.web.organisations.models import Membership
from cermin.web.organisations.rules import SECOND_FACTOR_ROLES

# What somebody without a second factor still needs: to come in, to set it up, to leave.
FREE = frozenset({
    "account_login", "account_logout", "account_reauthenticate", "account_inactive",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_activate_totp", "openid_connect_login", "openid_connect_callback",
    "socialaccount_login_cancelled", "choose_language", "help",
})  # fmt: skip
# Pages that say, or decide by it, whether the person's roles need the second factor.
_TOLD = frozenset({"account", "mfa_deactivate_totp"})


class SecondFactorMiddleware:
    """Ask for the second factor, or for setting it up, in front of every other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        """Redirect, or go on; a session that has shown the code costs no query."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        user = request.user
        if name in FREE or not isinstance(user, User):
            return None
        shown = _has_shown_code(request, user)
        if shown and name not in _TOLD:
            return None
        needed = _needs_second_factor(user)
        cast(Any, request).needs_second_factor = needed
        return None if shown or not needed else _ask(request, user)


def _has_shown_code(request: HttpRequest, user: User) -> bool:
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def _needs_second_factor(user: User) -> bool:
    if settings.DEMO:
        return False
    return (
        user.is_operator
        or Membership.objects.filter(user=user, role__in=SECOND_FACTOR_ROLES).exists()
    )


def _ask(request: HttpRequest, user: User) -> HttpResponseBase:
    has_one = is_mfa_enabled(user, [Authenticator.Type.TOTP])
    target = reverse("mfa_reauthenticate" if has_one else "mfa_activate_totp")
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(target)
    if has_one and request.method == "GET":
        target += "?" + urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
    return redirect(target)
