"""How commands talk: tables for people, JSON for machines, exit codes for scripts."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cermin.core.rounding import format_number
from cermin.intake.problems import BadInput
from cermin.language import _, active, in_words

EXIT_BAD_INPUT = 2
PROBLEMS_SHOWN = 200  # on the screen; --problems writes all that were listed
WIDTH_OF_FILES = 160  # of tables that are piped or redirected, where nothing folds

# Progress and notes go to stderr: stdout stays clean for --json and for pipes.
# Nothing is markup or an emoji code: names of files, units and columns are shown as they are.
notes = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
page = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def prepare_streams() -> None:
    """Keep a terminal that does not know a character, or is none, from breaking the output."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for console in (notes, page):
        if not console.is_terminal and "COLUMNS" not in os.environ:
            console.width = WIDTH_OF_FILES


def print_json(answer: object) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
    sys.stdout.flush()  # here, so that a closed pipe is met inside the command


def print_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()
) -> None:
    """Print a table; columns in ``right`` hold figures."""
    table = Table(title=title or None, title_justify="left", title_style="bold")
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position in right else "left")
    for row in rows:
        table.add_row(*row)
    page.print(table)


@contextmanager
def steps(total: int) -> Iterator[Progress]:
    """Show a bar of ``total`` steps on stderr; nothing when stderr is not a terminal."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    )
    with bar:
        bar.add_task(_("Mulai"), total=total)
        yield bar


def step(bar: Progress, description: str) -> None:
    """Name the step that begins and count the one that ended."""
    task = bar.tasks[0]
    started = task.fields.get("started", False)
    bar.update(task.id, description=description, advance=1 if started else 0, started=True)


def print_problems(error: BadInput) -> None:
    """Show every problem in one table on stderr, and how many there are of each kind."""
    table = Table(
        _("Berkas"), _("Lembar"), _("Baris"), _("Kolom"), _("Masalah"), _("Cara memperbaiki")
    )
    for one in error.report.listed[:PROBLEMS_SHOWN]:
        row = "" if one.row is None else str(one.row)
        table.add_row(one.file, one.sheet, row, one.column, one.what, one.remedy)
    notes.print(table)
    for kind, n in sorted(error.report.counts.items()):
        notes.print(f"{kind}: {format_number(n, 0, active())}")
    if error.report.total > PROBLEMS_SHOWN:
        notes.print(
            _("Hanya {n} masalah pertama yang ditampilkan; --problems menulis daftarnya.").format(
                n=PROBLEMS_SHOWN
            )
        )
    notes.print(in_words(error))


def print_error(message: str) -> None:
    """Show on stderr why nothing was done."""
    notes.print(_("Kesalahan: {message}").format(message=message))


def reason_of(error: OSError) -> str:
    """Say what the file system refused."""
    reasons = {
        errno.EACCES: _("tidak ada izin"),
        errno.ENOENT: _("tidak ada"),
        errno.EEXIST: _("sudah ada"),
        errno.EISDIR: _("merupakan folder"),
        errno.ENOTDIR: _("bukan folder"),
        errno.ENOSPC: _("tempat penyimpanan penuh"),
    }
    reason = reasons.get(error.errno or 0, str(error.strerror))
    if error.filename is None:
        return _("Berkas tidak dapat dibaca atau ditulis: {reason}.").format(reason=reason)
    return _("{path} tidak dapat dibaca atau ditulis: {reason}.").format(
        path=error.filename, reason=reason
    )
