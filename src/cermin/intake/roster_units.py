"""Whose unit is which: by the units file, or by a tree made from the roster's own columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import polars as pl

from cermin.core.population import Unit
from cermin.intake.headings import UNIT, fold
from cermin.intake.problems import Problems
from cermin.intake.units import UnitIndex, index_of
from cermin.language import _

NAMED = 10  # units that a note names
_NAMES = ["kode_unit", "unit", "induk"]
Place = tuple[str | None, str | None, str | None]  # code, name, parent's name


def assign_units(
    people: pl.DataFrame,
    units: Sequence[Unit],
    problems: Problems,
    notes: list[str],
    file: str,
) -> tuple[tuple[Unit, ...], pl.DataFrame]:
    """Return the tree, and ``people`` with the id of their unit in ``unit``.

    Rows whose unit is missing or unknown become problems and lose their unit.
    """
    places = _places(people)
    if units:
        index = index_of(units)
        tree, meaning = tuple(units), _by_index(places, index)
        notes += _notes_on_parents(people, meaning, index, file)
    else:
        if _parent_says_nothing(places):
            notes.append(
                _("{file}: semua pegawai berinduk sama, jadi kolom induk tidak dipakai.").format(
                    file=file
                )
            )
            people = people.with_columns(pl.lit(None, pl.String).alias("induk"))
            places = _places(people)
        tree, meaning = _made_tree(places)
        _report_two_levels(places, problems, file)
    keys = pl.DataFrame(
        [(*place, unit) for place, unit in meaning.items()],
        schema=[*_NAMES, "unit_id"],
        schema_overrides=dict.fromkeys([*_NAMES, "unit_id"], pl.String),
        orient="row",
    )
    people = people.join(keys, on=_NAMES, how="left", nulls_equal=True, maintain_order="left")
    _report_unplaced(people, index_of(tree), problems, file)
    return tree, people.with_columns(pl.col("unit_id").alias("unit")).drop("unit_id")


def _by_index(places: Iterable[Place], index: UnitIndex) -> dict[Place, str | None]:
    """Match by code, then name, then name within its parent, then the parent itself.

    SIASN names the smallest unit; an agency whose units are its offices lists only the parents.
    A name that is nearly one of the units is a slip, and no smaller unit: it is not matched.
    """
    return {
        (code, name, parent): _first_found(
            (code, name, (name or "") + (parent or ""), _above(name, parent, index)), index
        )
        for code, name, parent in places
    }


def _first_found(texts: Iterable[str | None], index: UnitIndex) -> str | None:
    return next((found for text in texts if text and (found := index.lookup(text))), None)


def _above(name: str | None, parent: str | None, index: UnitIndex) -> str | None:
    return None if name and index.is_slip(name) else parent


def _notes_on_parents(
    people: pl.DataFrame, meaning: dict[Place, str | None], index: UnitIndex, file: str
) -> list[str]:
    """Name the units that the units file lacks and whose people count in the unit above."""
    counts = {(code, name, parent): n for code, name, parent, n in
              people.group_by(_NAMES).len().rows()}  # fmt: skip
    absorbed = sorted(
        (name, counts[code, name, parent])
        for (code, name, parent), unit in meaning.items()
        if unit and name and not _first_found((code, name, name + (parent or "")), index)
    )
    if not absorbed:
        return []
    listed = "; ".join(f"{name} ({n})" for name, n in absorbed[:NAMED])
    more = "; …" if len(absorbed) > NAMED else ""
    return [
        _("{file}: {n} unit tidak ada di berkas unit; pegawainya dihitung di unit induk: {units}.")
        .format(file=file, n=len(absorbed), units=listed + more)
    ]  # fmt: skip


def _parent_says_nothing(places: Iterable[Place]) -> bool:
    """Whether everybody has the same parent and nobody works in it directly."""
    places = list(places)
    parents = {fold(parent or "") for _code, _name, parent in places}
    names = {fold(name or "") for _code, name, _parent in places}
    return len(parents) == 1 and "" not in parents and not parents & names and "" not in names


def _made_tree(places: Sequence[Place]) -> tuple[tuple[Unit, ...], dict[Place, str | None]]:
    parents: dict[str, Unit] = {}
    children: dict[str, Unit] = {}
    meaning: dict[Place, str | None] = {}
    for place in places:
        code, name, parent = place
        above = None
        if parent:
            above = parents.setdefault(fold(parent), Unit(slug(parent), parent)).id
        label = name or code
        if not label or (code is None and fold(label) == fold(parent or "")):
            meaning[place] = above
        else:
            own = code or (f"{above}.{slug(label)}" if above else slug(label))
            known = parents if above is None and code is None else children
            key = fold(label) if known is parents else own
            meaning[place] = known.setdefault(key, Unit(own, label, above)).id
    by_name = [
        sorted(known.values(), key=lambda u: (u.name, u.id)) for known in (parents, children)
    ]
    return (*by_name[0], *by_name[1]), meaning


def _report_two_levels(places: Iterable[Place], problems: Problems, file: str) -> None:
    """A parent that itself has a parent needs a units file: names alone do not make a tree."""
    places = list(places)
    parents = {fold(parent) for _code, _name, parent in places if parent}
    deep = {
        name
        for _code, name, parent in places
        if name and parent and fold(name) in parents and fold(name) != fold(parent)
    }
    for name in sorted(deep):
        problems.add(
            _("pohon unit tidak jelas"),
            _("“{name}” tertulis sebagai unit di bawah induk dan juga sebagai induk.").format(
                name=name
            ),
            _("Sertakan berkas unit (kode, nama, kode induk) dengan --units."),
            file=file,
        )


def _report_unplaced(people: pl.DataFrame, index: UnitIndex, problems: Problems, file: str) -> None:
    lost = people.filter(pl.col("unit_id").is_null())
    trouble = lru_cache(maxsize=None)(index.trouble)  # many people share an unknown unit
    for sheet, row, code, name, parent in lost.select("sheet", "row", *_NAMES).rows():
        text = name or code or parent
        if text is None:
            what = _("Unit kerja kosong.")
            remedy = _("Isi unit; untuk sel gabungan (merge), pisahkan lalu isi setiap baris.")
            kind = _("unit kosong")
        else:
            kind = _("unit tidak dikenal")
            what, remedy = trouble(text)
        problems.add(kind, what, remedy, file=file, sheet=sheet, row=row, column=UNIT.title)


def slug(name: str) -> str:
    """Return a code made from a name: "Dinas Kesehatan" -> "dinas-kesehatan"."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "unit"


def _places(people: pl.DataFrame) -> list[Place]:
    """Return the places, most people first: the usual spelling names the unit."""
    counted = people.group_by(_NAMES).len().sort("len", *_NAMES, descending=[True] + [False] * 3)
    return [(code, name, parent) for code, name, parent, _n in counted.rows()]
