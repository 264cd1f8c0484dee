"""The unit tree and finding units by what people type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import polars as pl

from cermin.core.population import Unit
from cermin.intake.formats import Limits
from cermin.intake.headings import CODE, PARENT, PARENT_CODE, UNIT_NAME, Field, fold
from cermin.intake.mapping import Columns, Guess, find_header, guess_columns
from cermin.intake.problems import Problems
from cermin.intake.tables import Table, open_tables, read_columns
from cermin.language import _


@dataclass(frozen=True)
class _Row:
    row: int
    name: str
    parent: str | None


SLIP = 0.94  # similarity from which a name is a slip of the pen
_SUGGESTED = 50  # problems after which no near names are looked for


@dataclass(frozen=True)
class UnitIndex:
    """Finds a unit by code, by name, or by "name / parent's name", however it is typed."""

    units: tuple[Unit, ...]
    found: Mapping[str, str]  # folded text -> id
    ambiguous: Mapping[str, tuple[str, ...]]  # folded name -> ids

    def lookup(self, text: str) -> str | None:
        """Return the id of the only unit that ``text`` can mean."""
        return self.found.get(fold(text))

    def is_slip(self, text: str) -> bool:
        """Tell whether a text that finds no unit is nearly the name of one."""
        if self.lookup(text) or fold(text) in self.ambiguous:
            return False
        # "SD Negeri 2" is no slip of "SD Negeri 1": numbers must agree.
        names = self._by_digits.get(_digits(text), [])
        return bool(get_close_matches(fold(text), names, n=1, cutoff=SLIP))

    @cached_property
    def _by_digits(self) -> Mapping[str, list[str]]:
        """Folded names by the numbers in them."""
        names: dict[str, list[str]] = {}
        for unit in self.units:
            names.setdefault(_digits(unit.name), []).append(fold(unit.name))
        return names

    def trouble(self, text: str, *, suggest: bool = True) -> tuple[str, str]:
        """Return what is wrong with a text that finds no unit, and the remedy.

        Looking for names that are near takes long when thousands of rows are wrong: the caller
        says when it has suggested enough.
        """
        same = self.ambiguous.get(fold(text), ())
        if same:
            return (
                _("Ada {n} unit bernama “{name}”.").format(n=len(same), name=text),
                _("Tulis kode unit, salah satu dari: {codes}.").format(codes=", ".join(same[:5])),
            )
        what = _("Unit “{name}” tidak dikenal.").format(name=text)
        names = {fold(unit.name): unit.name for unit in self.units} if suggest else {}
        near = get_close_matches(fold(text), list(names), n=3, cutoff=0.6)
        if not near:
            return what, _("Tulis kode atau nama unit seperti di daftar unit.")
        suggestion = ", ".join(f"“{names[name]}”" for name in near)
        return what, _("Mungkin maksudnya {names}?").format(names=suggestion)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def index_of(units: Sequence[Unit]) -> UnitIndex:
    """Return the index of ``units``; a code wins over a name, ambiguous names find nothing."""
    names = {unit.id: unit.name for unit in units}
    meanings: dict[str, list[str]] = {}
    for unit in units:
        meanings.setdefault(fold(unit.name), []).append(unit.id)
        if unit.parent is not None:
            full = fold(unit.name + names[unit.parent])
            meanings.setdefault(full, []).append(unit.id)
    found = {key: ids[0] for key, ids in meanings.items() if len(ids) == 1}
    ambiguous = {key: tuple(ids) for key, ids in meanings.items() if len(ids) > 1}
    codes = {fold(unit.id): unit.id for unit in units}
    return UnitIndex(tuple(units), found | codes, ambiguous)


def parents_first(units: Iterable[Unit]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the units with parents before children, and those caught in a circle."""
    waiting = list(units)
    done: dict[str, Unit] = {}
    while True:
        ready = [u for u in waiting if u.parent is None or u.parent in done]
        if not ready:
            return tuple(done.values()), tuple(waiting)
        done.update((u.id, u) for u in ready)
        waiting = [u for u in waiting if u.id not in done]


# ------------------------------------------------------------------ units file


def read_units(
    path: Path,
    problems: Problems,
    *,
    mapping: Columns | None = None,
    limits: Limits | None = None,
) -> tuple[tuple[Unit, ...], list[Guess], list[str]]:
    """Return the tree of a file with kode, nama, kode induk; what is wrong goes to problems."""
    tables, notes = open_tables(path, problems, limits or Limits())
    fields = (CODE, UNIT_NAME, PARENT_CODE, PARENT)
    table = _first_with(tables, fields, problems, path)
    if table is None:
        return (), [], notes
    guesses = guess_columns(table, fields, problems, mapping=mapping)
    columns = {g.field: g.position for g in guesses}
    if UNIT_NAME.id not in columns:
        return (), guesses, notes
    return _tree(table, read_columns(table, columns, problems), problems), guesses, notes


def _first_with(
    tables: Sequence[Table], fields: Sequence[Field], problems: Problems, path: Path
) -> Table | None:
    known = {fold(heading) for field in fields for heading in field.headings}
    found = [t for t in (find_header(t, lambda h: fold(h) in known) for t in tables) if t]
    if tables and not found:
        problems.add(
            _("kolom tidak ditemukan"),
            _("Tidak ada baris judul yang dikenal."),
            _("Beri judul kolom: {titles}.").format(titles=", ".join(f.title for f in fields)),
            file=path.name,
        )
    return found[0] if found else None


def _tree(table: Table, frame: pl.DataFrame, problems: Problems) -> tuple[Unit, ...]:
    units: dict[str, _Row] = {}
    codes: dict[str, int] = {}
    for cells in frame.iter_rows(named=True):
        row, name = cells["row"], cells.get("nama")
        code = cells.get("kode") or name or ""
        if not name:
            what = (_("unit tanpa nama"), _("Nama unit kosong."), _("Isi nama unit."))
            _add(problems, table, row, what)
        elif fold(code) in codes:
            ganda = _("Kode unit “{code}” sudah dipakai di baris {row}.").format(
                code=code, row=codes[fold(code)]
            )
            _add(problems, table, row, (_("unit ganda"), ganda, _("Beri kode yang berbeda.")))
        else:
            codes[fold(code)] = row
            units[code] = _Row(row, name, cells.get("kode_induk") or cells.get("induk"))
    return _linked(table, units, problems)


def _linked(table: Table, units: Mapping[str, _Row], problems: Problems) -> tuple[Unit, ...]:
    index = index_of([Unit(code, unit.name) for code, unit in units.items()])
    linked = []
    for code, unit in units.items():
        parent = index.lookup(unit.parent) if unit.parent else None
        if unit.parent and parent is None:
            trouble = index.trouble(unit.parent, suggest=len(problems.listed) < _SUGGESTED)
            _add(problems, table, unit.row, (_("unit induk tidak dikenal"), *trouble))
        linked.append(Unit(code, unit.name, parent))
    ordered, circle = parents_first(linked)
    for member in circle:
        what = _("Unit “{name}” termasuk dalam lingkaran induk.").format(name=member.name)
        remedy = _("Perbaiki kolom kode induk.")
        _add(problems, table, units[member.id].row, (_("unit melingkar"), what, remedy))
    return ordered


def _add(problems: Problems, table: Table, row: int, problem: tuple[str, str, str]) -> None:
    kind, what, remedy = problem
    problems.add(kind, what, remedy, file=table.file, sheet=table.sheet, row=row)
