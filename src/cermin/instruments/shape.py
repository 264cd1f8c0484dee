"""Checks the shape of an instrument against its JSON Schema and says so in Indonesian."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cermin.instruments.locate import Document, Problem
from cermin.language import _

KINDS = ("value_set", "questionnaire", "worksheet", "method")


@cache
def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of instrument."""
    file = resources.files("cermin.instruments") / "schema" / f"{kind}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind))


def shape_problems(document: Document) -> Iterator[Problem]:
    """Yield every departure from the schema of the document's kind."""
    content = document.content
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind not in KINDS:
        what = _("Jenis instrumen tidak dikenal: {kind}.").format(kind=kind)
        mend = _("Tulis kind: salah satu dari {kinds}.").format(kinds=", ".join(KINDS))
        yield document.problem(("kind",), "kind", what, mend)
        return
    for error in _validator(kind).iter_errors(content):
        yield from _in_words(document, error)


def _in_words(document: Document, error: ValidationError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "additionalProperties":
        known = cast(dict[str, Any], error.schema)["properties"]
        for key in [k for k in cast(dict[str, Any], error.instance) if k not in known]:
            what = _("Kunci {key} tidak dikenal.").format(key=key)
            mend = _("Kunci yang boleh: {keys}.").format(keys=", ".join(known))
            yield document.problem((*path, key), "unknown_key", what, mend)
        return
    what, mend = _sentences(keyword, error)
    yield document.problem(path, _RULES[keyword], what, mend)


_RULES = {
    "required": "missing_key",
    "type": "type",
    "enum": "not_in_list",
    "pattern": "pattern",
    "minItems": "too_few",
    "maxItems": "too_many",
    "maxLength": "too_long",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "exclusiveMinimum": "out_of_range",
}


def _sentences(keyword: str, error: ValidationError) -> tuple[str, str]:
    limit: Any = error.validator_value
    if keyword == "required":
        missing = error.message.split("'")[1]
        return (
            _("Kunci {key} belum ada.").format(key=missing),
            _("Tambahkan {key} di sini.").format(key=missing),
        )
    if keyword == "enum":
        listed = ", ".join(str(choice) for choice in limit)
        return (
            _("Isi {value} tidak dikenal.").format(value=_short(error.instance)),
            _("Pilih salah satu: {choices}.").format(choices=listed),
        )
    what = _("Isi {value} tidak sesuai.").format(value=_short(error.instance))
    return what, _mend(keyword, limit)


def _mend(keyword: str, limit: Any) -> str:
    if keyword == "type":
        names = [limit] if isinstance(limit, str) else limit
        return _("Yang diminta: {types}.").format(types=", ".join(_type(n) for n in names))
    if keyword == "pattern" and limit == "\\S":
        return _("Isinya tidak boleh kosong.")
    sentences = {
        "pattern": _("Pakai huruf kecil, angka, dan pemisah saja (pola {limit})."),
        "minItems": _("Paling sedikit {limit} butir."),
        "maxItems": _("Paling banyak {limit} butir."),
        "maxLength": _("Paling panjang {limit} huruf."),
        "minimum": _("Paling kecil {limit}."),
        "maximum": _("Paling besar {limit}."),
        "exclusiveMinimum": _("Harus lebih besar daripada {limit}."),
    }
    return sentences[keyword].format(limit=limit)


def _type(name: str) -> str:
    names = {
        "string": _("teks"),
        "integer": _("bilangan bulat"),
        "number": _("bilangan"),
        "boolean": _("true atau false"),
        "array": _("daftar"),
        "object": _("kelompok kunci"),
        "null": _("null"),
    }
    return names[name]


def _short(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 40 else shown[:37] + "..."
