"""The form of a new mailing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.forms import day_field
from cermin.web.survey.models import MailKind


class MailingForm(forms.Form):
    """What is sent, and when."""

    kind = forms.ChoiceField(
        label=_("Jenis surel"),
        choices=[
            (MailKind.INVITATION, _("Undangan, kepada semua yang punya alamat surel")),
            (MailKind.REMINDER, _("Pengingat, hanya kepada yang surat suaranya belum diambil "
                                  "saat surel dikirim")),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    day = day_field(_("Hari kirim"), required=True)
    time = forms.TimeField(
        label=_("Jam kirim"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Waktu setempat instansi. Surel dikirim berangsur-angsur sejak jam ini."),
    )
    subject = forms.CharField(
        label=_("Judul surel"), required=False, max_length=120,
        help_text=_("Kosongkan untuk judul yang lazim."),
    )  # fmt: skip
    lead = forms.CharField(
        label=_("Kalimat pembuka"), required=False, max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kosongkan untuk kalimat yang lazim. Tautan pribadi, batas waktu, dan cara "
                    "berhenti menerima surel selalu ditambahkan sendiri."),
    )  # fmt: skip

    def moment(self, zone: str) -> datetime:
        """Return the moment of sending."""
        cleaned: dict[str, Any] = self.cleaned_data
        return datetime.combine(cleaned["day"], cleaned["time"], ZoneInfo(zone))
