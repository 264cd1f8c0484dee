"""Forms of the account pages; those of the library with our words, and no placeholders."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cermin.web.accounts.models import User

# A code is right for its half minute and the ones before and after it.
_CODE_LIFE_SECONDS = 90


class ProfileForm(forms.ModelForm[User]):
    """Name and language."""

    class Meta:
        model = User
        fields = ("name", "language")
        labels = {"name": _("Nama"), "language": _("Bahasa")}  # noqa: RUF012 - Django's own form
        widgets = {  # noqa: RUF012 - Django's own form
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "language": forms.Select(choices=[("id", "Bahasa Indonesia"), ("en", "English")]),
        }


def _reword(form: forms.BaseForm, labels: dict[str, Any], helps: dict[str, Any]) -> None:
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.help_text = helps.get(name, "")
        field.widget.attrs.pop("placeholder", None)


_PASSWORD_HELP = _(
    "Paling sedikit 12 karakter. Rangkaian beberapa kata yang tidak berkaitan mudah diingat dan "
    "sulit ditebak. Jangan memakai nama, alamat surel, atau kata sandi yang umum."
)
_NEW_PASSWORDS = {"password1": _("Kata sandi baru"), "password2": _("Ulangi kata sandi baru")}


class SamePasswords:
    """Both new passwords are the same."""

    def clean(self: Any) -> dict[str, Any]:
        """Compare them."""
        given: dict[str, Any] = forms.Form.clean(self) or self.cleaned_data
        first, second = given.get("password1"), given.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("Kedua kata sandi harus sama."))
        return given


class LoginForm(account.LoginForm):  # type: ignore[misc]  # ships no types
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, {"login": _("Alamat surel"), "password": _("Kata sandi")}, {})
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ChangePasswordForm(SamePasswords, account.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("Kata sandi saat ini"), **_NEW_PASSWORDS}
        _reword(self, labels, {"password1": _PASSWORD_HELP})


class SetPasswordForm(SamePasswords, account.SetPasswordForm):  # type: ignore[misc]
    """A first password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, _NEW_PASSWORDS, {"password1": _PASSWORD_HELP})


class ResetPasswordKeyForm(SamePasswords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, twice, for who followed the link of the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, _NEW_PASSWORDS, {"password1": _PASSWORD_HELP})


class ResetPasswordForm(account.ResetPasswordForm):  # type: ignore[misc]
    """The address of the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, {"email": _("Alamat surel")}, {})

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send one mail in every case; the library's own for strangers offers to sign up."""
        address: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **kwargs)
        else:
            get_adapter().send_mail("account/email/unknown_account", address, {})
        return address


class ReauthenticateForm(account.ReauthenticateForm):  # type: ignore[misc]
    """The password again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _reword(self, {"password": _("Kata sandi")}, {})


def _as_code(form: forms.BaseForm, label: Any, help_text: Any) -> None:
    _reword(form, {"code": label}, {"code": help_text})
    form.fields["code"].widget.attrs.update(inputmode="numeric", maxlength=20)


class OnceOnly:
    """A code counts once: the library remembers it for a shorter time than it is right."""

    def clean_code(self: Any) -> str:
        """Refuse a code that has already been used."""
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP:
            used = f"second-factor-used:{self.user.pk}:{normalize_user_code(code)}"
            if not cache.add(used, True, timeout=_CODE_LIFE_SECONDS):
                raise get_adapter().validation_error("incorrect_code")
        return code


_ANY_CODE = _("Enam angka dari aplikasi autentikator, atau salah satu kode pemulihan Anda.")


class AuthenticateForm(OnceOnly, mfa.AuthenticateForm):  # type: ignore[misc]
    """The code at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self, _("Kode"), _ANY_CODE)
        self.fields["code"].widget.attrs["autofocus"] = True


class ReauthenticateCodeForm(OnceOnly, mfa.ReauthenticateForm):  # type: ignore[misc]
    """The code again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self, _("Kode"), _ANY_CODE)
        self.fields["code"].widget.attrs["autofocus"] = True


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]  # ships no types
    """The first code of a new authenticator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self, _("Kode enam angka"), _("Kode yang sekarang ditampilkan aplikasi."))
