"""A local value set: its head, and a row per value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.models import Agency
from cermin.web.register.models import Regulation
from cermin.web.register.queries.value_sets import national_names
from cermin.web.register.rules import (
    MOST_VALUES,
    BehaviourDraft,
    ValueDraft,
    ValueSetDraft,
    one_line,
)


class BasisField(forms.ModelChoiceField[Regulation]):
    """A regulation of the agency's own register."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Regulation.objects.none(), label=_("Dasar hukum"), empty_label=_("Pilih peraturan"),
            help_text=_("Tambahkan lebih dahulu ke daftar peraturan bila belum ada."), **kwargs,
        )  # fmt: skip


class ValueSetForm(forms.Form):
    """The head of a set."""

    title = forms.CharField(label=_("Nama set nilai"), max_length=200)
    title_en = forms.CharField(label=_("Nama dalam bahasa Inggris"), required=False, max_length=200)
    regulation = BasisField()
    note = forms.CharField(label=_("Catatan"), required=False, max_length=1000)
    note_en = forms.CharField(
        label=_("Catatan dalam bahasa Inggris"), required=False, max_length=1000
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, agency)


class ImportForm(forms.Form):
    """An instrument file, and the regulation that it rests on here."""

    file = forms.FileField(
        label=_("Berkas YAML"), widget=forms.FileInput(attrs={"accept": ".yaml,.yml"})
    )
    regulation = BasisField()

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, agency)


def _offer(form: forms.Form, agency: Agency) -> None:
    field = form.fields["regulation"]
    assert isinstance(field, BasisField)  # noqa: S101 - narrows the type
    field.queryset = Regulation.objects.filter(agency=agency)


class ValueForm(forms.Form):
    """One value; a row without name and meaning is no value."""

    code = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60)
    name = forms.CharField(label=_("Nilai"), required=False, max_length=100)
    meaning = forms.CharField(label=_("Makna"), required=False, max_length=500)
    maps_to = forms.MultipleChoiceField(
        label=_("Sejalan dengan nilai BerAKHLAK"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    behaviours = forms.CharField(
        label=_("Perilaku"), required=False, max_length=6_000,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Satu perilaku per baris."),
    )  # fmt: skip
    name_en = forms.CharField(label=_("Nilai (Inggris)"), required=False, max_length=100)
    meaning_en = forms.CharField(label=_("Makna (Inggris)"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["maps_to"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - narrows the type
        field.choices = list(national_names().items())


ValueRows = forms.formset_factory(
    ValueForm, extra=3, can_delete=True, max_num=MOST_VALUES, validate_max=True
)


def rows_of(draft: ValueSetDraft) -> list[dict[str, Any]]:
    """Return the values of a stored set as the rows show them."""
    return [
        {
            "code": value.code, "name": value.name, "meaning": value.meaning,
            "maps_to": list(value.maps_to), "name_en": value.name_en,
            "meaning_en": value.meaning_en,
            "behaviours": "\n".join(one.text for one in value.behaviours),
        }
        for value in draft.values
    ]  # fmt: skip


def typed_draft(
    head: ValueSetForm, rows: forms.BaseFormSet[ValueForm], before: ValueSetDraft | None = None
) -> ValueSetDraft:
    """Return what was typed; values and behaviours that stay keep their codes and English texts."""
    given = head.cleaned_data
    old = {value.code: value for value in before.values} if before else {}
    typed = [row.cleaned_data for row in rows.forms if row not in rows.deleted_forms]
    values = [_value(row, old) for row in typed if row.get("name") or row.get("meaning")]
    note = one_line(given["note"])
    return ValueSetDraft(
        title=one_line(given["title"]),
        title_en=one_line(given["title_en"]),
        note=note,
        note_en=one_line(given["note_en"]),
        own_draft=bool(before and before.own_draft and note),
        values=tuple(values),
    )


def _value(row: dict[str, Any], old: dict[str, ValueDraft]) -> ValueDraft:
    before = old.get(row["code"])
    known = {one.text: one for one in before.behaviours} if before else {}
    lines = [one_line(line) for line in row["behaviours"].splitlines()]
    return ValueDraft(
        code=row["code"] if before else "",
        name=one_line(row["name"]),
        name_en=one_line(row["name_en"]),
        meaning=one_line(row["meaning"]),
        meaning_en=one_line(row["meaning_en"]),
        maps_to=tuple(row["maps_to"]),
        behaviours=tuple(known.get(line, BehaviourDraft(line)) for line in lines if line),
    )
