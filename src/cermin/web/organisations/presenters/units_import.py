"""The differences between a file and the tree, and the problems of a file, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cermin.core.population import Unit
from cermin.intake.problems import Problem
from cermin.web.organisations.rules.units_import import TreeDifference

_SHOWN = 200  # rows of each table; the rest is counted


@dataclass(frozen=True)
class DifferenceTable:
    """One kind of change."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    n_more: int


def difference_tables(
    current: Sequence[Unit], wanted: Sequence[Unit], changes: TreeDifference
) -> list[DifferenceTable]:
    """Return the tables of what is added, renamed and moved; empty ones are left out."""
    before = {unit.id: unit.name for unit in current}
    after = {unit.id: unit.name for unit in wanted}
    code, name, parent = _("Kode"), _("Nama"), _("Unit induk")
    then, later = _("Sebelumnya"), _("Menjadi")
    tables = [
        _table(_("Unit baru"), (code, name, parent),
               [(u.id, u.name, _above(u, after)) for u in changes.added]),
        _table(_("Berganti nama"), (code, then, later),
               [(new.id, old.name, new.name) for old, new in changes.renamed]),
        _table(_("Pindah induk"), (code, name, then, later),
               [(new.id, new.name, _above(old, before), _above(new, after))
                for old, new in changes.moved]),
    ]  # fmt: skip
    return [table for table in tables if table.rows]


def _table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> DifferenceTable:
    return DifferenceTable(title, headings, rows[:_SHOWN], max(0, len(rows) - _SHOWN))


def _above(unit: Unit, names: Mapping[str, str]) -> str:
    return names[unit.parent] if unit.parent else _("Langsung di bawah instansi")


def problem_rows(problems: Sequence[Problem]) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return headings and rows of the problems for a file."""
    headings = [_("Lembar"), _("Baris"), _("Kolom"), _("Masalah"), _("Cara memperbaiki")]
    return headings, [(p.sheet, p.row, p.column, p.what, p.remedy) for p in problems]
