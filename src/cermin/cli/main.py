"""Entry point of ``cermin``: chooses the language, collects the commands, maps errors to codes."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
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
    audit,
    compare,
    demo,
    index,
    instrument,
    report,
    sample_size,
    simulate,
    site,
    snapshot,
    template,
)
from cermin.cli.output import (  # noqa: E402
    EXIT_BAD_INPUT,
    notes,
    prepare_streams,
    print_error,
    print_problems,
    reason_of,
)
from cermin.cli.usage import Command, Group, UsageError, show_usage_error  # noqa: E402
from cermin.core.errors import UserError  # noqa: E402
from cermin.intake.problems import BadInput  # noqa: E402
from cermin.language import _, in_words  # noqa: E402

app = typer.Typer(
    help=_(
        "Cermin: dari daftar pegawai, jawaban survei, dan nilai bukti dukung menjadi "
        "Indeks BerAKHLAK beserta kategori, ketidakpastian, tren, dan laporannya."
    ),
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("index", cls=Command, help=index.HELP)(index.index)
app.command("compare", cls=Command, help=compare.HELP)(compare.compare)
app.command("report", cls=Command, help=report.HELP)(report.report)
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(site.app, name="site")
app.add_typer(audit.app, name="audit")
app.add_typer(instrument.app, name="instrument")
app.command("template", cls=Command, help=template.HELP)(template.template)
app.command("sample-size", cls=Command, help=sample_size.HELP)(sample_size.sample_size)
app.command("simulate", cls=Command, help=simulate.HELP)(simulate.simulate)
app.command("demo", cls=Command, help=demo.HELP)(demo.demo)


INTERRUPTED = 130  # what shells expect of Ctrl-C
TERMINATED = 143


class Language(StrEnum):
    """Languages of the interface."""

    ID = "id"
    EN = "en"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cermin {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    _lang: Annotated[
        Language,
        typer.Option("--lang", help=_("Bahasa antarmuka: id atau en (juga CERMIN_LANG).")),
    ] = Language.ID,
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
    prepare_streams()
    # Without this a polite kill would leave half-written files behind.
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_outcome())


def _terminate(_signal: int, _frame: object) -> None:
    sys.exit(TERMINATED)


def _outcome() -> int:
    """Run the command that was asked for and return the exit code."""
    try:
        code = app(prog_name="cermin", standalone_mode=False)
    except BadInput as error:
        print_problems(error)
    except UserError as error:
        print_error(in_words(error))
    except UsageError as error:
        show_usage_error(error)
    except OSError as error:
        print_error(reason_of(error))
    else:
        if code == INTERRUPTED:
            notes.print(_("Dibatalkan."))
        return int(code or 0)
    return EXIT_BAD_INPUT
