"""``cermin report``: results -> PDF, XLSX and HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import typst

from cermin.cli.files import written_whole
from cermin.cli.options import AsJson, Output
from cermin.cli.output import page, print_json, step, steps
from cermin.core.errors import UserError
from cermin.core.result import IndexResult, Provenance
from cermin.core.scheme import Method
from cermin.instruments.load import Instrument, list_instruments, load
from cermin.language import _, active
from cermin.reports.blocks import Document, Logo
from cermin.reports.document import build_document
from cermin.reports.html import render_html
from cermin.reports.pdf import render_pdf
from cermin.reports.result_file import read_result
from cermin.reports.xlsx import render_xlsx

HELP = _(
    "Susun laporan (PDF, XLSX, HTML) dari satu atau beberapa berkas hasil; beberapa tahun menjadi "
    "tren, dengan tanda bila metodenya berubah."
)


def _html(document: Document) -> bytes:
    return render_html(document).encode()


RENDERERS: dict[str, Callable[[Document], bytes]] = {
    "pdf": render_pdf,
    "xlsx": render_xlsx,
    "html": _html,
}


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
        document = document_of(read, own=instrument or (), logo=logo)
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


def report_name(results: Sequence[IndexResult]) -> str:
    """Name of a report, without its ending."""
    latest = max(results, key=lambda result: result.year)
    return f"laporan-{latest.agency}-{latest.year}"


def document_of(
    results: Sequence[IndexResult], *, own: Sequence[Path] = (), logo: Path | None = None
) -> Document:
    """Build the report with every instrument that the results cite."""
    mine: dict[str, Instrument] = {one.id: one for one in map(load, own)}
    ids = sorted({id for result in results for id in _cited(result.provenance)})
    unknown = [id for id in ids if id not in mine and id not in list_instruments()]
    if unknown:
        raise UserError(
            "Hasil mengutip instrumen yang tidak disertakan Cermin: {ids}. Berikan berkasnya "
            "dengan --instrument.",
            ids=", ".join(unknown),
        )
    cited = [mine.get(id) or load(id) for id in ids]
    return build_document(
        results,
        methods={one.id: one for one in cited if isinstance(one, Method)},
        instruments=[one for one in cited if not isinstance(one, Method)],
        language=active(),
        logo=None if logo is None else _logo(logo, results[0].agency_name),
    )


def _cited(source: Provenance) -> list[str]:
    named = (source.method, source.questionnaire, source.worksheet, source.value_set)
    return [id for id in named if id is not None]


def _logo(path: Path, agency: str) -> Logo:
    form = path.suffix.lower()
    if not path.is_file() or form not in {".png", ".svg"}:
        raise UserError("Logo {path} tidak ada atau bukan PNG atau SVG.", path=path)
    return Logo(
        path.read_bytes(),
        "png" if form == ".png" else "svg",
        _("Lambang {agency}").format(agency=agency),
    )
