"""What becomes of the units that an imported file lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from cermin.core.population import Unit
from cermin.intake.units import index_of
from cermin.web.organisations.rules.units_import import Choice, Choices, Fate

_SUGGESTED = 20  # wrong texts after which no near names are looked for
_FATES = (
    (Fate.KEEP.value, _("Tetap ada")),
    (Fate.MERGE.value, _("Digabung ke …")),
    (Fate.CLOSE.value, _("Ditutup")),
)


class FatesForm(forms.Form):
    """Two fields for each missing unit, and the tree that the person was shown."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, *args: Any, missing: Sequence[Unit], remaining: Sequence[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.missing = missing
        self.index = index_of([*remaining, *missing])
        for number, unit in enumerate(missing):
            self.fields[f"fate_{number}"] = forms.ChoiceField(
                label=_("Yang terjadi dengan {name}").format(name=unit.name),
                choices=_FATES,
                initial=Fate.KEEP.value,
            )
            self.fields[f"into_{number}"] = forms.CharField(
                label=_("{name} digabung ke").format(name=unit.name),
                required=False,
                max_length=260,
                widget=forms.TextInput(attrs={"list": "unit-tujuan", "autocomplete": "off"}),
            )

    @property
    def rows(self) -> list[tuple[Unit, BoundField, BoundField]]:
        """Each missing unit with its fields."""
        return [
            (unit, self[f"fate_{number}"], self[f"into_{number}"])
            for number, unit in enumerate(self.missing)
        ]

    def clean(self) -> None:
        """Find the unit that each text means."""
        for number in range(len(self.missing)):
            if self.cleaned_data.get(f"fate_{number}") != Fate.MERGE:
                continue
            name = f"into_{number}"
            text = self.cleaned_data.get(name, "")
            found = self.index.lookup(text)
            if found is None:
                suggest = len(self.errors) < _SUGGESTED
                self.add_error(name, " ".join(self.index.trouble(text, suggest=suggest)))
            self.cleaned_data[name] = found

    @property
    def choices(self) -> Choices:
        """What was chosen, by code."""
        cleaned = self.cleaned_data
        return {
            unit.id: Choice(Fate(cleaned[f"fate_{n}"]), _into(cleaned, n))
            for n, unit in enumerate(self.missing)
        }


def _into(cleaned: dict[str, Any], number: int) -> str:
    merged = cleaned[f"fate_{number}"] == Fate.MERGE
    return cleaned[f"into_{number}"] if merged else ""
