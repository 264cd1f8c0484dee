"""A person's own account: profile, sessions, and the second factor around the library's views."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from requests import RequestException

from cermin.language import speak
from cermin.web.accounts import actions
from cermin.web.accounts.adapters import acting
from cermin.web.accounts.forms import ProfileForm
from cermin.web.accounts.models import User
from cermin.web.accounts.queries import providers_of, second_factor_of, sessions_of
from cermin.web.pages import clock
from cermin.web.pages.acting import attempt

_log = logging.getLogger(__name__)
# An app above may put what it knows of the person (roles) into the block “roles”.
_PAGES = ["organisations/account.html", "accounts/account.html"]


@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Show the account: name, language, password, second factor, sessions."""
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid() and _keep_profile(request, form):
        language = form.cleaned_data["language"]
        response = redirect("account")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=31_536_000,
            secure=settings.SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response
    return render(request, _PAGES, {
        "form": form,
        "second_factor": second_factor_of(user),
        "second_factor_needed": getattr(request, "needs_second_factor", False),
        "sessions": sessions_of(user, request.session.session_key, clock.now()),
        "providers": providers_of(user),
    })  # fmt: skip


def _keep_profile(request: HttpRequest, form: ProfileForm) -> bool:
    language = form.cleaned_data["language"]
    kept = attempt(
        form, actions.change_profile, user=request.user, name=form.cleaned_data["name"],
        language=language, by=acting(request), now=clock.now(),
    )  # fmt: skip
    if kept:
        speak(language)
        with translation.override(language):
            messages.success(request, _("Nama dan bahasa disimpan."))
    return kept


@login_required
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in."""
    user = cast(User, request.user)
    listed = sessions_of(user, request.session.session_key, clock.now())
    return render(request, "usersessions/usersession_list.html", {"sessions": listed})


@login_required
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """End one of the person's sessions."""
    user = cast(User, request.user)
    if actions.end_session(user=user, session_id=session, by=acting(request), now=clock.now()):
        messages.success(request, _("Sesi diakhiri."))
    return redirect("usersessions_list")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    n = actions.end_other_sessions(
        user=cast(User, request.user), current_key=request.session.session_key,
        by=acting(request), now=clock.now(),
    )  # fmt: skip
    messages.success(request, _("{n} sesi lain diakhiri.").format(n=n))
    return redirect("usersessions_list")


def through_provider(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show a plain page when an agency's sign-in service cannot be reached."""

    @wraps(view)
    def reached(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except RequestException as error:
            _log.warning("sign-in service %s: %s", provider_id, type(error).__name__)
            return render(request, "socialaccount/authentication_error.html", status=503)

    return reached


class ActivateView(ActivateTOTPView):  # type: ignore[misc]  # ships no types
    """Set up the authenticator; sessions opened without it end."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Activate, record, and count the code as given in this session."""
        request, user = self.request, self.request.user
        by, now = acting(request), clock.now()
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            actions.record_event("second_factor_added", user=user, by=by, now=now)
            actions.end_other_sessions(
                user=user, current_key=request.session.session_key, by=by, now=now
            )
        record_authentication(request, user, "mfa", type="totp", reauthenticated=True)
        return response


class DeactivateView(DeactivateTOTPView):  # type: ignore[misc]  # ships no types
    """Remove the authenticator; what was proved with it counts no longer."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Deactivate, record, end the other sessions, and forget the proofs of this one."""
        request, user = self.request, self.request.user
        by, now = acting(request), clock.now()
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            actions.record_event("second_factor_removed", user=user, by=by, now=now)
            actions.end_other_sessions(
                user=user, current_key=request.session.session_key, by=by, now=now
            )
        records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            record for record in records if record["method"] != "mfa"
        ]
        return response


class GenerateCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]  # ships no types
    """Make new recovery codes; the old ones count no longer."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Generate and record."""
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            actions.record_event(
                "recovery_codes_renewed", user=self.request.user,
                by=acting(self.request), now=clock.now(),
            )  # fmt: skip
        return response
