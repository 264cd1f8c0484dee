"""Signing somebody in who has just chosen a password: after an invitation or the first set-up."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import HttpRequest

from cermin.web.accounts.models import User


def sign_in(request: HttpRequest, user: User) -> None:
    """Do what the sign-in page does: a new session, listed and recorded; nobody passes a code."""
    record_authentication(request, user, method="password", email=user.email)
    perform_login(request, user, email_verification="none")
