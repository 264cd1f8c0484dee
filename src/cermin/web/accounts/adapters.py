"""How the sign-in library behaves here: nobody signs up; people come by invitation.

The library calls these methods from its views; what they write goes through our actions.
"""

from __future__ import annotations

import base64
import logging
from contextlib import suppress
from smtplib import SMTPException
from typing import Any, ClassVar, NoReturn, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts import actions, rules
from cermin.web.accounts.models import User
from cermin.web.accounts.sso import SingleSignOnProvider, trusted_address
from cermin.web.audit.actor import Actor
from cermin.web.pages import clock
from cermin.web.sealing import seal, unseal

_log = logging.getLogger(__name__)
_PURPOSE = "second-factor"
_TOO_MANY = _("Terlalu banyak percobaan. Tunggu lima menit, lalu coba lagi.")


class MailNotSent(UserError):  # noqa: N818 - says what happened
    """The mail server cannot be used; who asked for a mail is told, known or not."""

    status = 503


def acting(request: HttpRequest, user: User | None = None) -> Actor:
    """Return who acts: the person signed in or just recognised, else a visitor."""
    person = request.user if isinstance(request.user, User) else user
    if person is None:
        return Actor(id="", name="Pengunjung", page=request.path)
    return Actor(id=str(person.pk), name=str(person), page=request.path)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by set-up and invitations only."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("Alamat surel atau kata sandi tidak benar."),
        "enter_current_password": _("Kata sandi saat ini tidak benar."),
        "incorrect_code": _("Kode tidak benar atau sudah dipakai. Tunggu kode berikutnya."),
        "incorrect_password": _("Kata sandi tidak benar."),
        "invalid_password_reset": _("Tautan ini tidak berlaku lagi."),
        "too_many_login_attempts": _TOO_MANY,
        "rate_limited": _TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up unasked."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer everybody with the same pages."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by address alone: another name of this host is no fresh start."""
        return str(credentials.get("email", "")).lower()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again unless password or code has been given a moment ago, at sign-in too."""
        since = clock.now().timestamp() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not any(
            record["at"] > since and record["method"] in ("password", "mfa")
            for record in get_authentication_records(self.request, self.request.user)
        )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead to the sign-in: a new password has ended every session."""
        return reverse("account_login")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record it."""
        actions.record_failed_sign_in(
            email=str(credentials.get("email", "")), by=acting(request), now=clock.now()
        )

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Record how the person came in."""
        records = get_authentication_records(request, user)
        actions.record_event(
            "signed_in", user=user, by=acting(request, user), now=clock.now(),
            methods=[str(record.get("type", record["method"])) for record in records],
        )  # fmt: skip
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Record it."""
        user = cast(User, request.user)
        actions.record_event("signed_out", user=user, by=acting(request), now=clock.now())
        super().logout(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; MailNotSent when it cannot be sent, the same for every address."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            _log.error("a mail was not sent: %s", type(error).__name__)
            raise MailNotSent(
                N_("Surel tidak dapat dikirim karena server surel situs ini sedang terganggu. "
                   "Tidak ada yang berubah. Coba lagi nanti, atau hubungi operator situs.")
            ) from error  # fmt: skip

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell the person by mail; what is done stays done when no mail can be sent."""
        with suppress(MailNotSent):  # it has been logged
            super().send_notification_mail(*args, **kwargs)

    def set_password(self, user: User, password: str) -> None:
        """Keep and record it; who follows a link from the mail acts as the account's person."""
        if not self.request.user.is_authenticated:
            self._delete_login_attempts_cached_email(self.request, email=user.email)
        actions.set_password(
            user=user, password=password, by=acting(self.request, user), now=clock.now()
        )


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An agency's sign-in service opens existing accounts only."""

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Any:
        """Return the provider as we read it."""
        found = super().get_provider(request, provider, client_id=client_id)
        return SingleSignOnProvider(request, app=found.app)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let only people with an account pass, known by link or by an address it may vouch for."""
        if sociallogin.state.get("process") != "login":
            _refuse(request, sociallogin)
        if sociallogin.is_existing:
            return
        address = trusted_address(sociallogin)
        user = User.objects.filter(email=address, is_active=True).first() if address else None
        if user is None:
            _refuse(request, sociallogin)
        actions.link_provider(
            user=user, provider=sociallogin.account.provider, uid=sociallogin.account.uid,
            by=acting(request, user), now=clock.now(),
        )  # fmt: skip
        sociallogin.lookup()


def _refuse(request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
    page = render(
        request, "socialaccount/not_known.html", {"provider": sociallogin.provider}, status=403
    )
    raise ImmediateHttpResponse(page)


class MFAAdapter(DefaultMFAAdapter):
    """Second factor: sealed at rest, and not to be removed while a role needs it."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_generate_recovery_codes": _(
            "Aktifkan autentikator lebih dahulu; setelah itu kode pemulihan dapat dibuat."
        ),
        "cannot_delete_authenticator": _(
            "Peran Anda memerlukan kode autentikator, sehingga autentikator tidak dapat "
            "dinonaktifkan. Bila ponsel diganti, hubungi operator situs."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret with the site's key, which no copy of the database holds."""
        sealed = seal(text.encode(), folder=settings.KEY_FOLDER, purpose=_PURPOSE)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal it."""
        sealed = base64.b64decode(encrypted_text)
        return unseal(sealed, folder=settings.KEY_FOLDER, purpose=_PURPOSE).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Ask the rule; the gate of the second factor has left word whether a role needs it."""
        needed = getattr(context.request, "needs_second_factor", None)
        try:
            rules.check_can_remove_second_factor(needed=needed)
        except UserError:
            return False
        return True
