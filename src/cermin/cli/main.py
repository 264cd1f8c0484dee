"""Entry point of ``cermin``: chooses the language, collects the commands, maps errors to codes."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from importlib import import_module
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

from cermin.cli.output import (  # noqa: E402 - the language comes first
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
COMMANDS = (
    "index", "compare", "report", "snapshot", "site", "audit", "instrument", "template",
    "sample-size", "simulate", "demo",
)  # fmt: skip


def _asked_for(arguments: list[str]) -> tuple[str, ...]:
    """Return the command that is meant, so that the libraries of no other are loaded; or all."""
    words = [
        word for before, word in zip(["", *arguments], arguments, strict=False)
        if before != "--lang" and not word.startswith("-")
    ]  # fmt: skip
    return (words[0],) if words and words[0] in COMMANDS else COMMANDS


for _name in _asked_for(sys.argv[1:]):
    _module = import_module(f"cermin.cli.{_name.replace('-', '_')}")
    if hasattr(_module, "app"):
        app.add_typer(_module.app, name=_name)
    else:
        _command = getattr(_module, _name.replace("-", "_"))
        app.command(_name, cls=Command, help=_module.HELP)(_command)


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
