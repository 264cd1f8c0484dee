"""``cermin index``: roster + answers + evidence -> index."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cermin.cli.files import written_whole
from cermin.cli.options import AsJson, Output, decimal
from cermin.cli.output import notes, page, print_json, print_table, reason_of, step, steps
from cermin.computation.index import (
    Choices,
    Instruments,
    check_choices,
    compute,
    instruments_for,
    result_name,
    snapshot_name,
)
from cermin.core.errors import UserError
from cermin.core.result import Category, Estimate, IndexResult
from cermin.core.rounding import format_number
from cermin.core.scheme import MinimumRule
from cermin.intake.inputs import Agency, InputFiles, Inputs, read_inputs
from cermin.intake.mapping import write_mapping
from cermin.intake.problems import BadInput
from cermin.intake.roster_units import slug
from cermin.language import _, active

HELP = _(
    "Hitung Indeks BerAKHLAK dari daftar pegawai, jawaban survei, dan nilai bukti dukung. "
    "Menulis snapshot jawaban dan berkas hasil ke folder keluaran; bila ada masalah dalam berkas, "
    "semuanya ditampilkan dalam satu tabel dan tidak ada yang ditulis."
)
STEPS = 4


class AgencyClass(StrEnum):
    """Kinds of agencies that are ranked among themselves."""

    KEMENTERIAN = "kementerian"
    LEMBAGA = "lembaga"
    PROVINSI = "provinsi"
    KABUPATEN = "kabupaten"
    KOTA = "kota"


Mapping = Annotated[Path | None, typer.Option(help=_("Berkas pemetaan kolom (YAML) yang dipakai."))]
SavedMapping = Annotated[
    Path | None, typer.Option(help=_("Tulis pemetaan kolom yang ditebak ke berkas ini."))
]
Problems = Annotated[
    Path | None,
    typer.Option(help=_("Bila berkas bermasalah, tulis daftarnya ke sini (xlsx, csv, txt).")),
]
# What a yearly cycle may ask for beyond its method.
Minimum = Annotated[
    int | None,
    typer.Option(help=_("Minimum responden yang ditetapkan untuk instansi ini."), min=1),
]
MinimumByRule = Annotated[
    MinimumRule | None, typer.Option(help=_("Aturan minimum responden; bawaan menurut metode."))
]
Margin = Annotated[
    float | None,
    typer.Option(help=_("Batas kesalahan aturan minimum, misalnya 0.05."), parser=decimal),
]
Threshold = Annotated[
    int | None,
    typer.Option(help=_("Ambang penyajian yang lebih tinggi daripada ambang metode."), min=1),
]


def index(
    *,
    roster: Annotated[Path, typer.Option(help=_("Daftar pegawai (SIASN atau templat)."))],
    answers: Annotated[
        Path,
        typer.Option(help=_("Jawaban: templat, Google Forms, LimeSurvey, atau KoboToolbox.")),
    ],
    year: Annotated[int, typer.Option(help=_("Tahun evaluasi."), min=2000, max=2100)],
    agency: Annotated[str, typer.Option(help=_("Nama instansi."))],
    evidence: Annotated[
        Path | None, typer.Option(help=_("Lembar kerja bukti dukung yang sudah dinilai."))
    ] = None,
    units: Annotated[
        Path | None, typer.Option(help=_("Pohon unit kerja: kode, nama, kode induk."))
    ] = None,
    mapping: Mapping = None,
    save_mapping: SavedMapping = None,
    problems: Problems = None,
    method: Annotated[
        str | None, typer.Option(help=_("Kode atau berkas metode; bawaan menurut tahun."))
    ] = None,
    agency_class: Annotated[
        AgencyClass | None, typer.Option(help=_("Kelas instansi; pemeringkatan menurut kelas."))
    ] = None,
    minimum: Minimum = None,
    minimum_rule: MinimumByRule = None,
    margin: Margin = None,
    threshold: Threshold = None,
    breakdown: Annotated[
        str | None,
        typer.Option(help=_("Satu rincian: jenis_pegawai atau jenis_kelamin.")),
    ] = None,
    without_evidence: Annotated[
        bool, typer.Option("--without-evidence", help=_("Hitung tanpa nilai bukti dukung."))
    ] = False,
    output: Output = Path("hasil"),
    as_json: AsJson = False,
) -> None:
    choices = Choices(
        minimum=minimum, crossing=breakdown, without_evidence=without_evidence,
        threshold=threshold, minimum_rule=minimum_rule, margin=margin,
    )  # fmt: skip
    files = InputFiles(roster, answers, evidence, units, mapping)
    who = Agency(_code(agency), agency, agency_class or "", year)
    with steps(STEPS) as bar, written_whole(output) as scratch:
        step(bar, _("Membaca berkas"))
        instruments = instruments_for(year, method)
        check_choices(instruments, choices, evidence=evidence is not None)
        inputs = _read(files, who, instruments, problems)
        result = compute(inputs, instruments, choices, folder=scratch, told=partial(step, bar))
        if save_mapping is not None:
            _save_mapping(save_mapping, files, inputs)
    show_reading(inputs)
    if as_json:
        print_json(result)
    else:
        show_result(result, instruments)
        page.print(_("Snapshot: {path}").format(path=output / snapshot_name(result)))
        page.print(_("Hasil: {path}").format(path=output / result_name(result)))


def _code(agency: str) -> str:
    if not re.search("[a-z0-9]", agency.casefold()):
        raise UserError("Isikan nama instansi pada --agency.")
    return slug(agency)


def _read(
    files: InputFiles, agency: Agency, instruments: Instruments, problems: Path | None
) -> Inputs:
    try:
        return read_inputs(
            files,
            agency=agency,
            questionnaire=instruments.questionnaire,
            worksheet=instruments.worksheet,
        )
    except BadInput as error:
        if problems is not None:
            _write_problems(error, problems)
        raise


def _write_problems(error: BadInput, path: Path) -> None:
    try:
        error.report.write(path)
    except OSError as refused:  # the list on the screen matters more
        notes.print(reason_of(refused))
    else:
        notes.print(_("Daftar masalah: {path}").format(path=path))


def _save_mapping(path: Path, files: InputFiles, inputs: Inputs) -> None:
    kinds = {
        "roster": files.roster,
        "answers": files.answers,
        "evidence": files.evidence,
        "units": files.units,
    }
    given = {kind: file for kind, file in kinds.items() if file is not None}
    if len({file.name for file in given.values()}) < len(given):
        raise UserError("Beri nama yang berbeda kepada setiap berkas agar --save-mapping jelas.")
    for kind, file in given.items():
        write_mapping([one for one in inputs.guesses if one.file == file.name], kind, path)


def show_reading(inputs: Inputs) -> None:
    """Show on stderr which column was taken for what, and all that was left out."""
    rows = [
        f"  {' '.join(filter(None, (guess.file, guess.sheet, guess.column)))} "
        f"“{guess.heading}” → {guess.field} ({guess.reason})"
        for guess in inputs.guesses
    ]
    notes.print(_("Kolom yang dibaca:"))
    for row in [*rows, *inputs.notes]:
        notes.print(row)
    for status, n in inputs.excluded.items():
        notes.print(
            _("{n} pegawai dengan kedudukan hukum {status} tidak dihitung.").format(
                n=n, status=status
            )
        )


def show_result(result: IndexResult, instruments: Instruments) -> None:
    """Print index, category, response and the seven values."""
    rows = [
        _row(
            value.name_en if active() == "en" else value.name_id,
            value.estimate,
            value.category,
            result,
        )
        for value in result.values
    ]
    rows += [
        _row(_("Indeks survei"), result.total, result.total_category, result),
        _row(_("Indeks akhir"), result.headline, result.headline_category, result),
    ]
    title = instruments.method.title.in_language(active())
    print_table(
        f"{result.agency_name} {result.year} – {title}",
        [_("Nilai"), _("Indeks"), "95 %", _("Kategori")],
        rows,
        right=(1,),
    )
    page.print(_response(result))
    if result.provenance.own_drafts:
        page.print(
            _("Rancangan Cermin sendiri, bukan instrumen resmi: {ids}").format(
                ids=", ".join(result.provenance.own_drafts)
            )
        )


def _row(
    name: str, estimate: Estimate, category: Category | None, result: IndexResult
) -> list[str]:
    band = "–" if category is None else category.band
    return [name, _figure(estimate, result), _interval(estimate, result), band]


def _response(result: IndexResult) -> str:
    sentence = _("{n} dari {population} pegawai menjawab ({percent} %).").format(
        n=format_number(result.n, 0, active()),
        population=format_number(result.population, 0, active()),
        percent=format_number(100 * result.n / max(result.population, 1), 1, active()),
    )
    if result.minimum_met is False:
        sentence += " " + _("Belum memenuhi minimum responden ({minimum}).").format(
            minimum=format_number(result.minimum or 0, 0, active())
        )
    return sentence


def _figure(estimate: Estimate, result: IndexResult) -> str:
    text = format_number(estimate.index, result.decimals, active())
    prefix = {"": "", "at_least": "≥ ", "at_most": "≤ "}[estimate.coded]
    return prefix + text


def _interval(estimate: Estimate, result: IndexResult) -> str:
    if estimate.low is None or estimate.high is None:
        return "–"
    low, high = (
        format_number(bound, result.decimals, active()) for bound in (estimate.low, estimate.high)
    )
    return f"{low}–{high}"
