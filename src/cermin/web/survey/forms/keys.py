"""Forms of the key of the box; passphrases are never filled in again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cermin.web.accounts.models import User
from cermin.web.survey.models import KeyMode

LARGEST_COPY = 4096  # bytes; a copy has about a hundred


def _passphrase(label: Any, *, help_text: Any = "", new: bool = False) -> forms.CharField:
    # Blanks stay as they are typed; "current-password" would offer that of the account.
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "off"})
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=300)


class KeyChoiceForm(forms.Form):
    """Where the key is while the survey runs, and who holds it."""

    mode = forms.ChoiceField(
        label=_("Kunci kotak suara"),
        choices=[
            (KeyMode.WITNESSED, _("Dipegang para saksi: situs tidak menyimpan kuncinya")),
            (KeyMode.SIMPLE, _("Disimpan situs, di luar basis data dan cadangannya")),
        ],
        widget=forms.RadioSelect,
    )
    holders = forms.MultipleChoiceField(
        label=_("Pemegang kunci"),
        help_text=_("Hanya untuk kunci yang dipegang saksi: dua orang atau lebih, sebaiknya dari "
                    "unit yang berbeda."),
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["holders"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(str(one.pk), one.name or one.email) for one in people]


class CopyForm(forms.Form):
    """The passphrase of a new copy, typed twice."""

    passphrase = _passphrase(
        _("Frasa sandi baru"), new=True,
        help_text=_("Sedikitnya 16 karakter atau 5 kata. Yang kuat: lima kata atau lebih yang "
                    "tidak saling berhubungan. Jangan memakai sandi akun, nama, atau peribahasa."),
    )  # fmt: skip
    again = _passphrase(_("Ketik sekali lagi"), new=True)

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("passphrase"), cleaned.pop("again", None)
        if first is not None and second is not None and first != second:
            raise forms.ValidationError(gettext("Kedua frasa sandi tidak sama."))
        return cleaned


class OpenForm(forms.Form):
    """A copy with its passphrase: for a test opening, and for the real one."""

    copy = forms.FileField(
        label=_("Salinan kunci"), widget=forms.ClearableFileInput(attrs={"accept": ".kunci"})
    )
    passphrase = _passphrase(_("Frasa sandi"))

    def clean_copy(self) -> bytes:
        """Return the content; what is larger than any copy is not even read."""
        file: UploadedFile[bytes] = self.cleaned_data["copy"]
        if (file.size or 0) > LARGEST_COPY:
            raise forms.ValidationError(gettext("Berkas ini bukan salinan kunci kotak suara."))
        return bytes(file.read())
