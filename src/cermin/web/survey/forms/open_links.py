"""The form with which an owner opens a questionnaire to the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.forms import day_field


class OpenSurveyForm(forms.Form):
    """Which questionnaire, about what, from when to when."""

    questionnaire = forms.ChoiceField(label=_("Kuesioner"))
    title = forms.CharField(
        label=_("Judul"), max_length=150,
        help_text=_("Tampil di atas kuesioner, misalnya “Survei kepuasan pelayanan KTP 2026”."),
    )  # fmt: skip
    unit_code = forms.ChoiceField(label=_("Unit yang dinilai"), required=False)
    opens_on = day_field(_("Dibuka mulai"), required=True)
    closes_on = day_field(
        _("Dibuka sampai dengan"), required=True,
        help_text=_("Hari terakhir ikut dihitung. Sesudahnya kuesioner ditutup dan dihitung."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, questionnaires: Sequence[tuple[str, str]], units: Mapping[str, str],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["questionnaire"].choices = questionnaires  # type: ignore[attr-defined]
        whole = [("", _("Instansi secara keseluruhan"))]
        self.fields["unit_code"].choices = [*whole, *units.items()]  # type: ignore[attr-defined]
