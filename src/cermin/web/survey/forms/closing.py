"""Forms for closing a survey before its date, and for going on without some ballots or all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _reason(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Alasan"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000,
        help_text=help_text,
    )  # fmt: skip


def _confirmation(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=20, widget=widget)


class CloseForm(forms.Form):
    """Why, and that it is meant."""

    reason = _reason(_("Dicatat di jejak audit."))
    confirmation = _confirmation(_("Ketik TUTUP untuk memastikan"))


class GoOnForm(forms.Form):
    """Why the unreadable ballots are given up."""

    reason = _reason(_("Dicatat di jejak audit bersama jumlahnya."))


class GiveUpForm(forms.Form):
    """Why the box is given up, and that it is meant."""

    reason = _reason(_("Dicatat di jejak audit. Sebutkan berita acaranya."))
    confirmation = _confirmation(_("Ketik MUSNAHKAN untuk memastikan"))
