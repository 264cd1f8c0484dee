"""Writing about accounts. Who may come in is decided elsewhere: by set-up and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts import rules
from cermin.web.accounts.models import User
from cermin.web.accounts.queries import is_operator
from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor


def create_account(
    *, email: str, name: str, password: str, language: str, by: Actor, now: datetime
) -> User:
    """Make an account; the address is kept in small letters, so that its case never matters."""
    email, name = email.strip().lower(), name.strip()
    rules.check_profile(name, language)
    try:
        validate_email(email)
    except ValidationError as error:
        raise UserError(N_("Alamat surel “{email}” tidak benar."), email=email) from error
    user = User(email=email, name=name, language=language, created_at=now)
    _check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(
                "account_created", by=by, now=now,
                object_type="account", object_id=user.pk, name=name,
            )  # fmt: skip
    except IntegrityError as error:
        raise UserError(N_("Alamat surel ini sudah mempunyai akun.")) from error
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UserError(
            N_("Kata sandi ini belum dapat dipakai. {reasons}"), reasons=" ".join(error.messages)
        ) from error


def change_profile(*, user: User, name: str, language: str, by: Actor, now: datetime) -> None:
    """Change the name that others see and the language of pages and mail."""
    name = name.strip()
    rules.check_can_change_profile(by, user)
    rules.check_profile(name, language)
    before = {"name": user.name, "language": user.language}
    after = {"name": name, "language": language}
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changed:
        return
    with transaction.atomic():
        user.name, user.language = name, language
        user.save(update_fields=["name", "language"])
        record_event("profile_changed", user=user, by=by, now=now, **changed)


def set_password(*, user: User, password: str, by: Actor, now: datetime) -> None:
    """Keep a new password; every session that was opened with the old one ends by it."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record_event("password_changed", user=user, by=by, now=now)


def record_event(action: str, *, user: User, by: Actor, now: datetime, **details: Any) -> None:
    """Record what the sign-in library has done with ``user``."""
    with transaction.atomic():
        record(action, by=by, now=now, object_type="account", object_id=user.pk, **details)


def record_failed_sign_in(*, email: str, by: Actor, now: datetime) -> None:
    """Record a refused password: whose, never what was typed, and the same for nobody's."""
    found = User.objects.filter(email=email.lower()).values_list("pk", flat=True).first()
    with transaction.atomic():
        record("sign_in_failed", by=by, now=now, object_type="account", object_id=found or "")


def link_provider(*, user: User, provider: str, uid: str, by: Actor, now: datetime) -> None:
    """Let a sign-in service open this account from now on."""
    with transaction.atomic():
        SocialAccount.objects.create(user=user, provider=provider, uid=uid)
        record_event("sign_in_service_linked", user=user, by=by, now=now, provider=provider)


def end_session(*, user: User, session_id: int, by: Actor, now: datetime) -> bool:
    """End one session of ``user``; say whether there was one."""
    return _end(user, UserSession.objects.filter(user=user, pk=session_id), by, now) > 0


def end_other_sessions(*, user: User, current_key: str | None, by: Actor, now: datetime) -> int:
    """End all sessions of ``user`` but the one with ``current_key``; return how many."""
    others = UserSession.objects.filter(user=user).exclude(session_key=current_key or "")
    return _end(user, others, by, now)


def _end(user: User, sessions: Any, by: Actor, now: datetime) -> int:
    with transaction.atomic():
        keys = list(sessions.values_list("session_key", flat=True))
        if not keys:
            return 0
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
        record_event("sessions_ended", user=user, by=by, now=now, sessions=len(keys))
    return len(keys)


def deactivate_account(*, user: User, by: Actor, now: datetime) -> None:
    """Let a person in no more; what they did stays in the trail."""
    _switch(user, active=False, by=by, now=now)


def reactivate_account(*, user: User, by: Actor, now: datetime) -> None:
    """Let a person in again, with the roles they still hold."""
    _switch(user, active=True, by=by, now=now)


def _switch(user: User, *, active: bool, by: Actor, now: datetime) -> None:
    rules.check_can_switch_account(by, user, by_operator=not by.is_system and is_operator(by.id))
    if user.is_active == active:
        return
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        action = "account_reactivated" if active else "account_deactivated"
        record_event(action, user=user, by=by, now=now)
        if not active:
            end_other_sessions(user=user, current_key=None, by=by, now=now)
