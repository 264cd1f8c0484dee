"""The filters of the trail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.queries.audit import TrailFilter


class TrailFilterForm(forms.Form):
    """Who, what, about what, and when."""

    orang = forms.ChoiceField(label=_("Orang"), required=False)
    tindakan = forms.ChoiceField(label=_("Tindakan"), required=False)
    jenis = forms.ChoiceField(label=_("Tentang"), required=False)
    objek = forms.CharField(label=_("Kode atau nomornya"), required=False, max_length=120)
    dari = forms.DateField(
        label=_("Dari tanggal"), required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"],
    )  # fmt: skip
    sampai = forms.DateField(
        label=_("Sampai tanggal"), required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"],
    )  # fmt: skip

    def __init__(self, *args: Any, choices: dict[str, list[tuple[str, str]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, listed in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type
            field.choices = [("", _("Semua")), *listed]

    def wanted(self) -> TrailFilter:
        """Return the filter; what cannot be understood filters nothing and shows its error."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return TrailFilter(
            person=given.get("orang", ""),
            action=given.get("tindakan", ""),
            object_type=given.get("jenis", ""),
            object_id=given.get("objek", ""),
            since=given.get("dari"),
            until=given.get("sampai"),
        )
