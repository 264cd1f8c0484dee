"""What became of each unit, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cermin.core.population import Unit
from cermin.web.organisations.rules.structures import Change, UnitChange

CHANGE_WORDS: Mapping[Change, Promise] = {
    Change.KEPT: _("Tetap"),
    Change.RENAMED: _("Berganti nama"),
    Change.MOVED: _("Pindah induk"),
    Change.RENAMED_AND_MOVED: _("Berganti nama dan pindah induk"),
    Change.MERGED: _("Digabung"),
    Change.CLOSED: _("Ditutup"),
    Change.NEW: _("Baru"),
}
CHANGE_HEADINGS = (
    _("Kode"),
    _("Yang terjadi"),
    _("Nama sebelumnya"),
    _("Induk sebelumnya"),
    _("Nama sekarang"),
    _("Induk sekarang"),
    _("Menjadi bagian dari"),
)


@dataclass(frozen=True)
class ChangeLine:
    """One row of the table."""

    code: str
    change: str
    words: Promise
    name_before: str
    parent_before: str
    name_now: str
    parent_now: str
    successor: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the Excel file."""
        return (
            self.code, str(self.words), self.name_before, self.parent_before,
            self.name_now, self.parent_now, self.successor,
        )  # fmt: skip


def change_lines(changes: Sequence[UnitChange]) -> list[ChangeLine]:
    """Return the rows with names in place of codes."""
    before = {c.code: c.before.name for c in changes if c.before}
    now = {c.code: c.now.name for c in changes if c.now}
    return [
        ChangeLine(
            code=change.code,
            change=change.change.value,
            words=CHANGE_WORDS[change.change],
            name_before=change.before.name if change.before else "",
            parent_before=_parent(change.before, before),
            name_now=change.now.name if change.now else "",
            parent_now=_parent(change.now, now),
            successor=change.successor.name if change.successor else "",
        )
        for change in changes
    ]


def _parent(unit: Unit | None, names: Mapping[str, str]) -> str:
    return names[unit.parent] if unit and unit.parent else ""


def change_counts(changes: Sequence[UnitChange]) -> list[tuple[str, Promise, int]]:
    """Return how many units each change befell, for the filter above the table."""
    counts = Counter(change.change for change in changes)
    return [(c.value, words, counts[c]) for c, words in CHANGE_WORDS.items() if counts[c]]
