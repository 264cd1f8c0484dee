"""``cermin template``: empty XLSX files to fill in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import page, print_json
from cermin.cli.pipeline import instruments_for
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
    year: Annotated[int, typer.Option(help=_("Tahun; menentukan kuesioner dan lembar kerja."))],
    method: Annotated[str | None, typer.Option(help=_("Kode atau berkas metode."))] = None,
    units: Annotated[
        Path | None, typer.Option(help=_("Berkas unit kerja; perlu untuk lembar kerja."))
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=_("Berkas XLSX yang ditulis."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    path = output or Path(f"templat-{kind.value}-{year}.xlsx")
    if path.exists():
        raise UserError("{path} sudah ada; hapus atau pilih nama lain.", path=path)
    instruments = instruments_for(year, method)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_template(
        kind.value,
        path,
        units=() if units is None else _units(units),
        questionnaire=instruments.questionnaire,
        worksheet=instruments.worksheet,
    )
    if as_json:
        print_json(TemplateAnswer(str(path)))
    else:
        page.print(_("Templat: {path}").format(path=path), markup=False)


def _units(path: Path) -> tuple[Unit, ...]:
    problems = Problems()
    units, _guesses, _notes = read_units(path, problems)
    problems.stop_if_any()
    return units
