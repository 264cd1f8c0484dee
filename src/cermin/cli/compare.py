"""``cermin compare``: two years beside each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson, decimal
from cermin.cli.output import page, print_json, print_table
from cermin.core.change import MethodIdentity
from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.core.rounding import format_number
from cermin.core.scheme import IndexType
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
    n_before: Annotated[
        int | None, typer.Option(help=_("Jumlah responden pada angka pertama."), min=1)
    ] = None,
    n_after: Annotated[
        int | None, typer.Option(help=_("Jumlah responden pada angka kedua."), min=1)
    ] = None,
    population: Annotated[
        int | None, typer.Option(help=_("Jumlah pegawai instansi pada kedua tahun."), min=1)
    ] = None,
    type_before: Annotated[
        IndexType | None,
        typer.Option(help=_("Jenis indeks pertama; bawaan menurut metode tahunnya.")),
    ] = None,
    type_after: Annotated[
        IndexType | None,
        typer.Option(help=_("Jenis indeks kedua; bawaan menurut metode tahunnya.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    about_numbers = (
        year_before,
        year_after,
        n_before,
        n_after,
        population,
        type_before,
        type_after,
    )
    if _is_number(before) and _is_number(after):
        comparison = _of_numbers(
            _published(before, year_before, n_before, population, type_before),
            _published(after, year_after, n_after, population, type_after),
        )
    elif any(one is not None for one in about_numbers) and not (
        _is_number(before) or _is_number(after)
    ):
        raise UserError(
            "Berkas hasil sudah memuat tahun, responden, dan jenis indeks; hapus pilihan itu."
        )
    else:
        comparison = _of_results(_result(before), _result(after))
    if as_json:
        print_json(CompareAnswer(comparison))
    else:
        _print(comparison)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]+([.,][0-9]+)?", text) is not None


def _of_numbers(one: PublishedIndex, other: PublishedIndex) -> Comparison:
    if one.year == other.year:
        raise UserError("Kedua angka dari tahun yang sama ({year}).", year=one.year)
    earlier, later = sorted((one, other), key=lambda published: published.year)
    return compare_published(earlier, later, language=active())


def _of_results(one: IndexResult, other: IndexResult) -> Comparison:
    if one.agency != other.agency:
        raise UserError(
            "Kedua hasil dari instansi yang berbeda: {one} dan {other}.",
            one=one.agency_name,
            other=other.agency_name,
        )
    if one.year == other.year:
        raise UserError("Kedua hasil dari tahun yang sama ({year}).", year=one.year)
    return compare_results(one, other, language=active())


def _result(text: str) -> IndexResult:
    if _is_number(text):
        raise UserError("Bandingkan dua berkas hasil atau dua angka, bukan campurannya.")
    return read_result(Path(text))


def _published(
    text: str, year: int | None, n: int | None, population: int | None, index_type: IndexType | None
) -> PublishedIndex:
    if year is None:
        raise UserError("Sebutkan --year-before dan --year-after: tahun menentukan metode.")
    index = decimal(text)
    if not 0 <= index <= 100:
        raise UserError("Indeks {index} tidak di antara 0 dan 100.", index=text)
    method = load_method(method_for_year(year).id)
    identity = MethodIdentity(
        (index_type or method.index_type).value, method.id, tuple(method.breaks_from)
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
                    _signed(change.difference),
                    f"{_signed(change.low)} … {_signed(change.high)}",
                    change_word(change.verdict) if change.verdict else "–",
                ]
                for change in comparison.changes
            ],
            right=(1,),
        )


def _signed(x: float | None) -> str:
    if x is None:
        return "–"
    sign = "+" if x > 0 else "−" if x < 0 else ""
    return sign + format_number(abs(x), 1, active())
