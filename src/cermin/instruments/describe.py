"""Instruments as rows and lines that the command line prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cermin.core.scheme import (
    Aspect,
    Criterion,
    Item,
    ItemKind,
    Method,
    MinimumRule,
    Questionnaire,
    Source,
    Text,
    ValueSet,
    Worksheet,
)
from cermin.instruments.load import Instrument, list_instruments, load
from cermin.language import _


@dataclass(frozen=True)
class TableRow:
    """One shipped instrument in the list of instruments."""

    id: str
    kind: str
    title: str
    own_draft: bool


@dataclass(frozen=True)
class Line:
    """One printed line: how deep it is indented, a short label and the text."""

    depth: int
    label: str
    text: str


def instrument_table(language: str = "id") -> tuple[TableRow, ...]:
    """Return one row for each shipped instrument."""
    loaded = [load(one) for one in list_instruments()]
    return tuple(
        TableRow(one.id, kind_name(one), one.title.in_language(language), one.source.own_draft)
        for one in loaded
    )


def kind_name(instrument: Instrument) -> str:
    """Return the kind of an instrument as a word of the interface language."""
    names = {
        ValueSet: _("set nilai"),
        Questionnaire: _("kuesioner"),
        Worksheet: _("lembar kerja"),
        Method: _("metode"),
    }
    return names[type(instrument)]


def describe(id_or_path: str | Path, language: str = "id") -> tuple[Line, ...]:
    """Return all that an instrument says, its texts in ``language``."""
    loaded = load(id_or_path)
    return (*_head(loaded, language), *_body(loaded, language))


def _head(loaded: Instrument, language: str) -> Iterator[Line]:
    source: Source = loaded.source
    yield Line(0, kind_name(loaded), loaded.title.in_language(language))
    yield Line(1, _("id"), loaded.id)
    yield Line(1, _("acuan"), source.reference)
    if source.own_draft:
        yield Line(1, _("status"), _("rancangan sendiri, bukan instrumen resmi"))
    if source.note is not None:
        yield Line(1, _("catatan"), source.note.in_language(language))
    yield Line(1, "sha256", loaded.sha256)


def _body(loaded: Instrument, language: str) -> Iterator[Line]:
    if isinstance(loaded, ValueSet):
        return _value_set(loaded, language)
    if isinstance(loaded, Questionnaire):
        return _questionnaire(loaded, language)
    if isinstance(loaded, Worksheet):
        return _worksheet(loaded, language)
    return _method(loaded, language)


def _value_set(loaded: ValueSet, language: str) -> Iterator[Line]:
    if loaded.national is not None:
        yield Line(1, _("dipetakan ke"), loaded.national)
    for value in loaded.values:
        yield Line(1, value.id, _pair(value.name, value.meaning, language))
        if value.maps_to:
            yield Line(2, _("mewakili"), ", ".join(value.maps_to))
        for behaviour in value.behaviours:
            yield Line(2, behaviour.id, behaviour.text.in_language(language))


def _pair(name: Text, meaning: Text, language: str) -> str:
    return f"{name.in_language(language)}: {meaning.in_language(language)}"


def _questionnaire(loaded: Questionnaire, language: str) -> Iterator[Line]:
    yield Line(1, _("perkiraan waktu"), _("{minutes} menit").format(minutes=loaded.minutes))
    if loaded.value_set is not None:
        yield Line(1, _("set nilai"), loaded.value_set)
    if loaded.introduction is not None:
        yield Line(1, _("pengantar"), loaded.introduction.in_language(language))
    for dimension in loaded.dimensions:
        yield Line(1, dimension.id, dimension.name.in_language(language))
        for item in loaded.items_of(dimension.id):
            yield from _item(item, 2, language)
    free = [item for item in loaded.items if item.dimension is None]
    if free:
        yield Line(1, _("tanpa dimensi"), _("{n} butir").format(n=len(free)))
    for item in free:
        yield from _item(item, 2, language)


def _item(item: Item, depth: int, language: str) -> Iterator[Line]:
    yield Line(depth, item.id, item.text.in_language(language))
    if item.options:
        labels = [f"{o.code} {o.label.in_language(language)}" for o in item.options]
        yield Line(depth + 1, _answer_kind(item), "; ".join(labels))


def _answer_kind(item: Item) -> str:
    if item.kind is ItemKind.CHOOSE_K:
        return _("pilih tepat {k}").format(k=item.choose)
    return _("pilih satu")


def _worksheet(loaded: Worksheet, language: str) -> Iterator[Line]:
    for aspect in loaded.aspects:
        yield from _aspect(aspect, 1, language)


def _aspect(aspect: Aspect, depth: int, language: str) -> Iterator[Line]:
    weight = _("bobot {weight}").format(weight=_decimal(aspect.weight))
    yield Line(depth, aspect.id, f"{aspect.name.in_language(language)} ({weight})")
    for child in aspect.aspects:
        yield from _aspect(child, depth + 1, language)
    for criterion in aspect.criteria:
        yield from _criterion(criterion, depth + 1, language)


def _criterion(criterion: Criterion, depth: int, language: str) -> Iterator[Line]:
    yield Line(depth, criterion.id, criterion.text.in_language(language))
    yield Line(depth + 1, _("bukti"), criterion.evidence.in_language(language))
    for answer, text in criterion.rubric.items():
        yield Line(depth + 1, answer, text.in_language(language))
    if criterion.may_be_not_applicable:
        yield Line(depth + 1, _("catatan"), _("boleh dinyatakan tidak berlaku"))


def _method(loaded: Method, language: str) -> Iterator[Line]:
    yield Line(1, _("tahun"), ", ".join(str(year) for year in loaded.years))
    yield Line(1, _("kuesioner"), f"{loaded.questionnaire} ({_decimal(loaded.survey_weight)})")
    if loaded.worksheet is not None:
        yield Line(1, _("lembar kerja"), f"{loaded.worksheet} ({_decimal(loaded.evidence_weight)})")
    yield Line(1, _("set nilai"), loaded.value_set)
    yield Line(1, _("jenis indeks"), loaded.index_type.value)
    yield Line(1, _("penghitungan"), loaded.scoring.value)
    yield Line(1, _("desimal"), str(loaded.decimals))
    for band in loaded.bands:
        floor = _("mulai {lower}").format(lower=_decimal(band.lower))
        yield Line(2, band.id, f"{band.name.in_language(language)}, {floor}")
    yield Line(1, _("responden minimum"), _minimum(loaded))
    yield Line(1, _("ambang penyajian"), _("{n} jawaban").format(n=loaded.threshold))
    if loaded.breaks_from:
        yield Line(1, _("tidak sebanding dengan"), ", ".join(loaded.breaks_from))


def _minimum(method: Method) -> str:
    names = {
        MinimumRule.ENTERED: _("diisi oleh penyelenggara"),
        MinimumRule.SLOVIN: _("rumus Slovin"),
        MinimumRule.KREJCIE_MORGAN: _("rumus Krejcie-Morgan"),
        MinimumRule.NONE: _("tanpa minimum"),
    }
    name = names[method.minimum_rule]
    if method.minimum_parameter is None:
        return name
    return f"{name} ({_decimal(method.minimum_parameter)})"


def _decimal(value: float) -> str:
    return f"{value:g}".replace(".", ",")
