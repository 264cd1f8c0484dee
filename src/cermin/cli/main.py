"""Entry point of ``cermin``: chooses the language, collects the commands, maps errors to codes."""

from __future__ import annotations

import sys
from typing import Annotated

from cermin import __version__, language


def _language_of(arguments: list[str]) -> str:
    """Language must be known before the commands are built, since their help is built with them."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return "en" if arguments[position + 1] == "en" else "id"
        if argument.startswith("--lang="):
            return "en" if argument == "--lang=en" else "id"
    return language.from_environment()


language.use(_language_of(sys.argv[1:]))

import typer  # noqa: E402 - its own words are looked up while it is imported

from cermin.cli import (  # noqa: E402 - the language comes first
    compare,
    demo,
    index,
    instrument,
    report,
    sample_size,
    simulate,
    snapshot,
    template,
)
from cermin.cli.output import EXIT_BAD_INPUT, notes, print_problems  # noqa: E402
from cermin.core.errors import UserError  # noqa: E402
from cermin.intake.problems import BadInput  # noqa: E402
from cermin.language import _, in_words  # noqa: E402

app = typer.Typer(
    help=_(
        "Cermin: dari daftar pegawai, jawaban survei, dan nilai bukti dukung menjadi "
        "Indeks BerAKHLAK beserta kategori, ketidakpastian, tren, dan laporannya."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("index", help=index.HELP)(index.index)
app.command("compare", help=compare.HELP)(compare.compare)
app.command("report", help=report.HELP)(report.report)
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(instrument.app, name="instrument")
app.command("template", help=template.HELP)(template.template)
app.command("sample-size", help=sample_size.HELP)(sample_size.sample_size)
app.command("simulate", help=simulate.HELP)(simulate.simulate)
app.command("demo", help=demo.HELP)(demo.demo)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cermin {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    _lang: Annotated[
        str, typer.Option("--lang", help=_("Bahasa antarmuka: id atau en (juga CERMIN_LANG)."))
    ] = "id",
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help=_("Tampilkan versi.")
        ),
    ] = False,
) -> None:
    return


def run() -> None:
    """Run the command line; a mistake in the input ends with code 2 and no traceback."""
    try:
        app()
    except BadInput as error:
        print_problems(error)
        sys.exit(EXIT_BAD_INPUT)
    except UserError as error:
        notes.print(f"{_('Kesalahan')}: {in_words(error)}", markup=False)
        sys.exit(EXIT_BAD_INPUT)
