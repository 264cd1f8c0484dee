"""What the command-line library says of itself, in the language of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cermin.cli.output import notes, print_error
from cermin.language import _, active

# The library ships its own copy of click; the base of its public error is the only way to it
# that does not depend on where that copy lies.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


class Command(TyperCommand):
    """A command whose usage line and help option are translated."""

    def get_usage(self, ctx: Any) -> str:
        """Return the usage line."""
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the help option."""
        return _help_option(super().get_help_option(ctx))


class Group(TyperGroup):
    """A group of commands whose usage line and help option are translated."""

    def get_usage(self, ctx: Any) -> str:
        """Return the usage line."""
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the help option."""
        return _help_option(super().get_help_option(ctx))


def _usage(text: str) -> str:
    words = {
        "Usage:": _("Cara pakai:"),
        "COMMAND [ARGS]...": _("PERINTAH [MASUKAN]..."),
        "[OPTIONS]": _("[PILIHAN]"),
    }
    for theirs, ours in words.items():
        text = text.replace(theirs, ours, 1)
    return text


def _help_option(option: Any) -> Any:
    option.help = _("Tampilkan bantuan ini.")
    return option


def show_usage_error(error: Any) -> None:
    """Say on stderr which option or argument was wrong, and where the help is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return  # the help itself is on the screen already
    if error.ctx is not None:
        notes.print(error.ctx.get_usage())
        notes.print(_("Bantuan: {command} --help").format(command=error.ctx.command_path))
    print_error(usage_message(error))


def usage_message(error: Any) -> str:
    """Return what ``error`` says, in the active language."""
    known: dict[str, Callable[[Any], str]] = {
        "MissingParameter": _missing,
        "NoSuchOption": _no_such_option,
        "BadOptionUsage": _bad_option,
        "BadParameter": _bad_value,
    }
    say = known.get(type(error).__name__)
    if active() == "en":
        return str(error.format_message())
    return _translated(error.message) if say is None else say(error)


def _missing(error: Any) -> str:
    return _("{name} wajib diisi. {help}").format(
        name=_name(error.param), help=error.param.help or ""
    )


def _no_such_option(error: Any) -> str:
    told = _("Pilihan {name} tidak ada.").format(name=error.option_name)
    if error.possibilities:
        near = ", ".join(sorted(error.possibilities))
        told += " " + _("Mungkin maksud Anda {near}.").format(near=near)
    return told


def _bad_option(error: Any) -> str:
    if "requires" in error.message:
        return _("Pilihan {name} memerlukan nilai.").format(name=error.option_name)
    return _("Pilihan {name} tidak menerima nilai.").format(name=error.option_name)


def _bad_value(error: Any) -> str:
    return _("Nilai {name} tidak sah: {reason}").format(
        name=_name(error.param), reason=_translated(error.message)
    )


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return str(parameter.opts[0])


def _translated(message: str) -> str:
    """Return a sentence of the library in Indonesian; one that is not known stays as it is."""
    sentences = {
        r"Input should be greater than or equal to (.+)": _("paling kecil {0}."),
        r"Input should be less than or equal to (.+)": _("paling besar {0}."),
        r"Input should be a valid integer.*": _("harus bilangan bulat."),
        r"(?:Value error, )?'.*' is not one of (.+)\.": _("pilih satu dari {0}."),
        r"(.+)\. Did you mean (.+)\?": _("{0}. Mungkin maksud Anda {1}."),
        r"Got unexpected extra argument\(s\) \((.+)\)": _("Masukan {0} tidak dikenal."),
    }
    for theirs, ours in sentences.items():
        found = re.fullmatch(theirs, message)
        if found:
            return ours.format(*found.groups())
    return message
