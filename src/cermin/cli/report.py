"""``cermin report``: results -> PDF, XLSX and HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
import typst

from cermin.cli.files import written_whole
from cermin.cli.options import AsJson, Output
from cermin.cli.output import page, print_json, step, steps
from cermin.computation.report import RENDERERS, document_of, report_name
from cermin.core.errors import UserError
from cermin.language import _
from cermin.reports.blocks import Document, Logo
from cermin.reports.result_file import read_result

HELP = _(
    "Susun laporan (PDF, XLSX, HTML) dari satu atau beberapa berkas hasil; beberapa tahun menjadi "
    "tren, dengan tanda bila metodenya berubah."
)


class ReportAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.report/1"):
    """Answer of ``cermin report --json``."""

    files: list[str]


def report(
    results: Annotated[list[Path], typer.Argument(help=_("Berkas hasil, satu per tahun."))],
    *,
    formats: Annotated[
        str, typer.Option("--formats", help=_("Bentuk yang dibuat, dipisah koma."))
    ] = "pdf,xlsx,html",
    instrument: Annotated[
        list[Path] | None,
        typer.Option(help=_("Berkas instrumen sendiri yang dikutip hasil, boleh berulang.")),
    ] = None,
    logo: Annotated[Path | None, typer.Option(help=_("Gambar logo instansi (PNG, SVG)."))] = None,
    output: Output = Path("laporan"),
    as_json: AsJson = False,
) -> None:
    wanted = list(dict.fromkeys(one.strip() for one in formats.split(",") if one.strip()))
    unknown = [one for one in wanted if one not in RENDERERS]
    if unknown or not wanted:
        raise UserError(
            "Bentuk {unknown} tidak dikenal; pilih dari {known}.",
            unknown=", ".join(unknown) or "–",
            known=", ".join(RENDERERS),
        )
    read = [read_result(path) for path in results]
    with steps(len(wanted) + 1) as bar, written_whole(output) as scratch:
        step(bar, _("Menyusun laporan"))
        picture = None if logo is None else _logo(logo, read[0].agency_name)
        document = document_of(read, own=instrument or (), logo=picture)
        for form in wanted:
            step(bar, _("Menulis {form}").format(form=form.upper()))
            (scratch / f"{report_name(read)}.{form}").write_bytes(_rendered(form, document, logo))
    files = [str(output / f"{report_name(read)}.{form}") for form in wanted]
    if as_json:
        print_json(ReportAnswer(files))
    else:
        for file in files:
            page.print(_("Laporan: {path}").format(path=file))


def _rendered(form: str, document: Document, logo: Path | None) -> bytes:
    try:
        return RENDERERS[form](document)
    except typst.TypstError as error:
        if logo is None:
            raise
        raise UserError(  # the logo is the only part of a report that people bring themselves
            "Logo {path} tidak dapat dipakai sebagai gambar: {reason}.", path=logo, reason=error
        ) from error


def _logo(path: Path, agency: str) -> Logo:
    form = path.suffix.lower()
    if not path.is_file() or form not in {".png", ".svg"}:
        raise UserError("Logo {path} tidak ada atau bukan PNG atau SVG.", path=path)
    return Logo(
        path.read_bytes(),
        "png" if form == ".png" else "svg",
        _("Lambang {agency}").format(agency=agency),
    )
