"""Forms of cycles and calendars: they check the shape of what is typed, the actions the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from cermin.core.scheme import MinimumRule, Worksheet
from cermin.instruments.load import Instrument
from cermin.language import active
from cermin.web.cycles.actions.calendars import CalendarChoice
from cermin.web.cycles.models import Crossing, Minimum, PhaseKind
from cermin.web.cycles.queries import instruments
from cermin.web.cycles.rules.dates import Days, Plan
from cermin.web.cycles.rules.set_up import MinimumChoice, SetUp
from cermin.web.organisations.models import AgencyClass

_PHASES_WITH_TWO_DAYS = (PhaseKind.SURVEY, PhaseKind.EVIDENCE, PhaseKind.VERIFICATION)
_DATES = [f"{kind}_{end}" for kind in _PHASES_WITH_TWO_DAYS for end in ("first", "last")]
DATE_FIELDS = (*_DATES, "decision_by")


def day_field(label: Any, *, help_text: Any = "", required: bool = False) -> forms.DateField:
    """Return a field for one day, with the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text, required=required)


@dataclass(frozen=True)
class FieldGroup:
    """Fields that belong together on a long page, with a word of explanation."""

    title: str
    explanation: str
    fields: list[BoundField]


class DatesForm(forms.Form):
    """The days of the four phases; all may be left for later."""

    survey_first = day_field(_("Survei mulai"))
    survey_last = day_field(_("Survei sampai dengan"))
    evidence_first = day_field(_("Pengumpulan bukti dukung mulai"))
    evidence_last = day_field(_("Pengumpulan bukti dukung sampai dengan"))
    verification_first = day_field(_("Verifikasi mulai"))
    verification_last = day_field(_("Verifikasi sampai dengan"))
    decision_by = day_field(
        _("Penetapan paling lambat"),
        help_text=_("Pengolahan dimulai sehari setelah semua tahap lain ditutup."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for both days of a phase, or none."""
        cleaned = super().clean() or {}
        for kind in _PHASES_WITH_TWO_DAYS:
            first, last = f"{kind}_first", f"{kind}_last"
            given = [name for name in (first, last) if cleaned.get(name)]
            if len(given) == 1 and first in cleaned and last in cleaned:
                self.add_error(last if given == [first] else first, _("Isi juga tanggal ini."))
        return cleaned

    def plan(self) -> dict[PhaseKind, Days]:
        """Return the days that were filled in; the action finds where processing begins."""
        cleaned = self.cleaned_data
        days = {
            kind: Days(cleaned[f"{kind}_first"], cleaned[f"{kind}_last"])
            for kind in _PHASES_WITH_TWO_DAYS
            if cleaned.get(f"{kind}_first")
        }
        if cleaned.get("decision_by"):
            days[PhaseKind.PROCESSING] = Days(cleaned["decision_by"], cleaned["decision_by"])
        return days


def initial_dates(plan: Plan) -> dict[str, Any]:
    """Return the days of ``plan`` as the values of a `DatesForm`."""
    values: dict[str, Any] = {}
    for kind, days in plan.items():
        if kind is PhaseKind.PROCESSING:
            values["decision_by"] = days.last
        else:
            values |= {f"{kind}_first": days.first, f"{kind}_last": days.last}
    return values


class NewCycleForm(forms.Form):
    """The year and the name of a new cycle."""

    year = forms.IntegerField(label=_("Tahun evaluasi"), min_value=2022, max_value=2100)
    name = forms.CharField(label=_("Nama periode"), max_length=150)


class CopyForm(forms.Form):
    """The year that gets the same set-up."""

    year = forms.IntegerField(label=_("Tahun baru"), min_value=2022, max_value=2100)


class SetUpForm(DatesForm):
    """All choices of a cycle."""

    name = forms.CharField(label=_("Nama periode"), max_length=150)
    method = forms.ChoiceField(label=_("Metode"))
    sections = forms.MultipleChoiceField(
        label=_("Bagian tambahan kuesioner"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Setiap bagian memperpanjang waktu pengisian; pilih seperlunya."),
    )  # fmt: skip
    worksheet = forms.ChoiceField(
        label=_("Lembar kerja bukti dukung"), required=False,
        help_text=_(
            "Tanpa lembar kerja tidak ada tahap pengumpulan dan verifikasi bukti dukung."
        ),
    )  # fmt: skip
    minimum_rule = forms.ChoiceField(label=_("Minimum responden instansi"), choices=Minimum.choices)
    margin_percent = forms.DecimalField(
        label=_("Batas kesalahan (persen)"), min_value=Decimal("0.1"),
        max_value=Decimal(50), decimal_places=1,
        help_text=_("Dipakai rumus Slovin dan Krejcie-Morgan; yang lazim 5 persen."),
    )  # fmt: skip
    minimum_entered = forms.IntegerField(
        label=_("Jumlah minimum yang ditetapkan"), min_value=1, required=False,
        help_text=_("Hanya untuk “Angka yang ditetapkan”, misalnya dari kementerian."),
    )  # fmt: skip
    unit_minimum_rule = forms.ChoiceField(
        label=_("Minimum responden tiap unit"), choices=Minimum.choices
    )
    unit_minimum_entered = forms.IntegerField(
        label=_("Jumlah minimum tiap unit"), min_value=1, required=False,
        help_text=_("Unit yang lebih kecil diminta sebanyak pegawainya."),
    )  # fmt: skip
    threshold = forms.IntegerField(
        label=_("Ambang penyajian (jawaban)"), min_value=1, max_value=1000,
        help_text=_("Boleh dinaikkan, tidak boleh di bawah ketentuan metode."),
    )  # fmt: skip
    crossing = forms.ChoiceField(
        label=_("Rincian tambahan hasil"), choices=Crossing.choices, required=False
    )

    def __init__(self, *args: Any, own_dates: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "method": _titles(instruments.methods()),
            "worksheet": [("", str(_("Tanpa lembar kerja"))), *_titles(_worksheets())],
            "sections": _titles(instruments.sections()),
        }
        for name, choices in offered.items():
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        if not own_dates:
            for field in DATE_FIELDS:
                del self.fields[field]

    def groups(self) -> Iterator[FieldGroup]:
        """Yield the fields in the order of the questions that people ask."""
        yield self._group(_("Nama"), "", ["name"])
        dates = _("Hari pertama dimulai pukul 00.00 dan hari terakhir berakhir pukul 24.00 waktu "
                  "instansi; kedua hari itu ikut dihitung.")  # fmt: skip
        if "survey_first" in self.fields:
            yield self._group(_("Tanggal"), dates, list(DATE_FIELDS))
        yield self._group(_("Metode dan instrumen"), "", ["method", "worksheet", "sections"])
        yield self._group(
            _("Minimum responden"), "",
            ["minimum_rule", "margin_percent", "minimum_entered", "unit_minimum_rule",
             "unit_minimum_entered"],
        )  # fmt: skip
        threshold = _(
            "Kelompok dengan jawaban kurang dari ambang tidak pernah disajikan sendiri; jawabannya "
            "digabungkan dengan kelompok lain, sehingga tidak seorang pun dapat dikenali. Angka "
            "ini diberitahukan kepada responden dan tidak dapat diubah setelah survei dibuka."
        )
        yield self._group(_("Perlindungan responden"), threshold, ["threshold", "crossing"])

    def set_up(self) -> SetUp:
        """Return the choices."""
        cleaned = self.cleaned_data
        margin = float(cleaned["margin_percent"]) / 100
        return SetUp(
            name=cleaned["name"],
            method=cleaned["method"],
            worksheet=cleaned["worksheet"],
            sections=tuple(cleaned["sections"]),
            minimum=MinimumChoice(
                MinimumRule(cleaned["minimum_rule"]), margin, cleaned["minimum_entered"]
            ),
            unit_minimum=MinimumChoice(
                MinimumRule(cleaned["unit_minimum_rule"]), margin, cleaned["unit_minimum_entered"]
            ),
            threshold=cleaned["threshold"],
            crossing=cleaned["crossing"],
            plan=self.plan(),
        )

    def _group(self, title: Any, explanation: Any, names: list[str]) -> FieldGroup:
        return FieldGroup(str(title), str(explanation), [self[name] for name in names])


def initial_set_up(chosen: SetUp) -> dict[str, Any]:
    """Return the choices as the values of a `SetUpForm`."""
    return {
        "name": chosen.name,
        "method": chosen.method,
        "worksheet": chosen.worksheet,
        "sections": list(chosen.sections),
        "minimum_rule": chosen.minimum.rule.value,
        "minimum_entered": chosen.minimum.entered,
        "margin_percent": f"{chosen.minimum.margin * 100:g}",
        "unit_minimum_rule": chosen.unit_minimum.rule.value,
        "unit_minimum_entered": chosen.unit_minimum.entered,
        "threshold": chosen.threshold,
        "crossing": chosen.crossing,
        **initial_dates(chosen.plan),
    }


class ExtendForm(forms.Form):
    """A later last day, and why."""

    last_day = day_field(
        _("Hari terakhir yang baru"), required=True,
        help_text=_("Tahap ditutup pukul 24.00 pada hari ini."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Alasan"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000,
        help_text=_("Dicatat di jejak audit dan terlihat oleh semua anggota instansi."),
    )  # fmt: skip


class DecideForm(forms.Form):
    """The decree of the result."""

    decree_number = forms.CharField(label=_("Nomor surat keputusan"), max_length=80)
    decree_date = day_field(_("Tanggal surat keputusan"), required=True)
    signatory = forms.CharField(
        label=_("Penanda tangan"), max_length=150,
        help_text=_("Nama dan jabatan, seperti pada surat keputusan."),
    )  # fmt: skip


class CalendarForm(DatesForm):
    """A shared calendar: its dates and to whom it is offered."""

    year = forms.IntegerField(label=_("Tahun evaluasi"), min_value=2022, max_value=2100)
    name = forms.CharField(label=_("Nama kalender"), max_length=150)
    classes = forms.MultipleChoiceField(
        label=_("Ditawarkan kepada kelas instansi"), choices=AgencyClass.choices,
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    codes = forms.CharField(
        label=_("Ditawarkan kepada kode instansi"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Satu kode per baris."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Alasan perubahan"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Wajib bila ada tahap yang sudah dimulai."),
    )  # fmt: skip

    field_order = ("year", "name", *DATE_FIELDS, "classes", "codes", "reason")

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason" if new else "year"]

    def clean_codes(self) -> tuple[str, ...]:
        """Return the codes, one a line, each no longer than a code can be."""
        codes = tuple(self.cleaned_data["codes"].split())
        if any(len(code) > 20 for code in codes):
            raise forms.ValidationError(_("Kode instansi paling panjang 20 huruf."))
        return codes

    def chosen(self) -> CalendarChoice:
        """Return what was written down."""
        cleaned = self.cleaned_data
        return CalendarChoice(
            name=cleaned["name"], plan=self.plan(),
            classes=tuple(cleaned["classes"]), codes=cleaned["codes"],
        )  # fmt: skip


def _titles(offered: Sequence[Instrument]) -> list[tuple[str, str]]:
    return [(one.id, one.title.in_language(active())) for one in offered]


def _worksheets() -> list[Worksheet]:
    listed = [sheet for one in instruments.methods() for sheet in instruments.worksheets_of(one)]
    return list({sheet.id: sheet for sheet in listed}.values())
