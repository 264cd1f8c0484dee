"""Forms of the invitations; they check shape only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.survey.actions.invitations import SHEETS


class HandOutForm(forms.Form):
    """Whose invitations, and in which form."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    form = forms.ChoiceField(
        label=_("Bentuk"),
        choices=[
            (SHEETS, _("Lembar A4 untuk dicetak dan digunting, dengan kode QR (PDF)")),
            ("xlsx", _("Daftar untuk aplikasi pesan (Excel)")),
            ("csv", _("Daftar untuk aplikasi pesan (CSV)")),
        ],
        initial=SHEETS,
        widget=forms.RadioSelect,
    )
    careful = forms.BooleanField(
        label=_(
            "Saya memperlakukan berkas ini seperti surat suara dan menghapusnya setelah dipakai"
        )
    )

    def __init__(self, *args: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        field.choices = [("", _("Semua unit yang Anda kelola")), *units]  # type: ignore[attr-defined]


class PersonSearch(forms.Form):
    """Part of a name; sent in the body, so that it stands in no address and no log."""

    text = forms.CharField(
        label=_("Cari nama"), max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class PairForm(forms.Form):
    """The number on the person's phone."""

    number = forms.CharField(
        label=_("Nomor di ponsel orang itu"), max_length=20,
        help_text=_("Enam angka, misalnya 482 913."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
