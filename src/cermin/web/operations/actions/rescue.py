"""Help for people who are locked out, by whoever holds the server; always in the audit trail."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts.models import User
from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor


def reset_second_factor(*, email: str, by: Actor, now: datetime) -> User:
    """Remove the second factor of an account and end its sessions; the password stays.

    At the next sign-in the person sets up a new one before seeing any page.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise UserError(N_("Tidak ada akun dengan alamat {email}."), email=email)
    with transaction.atomic():
        removed, _per_model = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise UserError(N_("Akun {email} tidak memakai autentikator."), email=email)
        keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(user=user).delete()
        record("second_factor_reset", by=by, now=now, object_type="user", object_id=user.pk)
    return user
