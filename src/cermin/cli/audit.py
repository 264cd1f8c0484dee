"""``cermin audit``: is the trail of a site still what the site wrote?"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import page, print_json, steps
from cermin.cli.usage import Command, Group
from cermin.core.errors import UserError
from cermin.core.rounding import format_number
from cermin.language import N_, _, active

EXIT_BROKEN = 1  # apart from 2, which says that nothing could be checked

app = typer.Typer(
    help=_("Jejak audit sebuah situs: siapa mengubah apa, kapan, dari halaman mana."),
    cls=Group,
    no_args_is_help=True,
)


class VerifyAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.audit-verify/1"):
    """Answer of ``cermin audit verify --json``."""

    sound: bool
    rows: int  # in an unbroken chain from the first one
    anchor: str | None
    broken: str | None
    sequence: int | None
    what: str | None


@app.callback()
def _group() -> None:
    """Keep ``verify`` a command of its own though it is the only one."""


@app.command(
    "verify",
    cls=Command,
    help=_(
        "Periksa setiap baris jejak audit: baris yang diubah, hilang, dipindahkan, disisipkan, "
        "atau terpotong di akhir ditemukan. Kode keluar 0 bila utuh, 1 bila tidak."
    ),
)
def verify(
    *,
    site: Annotated[
        Path, typer.Option("--site", envvar="CERMIN_SITE", help=_("Folder situs."))
    ] = Path(),
    anchor: Annotated[
        str,
        typer.Option(
            help=_("Jangkar yang pernah dicatat di luar situs, PANJANG:KODE dari halaman jejak.")
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    chain, queries = _audit_of(site)
    noted = chain.parse_anchor(anchor) if anchor else None
    with steps(queries.head_length()) as bar:
        task = bar.tasks[0].id
        bar.update(task, description=_("Memeriksa jejak audit"))
        verdict = queries.verify_chain(
            anchor=noted, progress=lambda rows: bar.update(task, completed=rows)
        )
    answer = _answer(verdict, chain)
    if as_json:
        print_json(answer)
    else:
        _say(answer, anchored=noted is not None)
    if not answer.sound:
        raise typer.Exit(EXIT_BROKEN)


def _audit_of(site: Path) -> tuple[Any, Any]:
    """Start the site in the folder and return its two modules of the audit trail."""
    try:
        importlib.import_module("cermin.web.start").prepare(site)
    except ModuleNotFoundError as error:
        raise UserError(
            N_("Situs memerlukan paket {name}. Pasang dengan: pip install 'cermin[web]'"),
            name=error.name,
        ) from error
    return (
        importlib.import_module("cermin.web.audit.chain"),
        importlib.import_module("cermin.web.audit.queries"),
    )


def _answer(verdict: Any, chain: Any) -> VerifyAnswer:
    broken = verdict.broken
    return VerifyAnswer(
        sound=broken is None,
        rows=verdict.length,
        anchor=str(verdict.anchor) if verdict.length else None,
        broken=broken and broken.value,
        sequence=verdict.sequence if broken else None,
        what=_(chain.SENTENCES[broken]).format(sequence=verdict.sequence) if broken else None,
    )


def _say(answer: VerifyAnswer, *, anchored: bool) -> None:
    rows = format_number(answer.rows, 0, active())
    if answer.what is not None:
        page.print(_("Jejak audit TIDAK utuh.") + " " + answer.what)
        page.print(_("Baris sebelum itu ({rows}) cocok dengan kodenya.").format(rows=rows))
        page.print(_("Simpan salinan basis data apa adanya, lalu cari tahu siapa yang membukanya."))
        return
    page.print(_("Jejak audit utuh: {rows} baris.").format(rows=rows))
    if answer.anchor is not None:
        page.print(_("Jangkar: {anchor}").format(anchor=answer.anchor))
    if anchored:
        page.print(_("Jangkar yang dicatat di luar situs cocok."))
    else:
        page.print(_("Tanpa --anchor, bagian akhir yang dipotong beserta ujungnya tidak terlihat."))
