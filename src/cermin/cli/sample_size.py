"""``cermin sample-size``: how many respondents are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson, decimal
from cermin.cli.output import page, print_json, print_table
from cermin.core.errors import UserError
from cermin.core.rounding import format_number
from cermin.core.sampling import krejcie_morgan, slovin, target_for_mean, target_for_share
from cermin.intake.roster import read_unit_sizes
from cermin.language import _, active

HELP = _(
    "Hitung jumlah minimum responden menurut Slovin, Krejcie–Morgan, dan sasaran galat, "
    "untuk seluruh instansi atau setiap unit kerja."
)


class UnitSize(msgspec.Struct, frozen=True):
    """Needed respondents of one unit, or of the whole agency."""

    unit: str
    population: int
    slovin: int
    krejcie_morgan: int
    for_share: int
    for_index: int


class SampleSizes(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.sample-size/1"):
    """Answer of ``cermin sample-size --json``."""

    margin: float
    index_margin: float
    sd: float
    agency: UnitSize
    units: list[UnitSize]
    sum_over_units: UnitSize | None


def sizes_of(unit: str, population: int, margin: float, sd: float, index_margin: float) -> UnitSize:
    """Return what each rule asks of ``population`` people."""
    return UnitSize(
        unit=unit,
        population=population,
        slovin=slovin(population, margin=margin),
        krejcie_morgan=krejcie_morgan(population, margin=margin),
        for_share=int(target_for_share(population, margin=margin)),
        for_index=int(target_for_mean(population, sd=sd, margin=index_margin)),
    )


def sample_size(
    *,
    population: Annotated[
        int | None, typer.Argument(help=_("Jumlah pegawai instansi."), min=1)
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help=_("Daftar pegawai; hitung untuk setiap unit kerja."))
    ] = None,
    margin: Annotated[
        float, typer.Option(help=_("Batas kesalahan proporsi (0,05 = 5 %)."), parser=decimal)
    ] = 0.05,
    index_margin: Annotated[
        float,
        typer.Option(help=_("Batas galat indeks yang diinginkan, dalam poin."), parser=decimal),
    ] = 1.0,
    sd: Annotated[
        float,
        typer.Option(help=_("Simpangan baku indeks antarpegawai, dalam poin."), parser=decimal),
    ] = 18.0,
    as_json: AsJson = False,
) -> None:
    if (population is None) == (roster is None):
        raise UserError("Isikan jumlah pegawai atau --roster, salah satu saja.")
    unit_populations = [] if roster is None else read_unit_sizes(roster)
    total = population or sum(people for _unit, people in unit_populations)
    units = [sizes_of(unit, people, margin, sd, index_margin) for unit, people in unit_populations]
    answer = SampleSizes(
        margin=margin,
        index_margin=index_margin,
        sd=sd,
        agency=sizes_of(_("Seluruh instansi"), total, margin, sd, index_margin),
        units=units,
        sum_over_units=_sum_of(units),
    )
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _sum_of(units: list[UnitSize]) -> UnitSize | None:
    if not units:
        return None
    columns = ("population", "slovin", "krejcie_morgan", "for_share", "for_index")
    sums = {column: sum(getattr(unit, column) for unit in units) for column in columns}
    return UnitSize(unit=_("Jumlah bila setiap unit memenuhi sasarannya"), **sums)


def _print(answer: SampleSizes) -> None:
    rows = [answer.agency, *answer.units]
    if answer.sum_over_units is not None:
        rows.append(answer.sum_over_units)
    print_table(
        _("Jumlah minimum responden"),
        [
            _("Unit"),
            _("Pegawai"),
            "Slovin",
            "Krejcie–Morgan",
            _("Proporsi"),
            _("Indeks"),
        ],
        [[row.unit, *(format_number(size, 0, active()) for size in _figures(row))] for row in rows],
        right=range(1, 6),
    )
    page.print(
        _(
            "Slovin, Krejcie–Morgan, dan Proporsi memakai batas kesalahan {margin}; Indeks berarti "
            "indeks dapat diketahui sampai ±{index_margin} poin bila simpangan baku {sd} poin. "
            "Rumus resmi jumlah minimum responden tidak dipublikasikan."
        ).format(
            margin=format_number(answer.margin * 100, 1, active()) + " %",
            index_margin=format_number(answer.index_margin, 1, active()),
            sd=format_number(answer.sd, 1, active()),
        )
    )


def _figures(row: UnitSize) -> tuple[int, ...]:
    return (row.population, row.slovin, row.krejcie_morgan, row.for_share, row.for_index)
