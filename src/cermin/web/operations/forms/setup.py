"""Shape of what is typed to set up the site, one form per step."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.forms.agency import IdentityFields, LocaleFields, SlugField
from cermin.web.organisations.forms.members import NewAccountForm


class CodeForm(forms.Form):
    """The set-up code."""

    code = forms.CharField(
        label=_("Kode penyiapan"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


class IdentityStep(IdentityFields):
    """Which agency this is."""


class PlaceStep(SlugField, LocaleFields):
    """Its address on the site, its language, its hours, and where to begin."""

    units = forms.ChoiceField(
        label=_("Unit kerja"),
        choices=[
            ("now", _("Susun unit kerja segera setelah penyiapan")),
            ("later", _("Nanti; saya melihat-lihat dahulu")),
        ],
        initial="now",
        widget=forms.RadioSelect,
    )
    field_order = ("slug", "language", "time_zone", "units")


class OwnerStep(NewAccountForm):
    """The account of the first owner, who also operates the site."""

    email = forms.EmailField(
        label=_("Surel"),
        help_text=_("Dipakai untuk masuk."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order = ("name", "email", "password", "password_again")
