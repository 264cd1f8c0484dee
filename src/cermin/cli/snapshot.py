"""``cermin snapshot``: is a snapshot what its name says?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import EXIT_BAD_INPUT, page, print_json
from cermin.cli.usage import Command, Group
from cermin.core.errors import UserError
from cermin.core.rounding import format_number
from cermin.engines.snapshot import read_metadata, sha256_of, verify_snapshot
from cermin.language import _, active
from cermin.reports.result_file import read_result

app = typer.Typer(help=_("Periksa snapshot jawaban."), cls=Group, no_args_is_help=True)


class Verified(msgspec.Struct, frozen=True):
    """One snapshot and what is wrong with it."""

    file: str
    rows: int | None
    problems: list[str]


class VerifyAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.snapshot-verify/1"):
    """Answer of ``cermin snapshot verify --json``."""

    sound: bool
    snapshots: list[Verified]


@app.callback()
def _group() -> None:
    return


@app.command(
    "verify",
    cls=Command,
    help=_(
        "Periksa nama (sha256), bentuk, urutan, dan isi snapshot; dengan --result, juga apakah "
        "hasil itu memang dihitung dari snapshot ini."
    ),
)
def verify(
    files: Annotated[list[Path], typer.Argument(help=_("Berkas snapshot."))],
    *,
    result: Annotated[
        Path | None, typer.Option(help=_("Berkas hasil yang mengutip snapshot."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    cited = None if result is None else read_result(result).provenance.snapshot_sha256
    checked = [_verified(path, cited) for path in files]
    sound = all(not one.problems for one in checked)
    if as_json:
        print_json(VerifyAnswer(sound, checked))
    else:
        for one in checked:
            _print(one)
    if not sound:
        raise typer.Exit(EXIT_BAD_INPUT)


def _verified(path: Path, cited: str | None) -> Verified:
    if not path.is_file():
        return Verified(str(path), None, [_("Berkas tidak ada.")])
    problems = verify_snapshot(path)
    if cited is not None and cited != sha256_of(path):
        problems.append(_("Hasil mengutip snapshot lain ({cited}).").format(cited=cited[:12]))
    try:
        rows = read_metadata(path).rows
    except UserError:
        rows = None
    return Verified(str(path), rows, problems)


def _print(one: Verified) -> None:
    if not one.problems:
        rows = format_number(one.rows or 0, 0, active())
        page.print(_("{file}: utuh, {rows} jawaban.").format(file=one.file, rows=rows))
        return
    page.print(_("{file}: bermasalah").format(file=one.file))
    for problem in one.problems:
        page.print(f"  - {problem}")
