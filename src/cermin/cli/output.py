"""How commands talk: tables for people, JSON for machines, exit codes for scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cermin.language import _

EXIT_BAD_INPUT = 2

# Progress and notes go to stderr: stdout stays clean for --json and for pipes.
notes = Console(stderr=True, highlight=False)
page = Console(highlight=False, soft_wrap=True)


def print_json(answer: object) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")


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
