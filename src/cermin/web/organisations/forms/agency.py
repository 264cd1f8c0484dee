"""Shape of what is typed about an agency."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.actions.agency import AgencyFacts
from cermin.web.organisations.models import AgencyClass, TimeZone

FACTS = ("name", "agency_class", "code", "language", "time_zone")
LONGEST_SLUG = 60
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def suggested_slug(name: str) -> str:
    """Return the part of the address that an agency's name suggests."""
    return slugify(name).removeprefix("pemerintah-")[:LONGEST_SLUG].rstrip("-")


class IdentityFields(forms.Form):
    """Name, class and code of an agency."""

    name = forms.CharField(
        label=_("Nama instansi"),
        max_length=200,
        help_text=_("Nama lengkap, misalnya Pemerintah Kabupaten Rawa Bening."),
    )
    agency_class = forms.ChoiceField(
        label=_("Kelompok instansi"), choices=[("", _("(pilih kelompok)")), *AgencyClass.choices]
    )
    code = forms.RegexField(
        label=_("Kode instansi"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9.\-]*$",
        max_length=20,
        help_text=_("Kode instansi seperti dalam SIASN."),
        error_messages={"invalid": _("Kode hanya berisi huruf, angka, titik, dan tanda hubung.")},
    )


class LocaleFields(forms.Form):
    """Language and time zone of an agency."""

    language = forms.ChoiceField(
        label=_("Bahasa"),
        choices=[("id", "Bahasa Indonesia"), ("en", "English")],
        help_text=_("Bahasa surel dan akun baru. Setiap orang dapat memilih bahasanya sendiri."),
    )
    time_zone = forms.ChoiceField(
        label=_("Zona waktu"),
        choices=TimeZone.choices,
        help_text=_("Tenggat dan jam pada semua halaman mengikuti zona waktu ini."),
    )


class SlugField(forms.Form):
    """The agency's part of every address."""

    slug = forms.CharField(
        label=_("Nama singkat dalam alamat situs"),
        max_length=LONGEST_SLUG,
        help_text=_(
            "Bagian alamat halaman instansi, misalnya rawa-bening pada /i/rawa-bening/. Huruf "
            "kecil, angka, dan tanda hubung. Tidak dapat diubah kemudian."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )

    def clean_slug(self) -> str:
        """Return the slug in small letters."""
        slug: str = self.cleaned_data["slug"].lower()
        if not _SLUG.fullmatch(slug):
            raise ValidationError(_("Gunakan huruf kecil, angka, dan tanda hubung saja."))
        return slug


class AgencyForm(LocaleFields, IdentityFields):
    """What an agency says about itself."""

    field_order: Collection[str] = FACTS

    def facts(self) -> AgencyFacts:
        """Return what was typed, once it is valid."""
        return facts_of(self.cleaned_data)


class NewAgencyForm(SlugField, AgencyForm):
    """An agency to add, and whom to invite as its first owner."""

    owner_name = forms.CharField(label=_("Nama pengelola pertama"), max_length=150, required=False)
    owner_email = forms.EmailField(
        label=_("Surel pengelola pertama"), help_text=_("Undangan dikirim ke alamat ini.")
    )
    field_order: Collection[str] = (
        "name", "agency_class", "code", "slug", "language", "time_zone", "owner_name",
        "owner_email",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _(
            "Bagian alamat halaman instansi, misalnya rawa-bening pada /i/rawa-bening/. Bila "
            "dikosongkan, disusun dari nama instansi. Tidak dapat diubah kemudian."
        )

    def clean_slug(self) -> str:
        """Return the slug typed, or the one the name suggests."""
        if not self.cleaned_data["slug"]:
            self.cleaned_data["slug"] = suggested_slug(self.cleaned_data.get("name", "")) or "-"
        return super().clean_slug()


class AgencyFilter(forms.Form):
    """Which agencies a list shows."""

    q = forms.CharField(label=_("Cari nama atau kode"), required=False)
    agency_class = forms.ChoiceField(
        label=_("Kelompok instansi"),
        required=False,
        choices=[("", _("Semua kelompok")), *AgencyClass.choices],
    )


def facts_of(cleaned: dict[str, Any]) -> AgencyFacts:
    """Return the facts among the clean values of a form."""
    return AgencyFacts(**{name: cleaned[name] for name in FACTS})
