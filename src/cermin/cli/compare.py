"""``cermin compare``: two years beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import page, print_json, print_table
from cermin.core.change import MethodIdentity
from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.core.rounding import format_number
from cermin.instruments.load import load_method, method_for_year
from cermin.language import _, active
from cermin.reports.comparison import (
    Comparison,
    PublishedIndex,
    compare_published,
    compare_results,
)
from cermin.reports.result_file import read_result
from cermin.reports.sentences import change_word

HELP = _(
    "Bandingkan dua tahun: dua berkas hasil, atau dua angka yang dipublikasikan beserta tahunnya "
    "(contoh: cermin compare 62,1 61,1 --year-before 2022 --year-after 2023)."
)


class CompareAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.compare/1"):
    """Answer of ``cermin compare --json``."""

    comparison: Comparison


def compare(
    before: Annotated[str, typer.Argument(help=_("Berkas hasil (JSON) atau angka indeks."))],
    after: Annotated[str, typer.Argument(help=_("Berkas hasil (JSON) atau angka indeks."))],
    *,
    year_before: Annotated[int | None, typer.Option(help=_("Tahun angka pertama."))] = None,
    year_after: Annotated[int | None, typer.Option(help=_("Tahun angka kedua."))] = None,
    n_before: Annotated[int | None, typer.Option(help=_("Jumlah responden pertama."))] = None,
    n_after: Annotated[int | None, typer.Option(help=_("Jumlah responden kedua."))] = None,
    population: Annotated[int | None, typer.Option(help=_("Jumlah pegawai instansi."))] = None,
    type_before: Annotated[
        str | None,
        typer.Option(help=_("Jenis indeks pertama: implementation, total_culture_health, ...")),
    ] = None,
    type_after: Annotated[str | None, typer.Option(help=_("Jenis indeks kedua."))] = None,
    as_json: AsJson = False,
) -> None:
    if _is_number(before) and _is_number(after):
        comparison = compare_published(
            _published(before, year_before, n_before, population, type_before),
            _published(after, year_after, n_after, population, type_after),
            language=active(),
        )
    else:
        comparison = compare_results(_result(before), _result(after), language=active())
    if as_json:
        print_json(CompareAnswer(comparison))
    else:
        _print(comparison)


def _is_number(text: str) -> bool:
    return text.replace(",", "", 1).replace(".", "", 1).isdigit()


def _result(text: str) -> IndexResult:
    if _is_number(text):
        raise UserError("Bandingkan dua berkas hasil atau dua angka, bukan campurannya.")
    return read_result(Path(text))


def _published(
    text: str, year: int | None, n: int | None, population: int | None, index_type: str | None
) -> PublishedIndex:
    if year is None:
        raise UserError("Sebutkan --year-before dan --year-after: tahun menentukan metode.")
    index = float(text.replace(",", "."))
    if not 0 <= index <= 100:
        raise UserError("Indeks {index} tidak di antara 0 dan 100.", index=text)
    method = load_method(method_for_year(year).id)
    identity = MethodIdentity(
        index_type or method.index_type.value, method.id, tuple(method.breaks_from)
    )
    return PublishedIndex(year=year, index=index, identity=identity, n=n, population=population)


def _print(comparison: Comparison) -> None:
    for sentence in comparison.sentences:
        page.print(sentence)
    if comparison.comparable and comparison.changes:
        print_table(
            "",
            [_("Indeks"), _("Selisih"), "95 %", _("Kesimpulan")],
            [
                [
                    change.subject,
                    _number(change.difference),
                    f"{_number(change.low)} … {_number(change.high)}",
                    change_word(change.verdict) if change.verdict else "–",
                ]
                for change in comparison.changes
            ],
            right=(1,),
        )


def _number(x: float | None) -> str:
    return "–" if x is None else format_number(x, 1, active())
