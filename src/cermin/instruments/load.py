"""Loads instruments: shipped ones by id, others by path, as frozen objects of ``core.scheme``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cermin.core.errors import UserError
from cermin.core.scheme import (
    Aspect,
    Band,
    Behaviour,
    Criterion,
    CriterionKind,
    Dimension,
    IndexType,
    Item,
    ItemKind,
    Method,
    MinimumRule,
    Option,
    Questionnaire,
    Scoring,
    Source,
    Text,
    Value,
    ValueSet,
    Worksheet,
)
from cermin.core.votes import VoteOptions
from cermin.instruments.check import check_file, is_published
from cermin.instruments.locate import Document, Problem, read
from cermin.instruments.references import DATA, instrument_path

Instrument = ValueSet | Questionnaire | Worksheet | Method

BERAKHLAK = "nilai-berakhlak-2021"


class InstrumentError(UserError):
    """A file that is not a good instrument; ``problems`` has every mistake in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        told = UserError(  # written as a call of its own so that the catalogue finds the sentence
            "Instrumen {file} memuat {n} kesalahan:\n{listed}",
            file=problems[0].file,
            n=len(problems),
            listed="\n".join(str(problem) for problem in problems),
        )
        super().__init__(told.template, **told.gaps)


def list_instruments() -> tuple[str, ...]:
    """Return the ids of all shipped instruments, sorted."""
    return tuple(sorted(path.stem for path in DATA.glob("*.yaml")))


def load(id_or_path: str | Path, *, near: Path | None = None) -> Instrument:
    """Load any instrument by id, or by path if it is a Path or ends in .yaml.

    An id is sought beside the file ``near`` first, so that a user's method finds the user's
    questionnaire.
    """
    path = _path(id_or_path, near)
    return _load_shipped(path) if path.parent == DATA else _load(path)


@cache
def _load_shipped(path: Path) -> Instrument:
    return _load(path)


def _load(path: Path) -> Instrument:
    document, problems = read(path)
    if document is None or problems or not is_published(path, document.sha256):
        problems = tuple(check_file(path))
    if document is None or problems:
        raise InstrumentError(list(problems))
    return _BUILDERS[document.content["kind"]](document)


def load_value_set(id_or_path: str | Path, *, near: Path | None = None) -> ValueSet:
    """Load a value set."""
    loaded = load(id_or_path, near=near)
    if not isinstance(loaded, ValueSet):
        raise UserError("{id} bukan set nilai.", id=id_or_path)
    return loaded


def load_questionnaire(id_or_path: str | Path, *, near: Path | None = None) -> Questionnaire:
    """Load a questionnaire."""
    loaded = load(id_or_path, near=near)
    if not isinstance(loaded, Questionnaire):
        raise UserError("{id} bukan kuesioner.", id=id_or_path)
    return loaded


def load_worksheet(id_or_path: str | Path, *, near: Path | None = None) -> Worksheet:
    """Load a worksheet."""
    loaded = load(id_or_path, near=near)
    if not isinstance(loaded, Worksheet):
        raise UserError("{id} bukan lembar kerja evaluasi.", id=id_or_path)
    return loaded


def load_method(id_or_path: str | Path, *, near: Path | None = None) -> Method:
    """Load a method."""
    loaded = load(id_or_path, near=near)
    if not isinstance(loaded, Method):
        raise UserError("{id} bukan metode.", id=id_or_path)
    return loaded


def method_for_year(year: int, *, value_set: str = BERAKHLAK) -> Method:
    """Return the shipped method of a year, for the index over ``value_set``.

    A year after the last known method gets that last method, as rules stay in force until they
    change; a year before the first has none.
    """
    methods = [load_method(one) for one in list_instruments() if one.startswith("metode-")]
    suited = [method for method in methods if method.value_set == value_set]
    for method in suited:
        if year in method.years:
            return method
    earlier = [method for method in suited if max(method.years) < year]
    if not earlier:
        raise UserError(
            "Tidak ada metode untuk tahun {year} dengan set nilai {value_set}.",
            year=year,
            value_set=value_set,
        )
    return max(earlier, key=lambda method: max(method.years))


def own_drafts(*instruments: Instrument | None) -> tuple[str, ...]:
    """Return the ids of those that are our own draft, in the given order."""
    return tuple(one.id for one in instruments if one is not None and one.source.own_draft)


def vote_options(questionnaire: Questionnaire) -> VoteOptions:
    """Return the list of a votes questionnaire in the form that ``core.votes`` counts with."""
    current = [item for item in questionnaire.items if item.occasion == "current"]
    if not current:
        raise UserError("Kuesioner {id} tidak berisi pilihan nilai.", id=questionnaire.id)
    options = current[0].options
    areas = [area.id for area in questionnaire.areas]
    return VoteOptions(
        options=tuple(str(option.id) for option in options),
        values={
            dimension.id: tuple(i for i, o in enumerate(options) if o.value == dimension.id)
            for dimension in questionnaire.dimensions
        },
        areas=tuple(None if o.area is None else areas.index(o.area) for o in options),
        n_areas=len(areas),
        positive=tuple(option.tone == "positive" for option in options),
    )


def _path(id_or_path: str | Path, near: Path | None) -> Path:
    if isinstance(id_or_path, Path) or id_or_path.endswith((".yaml", ".yml")):
        return Path(id_or_path)
    found = instrument_path(id_or_path, near)
    if found is None:
        raise UserError(
            "Instrumen {id} tidak ditemukan. Yang tersedia: {known}.",
            id=id_or_path,
            known=", ".join(list_instruments()),
        )
    return found


def _text(row: dict[str, str]) -> Text:
    return Text(row["id"], row["en"])


def _maybe(row: dict[str, str] | None) -> Text | None:
    return None if row is None else _text(row)


def _source(row: dict[str, Any]) -> Source:
    return Source(row["reference"], row["own_draft"], _maybe(row.get("note")))


def _head(document: Document) -> dict[str, Any]:
    content = document.content
    return {
        "id": content["id"],
        "title": _text(content["title"]),
        "source": _source(content["source"]),
        "sha256": document.sha256,
    }


def _value_set(document: Document) -> ValueSet:
    values = tuple(
        Value(
            id=row["id"],
            name=_text(row["name"]),
            meaning=_text(row["meaning"]),
            behaviours=tuple(Behaviour(b["id"], _text(b["text"])) for b in row["behaviours"]),
            maps_to=tuple(row.get("maps_to", ())),
        )
        for row in document.content["values"]
    )
    return ValueSet(**_head(document), values=values, national=document.content.get("national"))


def _dimensions(listed: list[dict[str, Any]]) -> tuple[Dimension, ...]:
    return tuple(Dimension(row["id"], _text(row["name"])) for row in listed)


def _option(row: dict[str, Any]) -> Option:
    tags = {key: row.get(key) for key in ("id", "tone", "value", "behaviour", "area")}
    return Option(code=row["code"], label=_text(row["label"]), **tags)


def _questionnaire(document: Document) -> Questionnaire:
    content = document.content
    lists = {
        row["id"]: tuple(_option(option) for option in row["options"])
        for row in content.get("option_lists", ())
    }
    items = tuple(
        Item(
            id=row["id"],
            kind=ItemKind(row["kind"]),
            text=_text(row["text"]),
            options=lists[row["options"]] if "options" in row else (),
            **{
                key: row.get(key)
                for key in ("dimension", "behaviour", "choose", "weight", "occasion")
            },
        )
        for row in content["items"]
    )
    return Questionnaire(
        **_head(document),
        dimensions=_dimensions(content["dimensions"]),
        items=items,
        minutes=content["minutes"],
        value_set=content.get("value_set"),
        introduction=_maybe(content.get("introduction")),
        areas=_dimensions(content.get("areas", [])),
    )


def _criterion(row: dict[str, Any]) -> Criterion:
    return Criterion(
        id=row["id"],
        text=_text(row["text"]),
        kind=CriterionKind(row["kind"]),
        evidence=_text(row["evidence"]),
        may_be_not_applicable=row.get("may_be_not_applicable", False),
        rubric={answer: _text(text) for answer, text in row.get("rubric", {}).items()},
    )


def _aspects(listed: list[dict[str, Any]]) -> tuple[Aspect, ...]:
    # Weights may be written as shares or as percentages; either way siblings add up to 1.
    unit = 1 if sum(row["weight"] for row in listed) < 50 else 100
    return tuple(
        Aspect(
            id=row["id"],
            name=_text(row["name"]),
            weight=row["weight"] / unit,
            aspects=_aspects(row.get("aspects", [])),
            criteria=tuple(_criterion(c) for c in row.get("criteria", ())),
        )
        for row in listed
    )


def _worksheet(document: Document) -> Worksheet:
    return Worksheet(**_head(document), aspects=_aspects(document.content["aspects"]))


def _band(row: dict[str, Any]) -> Band:
    return Band(row["id"], _text(row["name"]), float(row["lower"]), _maybe(row.get("meaning")))


def _method(document: Document) -> Method:
    content = document.content
    return Method(
        **_head(document),
        years=tuple(content["years"]),
        index_type=IndexType(content["index_type"]),
        scoring=Scoring(content["scoring"]),
        bands=tuple(_band(row) for row in content["bands"]),
        minimum_rule=MinimumRule(content["minimum_rule"]),
        breaks_from=tuple(content["breaks_from"]),
        survey_weight=float(content["survey_weight"]),
        evidence_weight=float(content["evidence_weight"]),
        **{
            key: content[key]
            for key in (
                "questionnaire",
                "worksheet",
                "value_set",
                "decimals",
                "minimum_parameter",
                "threshold",
            )
        },
    )


_BUILDERS: dict[str, Callable[[Document], Instrument]] = {
    "value_set": _value_set,
    "questionnaire": _questionnaire,
    "worksheet": _worksheet,
    "method": _method,
}
