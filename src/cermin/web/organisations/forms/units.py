"""Shape of what is typed about units; choices hold only units of the tree that is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.models import Unit
from cermin.web.organisations.presenters.units import unit_choices
from cermin.web.organisations.rules.units import LONGEST_CODE, LONGEST_NAME


class UnitField(forms.TypedChoiceField):
    """One of ``units``, or None when that is allowed and nothing is chosen."""

    def __init__(self, *, units: Sequence[Unit], empty: str, **kwargs: Any) -> None:
        found = {str(unit.pk): unit for unit in units}
        choices = [("", empty), *unit_choices(units)]
        super().__init__(choices=choices, coerce=found.get, empty_value=None, **kwargs)


class StructureStartForm(forms.Form):
    """The year to begin."""

    year = forms.IntegerField(
        label=_("Tahun"),
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class UnitAddForm(forms.Form):
    """A new unit."""

    name = forms.CharField(label=_("Nama unit"), max_length=LONGEST_NAME)
    code = forms.RegexField(
        r"\A[A-Za-z0-9][A-Za-z0-9._/-]*\Z",
        label=_("Kode unit"),
        required=False,
        max_length=LONGEST_CODE,
        error_messages={"invalid": _("Pakai huruf, angka, titik, garis miring, dan tanda hubung.")},
        help_text=_(
            "Kode tetap sama dari tahun ke tahun dan tidak dapat diubah lagi. "
            "Bila dikosongkan, kode dibuat dari nama, misalnya dinas-kesehatan."
        ),
    )

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = _parent_field(units)


class UnitRenameForm(forms.Form):
    """Another name."""

    name = forms.CharField(label=_("Nama baru"), max_length=LONGEST_NAME)


class UnitMoveForm(forms.Form):
    """Another place in the tree."""

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = _parent_field(units)
        self.fields["position"] = forms.IntegerField(
            label=_("Urutan di bawah induk"),
            required=False,
            min_value=1,
            max_value=10_000,
            help_text=_("1 berarti paling atas; kosong berarti paling bawah."),
        )


class UnitMergeForm(forms.Form):
    """Which unit the units become part of, and which other units go the same way."""

    def __init__(
        self, *args: Any, units: Sequence[Unit], beside: Sequence[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"] = UnitField(
            units=units, label=_("Digabung ke"), empty=gettext("— pilih unit —")
        )
        if beside:
            found = {str(unit.pk): unit for unit in beside}
            self.fields["others"] = forms.TypedMultipleChoiceField(
                label=_("Unit lain yang ikut digabung"),
                required=False,
                choices=[(pk, f"{unit.name} ({unit.code})") for pk, unit in found.items()],
                coerce=found.get,
                widget=forms.CheckboxSelectMultiple,
            )


class UnitFileForm(forms.Form):
    """A file with the whole tree."""

    file = forms.FileField(
        label=_("Berkas unit (XLSX)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("Kolom: Kode, Nama, Kode Induk. Satu baris untuk setiap unit."),
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse a file that is larger than the site takes."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_MB * 1_000_000:
            raise ValidationError(
                gettext("Berkas lebih besar dari {n} MB.").format(n=settings.UPLOAD_LIMIT_MB)
            )
        return file


def _parent_field(units: Sequence[Unit]) -> UnitField:
    return UnitField(
        units=units,
        label=_("Unit induk"),
        required=False,
        empty=gettext("Langsung di bawah instansi"),
    )
