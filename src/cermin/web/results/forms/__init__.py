"""Forms of evidence scores."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from cermin.web.pages.uploads import checked_size


class EvidenceForm(forms.Form):
    """A filled worksheet."""

    file = forms.FileField(
        label=_("Lembar kerja yang sudah diisi"),
        help_text=_("XLSX dari templat di halaman ini, atau CSV dengan kolom yang sama."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is larger than the site takes."""
        return checked_size(self.cleaned_data["file"])
