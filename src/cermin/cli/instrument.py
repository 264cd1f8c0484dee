"""``cermin instrument``: list, show and check questionnaires, worksheets and methods."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import EXIT_BAD_INPUT, page, print_json, print_table
from cermin.cli.usage import Command, Group
from cermin.instruments.check import check_file
from cermin.instruments.describe import Line, TableRow, describe, instrument_table
from cermin.instruments.locate import Problem
from cermin.language import _, active

app = typer.Typer(
    help=_("Kuesioner, lembar kerja, metode, dan set nilai yang tersedia."),
    cls=Group,
    no_args_is_help=True,
)


class ListAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.instrument-list/1"):
    """Answer of ``cermin instrument list --json``."""

    instruments: list[TableRow]


class ShowAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.instrument-show/1"):
    """Answer of ``cermin instrument show --json``."""

    id: str
    lines: list[Line]


class CheckAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.instrument-check/1"):
    """Answer of ``cermin instrument check --json``."""

    valid: bool
    problems: list[Problem]


@app.command("list", cls=Command, help=_("Tampilkan semua instrumen yang disertakan."))
def list_all(*, as_json: AsJson = False) -> None:
    rows = instrument_table(active())
    if as_json:
        print_json(ListAnswer(list(rows)))
        return
    print_table(
        _("Instrumen"),
        [_("Kode"), _("Jenis"), _("Judul"), _("Asal")],
        [
            [row.id, row.kind, row.title, _("rancangan Cermin") if row.own_draft else _("resmi")]
            for row in rows
        ],
    )


@app.command("show", cls=Command, help=_("Tampilkan isi satu instrumen beserta dasar hukumnya."))
def show(
    instrument: Annotated[str, typer.Argument(help=_("Kode instrumen atau berkas YAML."))],
    *,
    as_json: AsJson = False,
) -> None:
    lines = describe(instrument, active())
    if as_json:
        print_json(ShowAnswer(instrument, list(lines)))
        return
    for line in lines:
        text = f"{line.label}: {line.text}" if line.label else line.text
        page.print("  " * line.depth + text)


@app.command(
    "check", cls=Command, help=_("Periksa berkas YAML; semua kesalahan ditampilkan sekaligus.")
)
def check(
    files: Annotated[list[Path], typer.Argument(help=_("Berkas YAML."))],
    *,
    as_json: AsJson = False,
) -> None:
    problems = [problem for path in files for problem in check_file(path)]
    if as_json:
        print_json(CheckAnswer(not problems, problems))
    elif problems:
        for problem in problems:
            page.print(str(problem))
    else:
        page.print(_("Tidak ada kesalahan."))
    if problems:
        raise typer.Exit(EXIT_BAD_INPUT)
