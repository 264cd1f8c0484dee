"""``cermin template``: empty XLSX files to fill in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import page, print_json
from cermin.computation.index import Instruments, instruments_for
from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.intake.problems import Problems
from cermin.intake.templates import write_template
from cermin.intake.units import read_units
from cermin.language import _

HELP = _(
    "Tulis templat XLSX kosong dengan daftar pilihan: daftar pegawai (roster), unit kerja "
    "(units), jawaban (answers), atau lembar kerja bukti dukung (evidence)."
)


class Kind(StrEnum):
    """What the template is for."""

    ROSTER = "roster"
    UNITS = "units"
    ANSWERS = "answers"
    EVIDENCE = "evidence"


class TemplateAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.template/1"):
    """Answer of ``cermin template --json``."""

    file: str


def template(
    kind: Annotated[Kind, typer.Argument(help=_("roster, units, answers, atau evidence."))],
    *,
    year: Annotated[
        int,
        typer.Option(help=_("Tahun; menentukan kuesioner dan lembar kerja."), min=2000, max=2100),
    ],
    method: Annotated[str | None, typer.Option(help=_("Kode atau berkas metode."))] = None,
    units: Annotated[
        Path | None, typer.Option(help=_("Berkas unit kerja; wajib untuk evidence."))
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=_("Berkas XLSX yang ditulis."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    path = output or Path(f"templat-{kind.value}-{year}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise UserError("Nama templat {path} harus berakhir .xlsx.", path=path)
    instruments = instruments_for(year, method)
    if kind is Kind.EVIDENCE:
        _check_evidence(instruments, units)
    listed = () if units is None else _units(units)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, kind, listed, instruments)
    if as_json:
        print_json(TemplateAnswer(str(path)))
    else:
        page.print(_("Templat: {path}").format(path=path))


def _check_evidence(instruments: Instruments, units: Path | None) -> None:
    if instruments.worksheet is None:
        raise UserError(
            "Metode {method} tidak memakai lembar kerja evaluasi.", method=instruments.method.id
        )
    if units is None:
        raise UserError("Lembar kerja dibuat untuk setiap unit: sertakan --units.")


def _write(path: Path, kind: Kind, units: tuple[Unit, ...], instruments: Instruments) -> None:
    try:
        path.open("xb").close()  # takes the name, so that nothing that exists is overwritten
    except FileExistsError as error:
        raise UserError("{path} sudah ada; hapus atau pilih nama lain.", path=path) from error
    write_template(
        kind.value,
        path,
        units=units,
        questionnaire=instruments.questionnaire,
        worksheet=instruments.worksheet,
    )


def _units(path: Path) -> tuple[Unit, ...]:
    problems = Problems()
    units, _guesses, _notes = read_units(path, problems)
    problems.stop_if_any()
    return units
