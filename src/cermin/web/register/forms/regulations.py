"""Filtering and describing regulations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.register.models import Regulation, RegulationKind
from cermin.web.register.queries.regulations import RegulationFilter
from cermin.web.register.rules import RegulationFacts


class RegulationFilterForm(forms.Form):
    """Words and a kind."""

    q = forms.CharField(label=_("Cari"), required=False, max_length=100)
    jenis = forms.ChoiceField(
        label=_("Jenis"), required=False, choices=[("", _("Semua jenis")), *RegulationKind.choices]
    )

    def wanted(self) -> RegulationFilter:
        """Return the filter; what cannot be understood filters nothing."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return RegulationFilter(given.get("q", ""), given.get("jenis", ""))


class RegulationForm(forms.Form):
    """A regulation, with the file or the link of its text."""

    kind = forms.ChoiceField(
        label=_("Jenis"), choices=[("", _("Pilih jenis")), *RegulationKind.choices]
    )
    issuer = forms.CharField(
        label=_("Penerbit"), required=False, max_length=120,
        help_text=_("Yang ditulis sesudah jenisnya: PANRB, Kudus, Menteri Dalam Negeri."),
    )  # fmt: skip
    number = forms.CharField(label=_("Nomor"), max_length=40)
    year = forms.IntegerField(label=_("Tahun"), localize=False)
    subject = forms.CharField(
        label=_("Tentang"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    link = forms.CharField(
        label=_("Tautan naskah"), required=False, max_length=500,
        widget=forms.URLInput, help_text=_("Alamat lengkap yang berawalan https://."),
    )  # fmt: skip
    pdf = forms.FileField(
        label=_("Berkas naskah"), required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
        help_text=_("PDF, paling besar 20 MB. Semua pembaca rujukan dapat mengunduhnya."),
    )  # fmt: skip
    drop_file = forms.BooleanField(label=_("Hapus berkas yang ada"), required=False)
    note = forms.CharField(label=_("Catatan"), required=False, max_length=500)
    other_issuer = forms.BooleanField(
        label=_("Penerbitnya berbeda"), required=False,
        help_text=_("Centang hanya bila peraturan lain memakai nomor dan tahun yang sama."),
    )  # fmt: skip

    def __init__(self, *args: Any, regulation: Regulation | None = None, **kwargs: Any) -> None:
        if regulation is not None:
            names = ("kind", "issuer", "number", "year", "subject", "link", "note")
            kwargs["initial"] = {name: getattr(regulation, name) for name in names}
        super().__init__(*args, **kwargs)
        if regulation is None or not regulation.file:
            del self.fields["drop_file"]

    def facts(self) -> RegulationFacts:
        """Return what the form says, once it is valid."""
        given = self.cleaned_data
        names = ("kind", "issuer", "number", "year", "subject", "link", "note")
        return RegulationFacts(**{name: given[name] for name in names})
