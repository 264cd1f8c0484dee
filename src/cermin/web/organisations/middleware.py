"""Owners and evaluators use no page before their second factor is set up."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from cermin.web.organisations.models import Membership
from cermin.web.organisations.rules import SECOND_FACTOR_ROLES

# Pages that someone without a second factor still needs: setting it up, and leaving.
_FREE = ("/akun/", "/static/", "/bahasa/")


class SecondFactorMiddleware:
    """Send people whose role needs a second factor to the page that sets it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Redirect, or go on."""
        if not request.path.startswith(_FREE) and _lacks_second_factor(request):
            messages.warning(
                request,
                _("Peran Anda memerlukan kode dari aplikasi autentikator. Aktifkan di sini."),
            )
            return redirect("mfa_activate_totp")
        return self.get_response(request)


def _lacks_second_factor(request: HttpRequest) -> bool:
    user = request.user
    if settings.DEMO or not user.is_authenticated:
        return False
    needs = Membership.objects.filter(user=user, role__in=SECOND_FACTOR_ROLES).exists()
    return (needs or user.is_operator) and not is_mfa_enabled(user)
