"""Meaning rules across files: what an instrument names must exist and fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

from cermin.instruments.locate import Document, Path, Problem, read
from cermin.instruments.rules import ids, rows, strings
from cermin.language import _

DATA = FilePath(str(resources.files("cermin.instruments"))) / "data"


def instrument_path(instrument_id: str, near: FilePath | None = None) -> FilePath | None:
    """Return the file of an instrument: beside ``near`` first, then among the shipped ones."""
    folders = [DATA] if near is None else [near.parent, DATA]
    for folder in folders:
        candidate = folder / f"{instrument_id}.yaml"
        if candidate.is_file():
            return candidate
    return None


@cache
def _shipped(path: FilePath) -> Any:
    document, _problems = read(path)
    return None if document is None else document.content


def _content(path: FilePath) -> Any:
    if path.parent == DATA:
        return _shipped(path)
    document, _problems = read(path)
    return None if document is None else document.content


def _named(document: Document, wanted: Any, kind: str) -> dict[str, Any] | None:
    """Return the content of the instrument that ``document`` names, if it exists."""
    if not isinstance(wanted, str):
        return None
    path = instrument_path(wanted, FilePath(document.file))
    content = None if path is None else _content(path)
    return content if isinstance(content, dict) and content.get("kind") == kind else None


def _missing(document: Document, path: Path, wanted: Any, kind: str) -> Iterator[Problem]:
    if isinstance(wanted, str) and _named(document, wanted, kind) is None:
        what = _("Instrumen {id} (jenis {kind}) tidak ditemukan.").format(id=wanted, kind=kind)
        mend = _("Betulkan id-nya, atau taruh berkasnya di folder yang sama.")
        yield document.problem(path, "unknown_instrument", what, mend)


def _unknown(
    document: Document, path: Path, wanted: Any, known: set[str], rule: str
) -> Iterator[Problem]:
    if isinstance(wanted, str) and wanted not in known:
        what = _("{id} tidak ada dalam set nilai.").format(id=wanted)
        mend = _("Pilih salah satu: {ids}.").format(ids=", ".join(sorted(known)) or "-")
        yield document.problem(path, rule, what, mend)


def value_set(document: Document) -> Iterator[Problem]:
    """A local set maps to existing national values and covers them all."""
    wanted = document.content.get("national")
    yield from _missing(document, ("national",), wanted, "value_set")
    national = _named(document, wanted, "value_set")
    if national is None:
        return
    known, covered = ids(rows(national, "values")), set()
    for path, value in rows(document.content, "values"):
        for at, target in strings(value, "maps_to", path):
            covered.add(target)
            yield from _unknown(document, at, target, known, "unknown_value")
    if known - covered:
        what = _("Nilai nasional belum terwakili: {ids}.").format(
            ids=", ".join(sorted(known - covered))
        )
        mend = _("Petakan setiap nilai nasional pada sedikitnya satu nilai daerah.")
        yield document.problem(("values",), "mapping_covers", what, mend)


def questionnaire(document: Document) -> Iterator[Problem]:
    """Dimensions, behaviours and vote options exist in the value set."""
    content = document.content
    yield from _missing(document, ("value_set",), content.get("value_set"), "value_set")
    named = _named(document, content.get("value_set"), "value_set")
    values = rows(named, "values")
    behaviours = ids([row for path, value in values for row in rows(value, "behaviours", path)])
    listed = rows(content, "option_lists")
    options = [row for path, one in listed for row in rows(one, "options", path)]
    for path, row in rows(content, "items") + options:
        yield from _unknown(
            document, (*path, "behaviour"), row.get("behaviour"), behaviours, "unknown_behaviour"
        )
        yield from _unknown(
            document, (*path, "value"), row.get("value"), ids(values), "unknown_value"
        )
    for path, row in rows(content, "dimensions") if named else []:
        yield from _unknown(document, (*path, "id"), row.get("id"), ids(values), "unknown_value")


def worksheet(document: Document) -> Iterator[Problem]:
    """A worksheet names no other instrument."""
    del document
    return iter(())


def method(document: Document) -> Iterator[Problem]:
    """A method names existing instruments that fit together, and years of its own."""
    content = document.content
    for kind in ("questionnaire", "worksheet", "value_set"):
        yield from _missing(document, (kind,), content.get(kind), kind)
    for path, wanted in strings(content, "breaks_from"):
        yield from _missing(document, path, wanted, "method")
    named = _named(document, content.get("questionnaire"), "questionnaire")
    if named is not None:
        yield from _scoring(document, named)
        yield from _measured(document, named)
    yield from _years(document)


def _scoring(document: Document, named: dict[str, Any]) -> Iterator[Problem]:
    votes = any(row.get("kind") == "choose_k" for _path, row in rows(named, "items"))
    if votes != (document.content.get("scoring") == "share_of_votes"):
        what = _("Cara menghitung tidak cocok dengan jenis butir kuesioner.")
        mend = _("share_of_votes hanya untuk butir choose_k; yang lain memakai persen.")
        yield document.problem(("scoring",), "scoring_fits", what, mend)


def _measured(document: Document, named: dict[str, Any]) -> Iterator[Problem]:
    values = _named(document, document.content.get("value_set"), "value_set")
    missing = ids(rows(values, "values")) - ids(rows(named, "dimensions"))
    if missing:
        what = _("Kuesioner tidak mengukur nilai: {ids}.").format(ids=", ".join(sorted(missing)))
        mend = _("Pilih kuesioner yang memiliki dimensi untuk setiap nilai.")
        yield document.problem(("questionnaire",), "value_measured", what, mend)


def _years(document: Document) -> Iterator[Problem]:
    content, years = document.content, document.content.get("years")
    if not isinstance(years, list):
        return
    taken: dict[int, str] = {}
    for other in _other_methods(document):
        if other.get("value_set") == content.get("value_set") and isinstance(other["years"], list):
            taken |= {year: str(other.get("id")) for year in other["years"] if type(year) is int}
    for index, year in enumerate(years):
        owner = taken.get(year) if type(year) is int else None
        owner = content.get("id") if year in years[:index] else owner
        if owner is not None:
            what = _("Tahun {year} sudah dimiliki metode {id}.").format(year=year, id=owner)
            mend = _("Satu tahun hanya memakai satu metode untuk indeks yang sama.")
            yield document.problem(("years", index), "year_taken", what, mend)


def _other_methods(document: Document) -> Iterator[dict[str, Any]]:
    own = FilePath(document.file)
    found = {path.name: path for path in sorted(DATA.glob("metode-*.yaml"))}
    found |= {path.name: path for path in sorted(own.parent.glob("metode-*.yaml"))}
    for name, path in found.items():
        content = _content(path) if name != own.name else None
        if isinstance(content, dict) and content.get("kind") == "method" and "years" in content:
            yield content


REFERENCES: dict[str, Callable[[Document], Iterator[Problem]]] = {
    "value_set": value_set,
    "questionnaire": questionnaire,
    "worksheet": worksheet,
    "method": method,
}
