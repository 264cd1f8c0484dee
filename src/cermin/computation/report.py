"""Reports of results: every instrument they cite is looked up, and each form is rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from cermin.core.errors import UserError
from cermin.core.result import IndexResult, Provenance
from cermin.core.scheme import Method
from cermin.instruments.load import Instrument, list_instruments, load
from cermin.language import active
from cermin.reports.blocks import Document, Logo
from cermin.reports.document import build_document, material_for
from cermin.reports.figures import Material
from cermin.reports.html import render_html
from cermin.reports.pdf import render_pdf
from cermin.reports.xlsx import render_xlsx


def _html(document: Document) -> bytes:
    return render_html(document).encode()


RENDERERS: dict[str, Callable[[Document], bytes]] = {
    "pdf": render_pdf,
    "xlsx": render_xlsx,
    "html": _html,
}


def report_name(results: Sequence[IndexResult]) -> str:
    """Name of a report, without its ending."""
    latest = max(results, key=lambda result: result.year)
    return f"laporan-{latest.agency}-{latest.year}"


def document_of(
    results: Sequence[IndexResult], *, own: Sequence[Path] = (), logo: Logo | None = None
) -> Document:
    """Build the report with every instrument that the results cite."""
    return build_document(results, **_cited_in(results, own), language=active(), logo=logo)


def material_of(results: Sequence[IndexResult]) -> Material:
    """Return what pages write their figures from, just as the report does."""
    return material_for(results, **_cited_in(results), language=active())


class _Cited(TypedDict):
    methods: dict[str, Method]
    instruments: list[Instrument]


def _cited_in(results: Sequence[IndexResult], own: Sequence[Path] = ()) -> _Cited:
    cited = instruments_cited(results, own=own)
    return {
        "methods": {one.id: one for one in cited if isinstance(one, Method)},
        "instruments": [one for one in cited if not isinstance(one, Method)],
    }


def instruments_cited(
    results: Sequence[IndexResult], *, own: Sequence[Path] = ()
) -> list[Instrument]:
    """Return every instrument that the results cite, those in the files ``own`` too.

    Raises
    ------
    UserError
        When one is neither shipped nor given.
    """
    mine: dict[str, Instrument] = {one.id: one for one in map(load, own)}
    ids = sorted({id for result in results for id in _cited(result.provenance)})
    unknown = [id for id in ids if id not in mine and id not in list_instruments()]
    if unknown:
        raise UserError(
            "Hasil mengutip instrumen yang tidak disertakan Cermin: {ids}. Berikan berkasnya "
            "dengan --instrument.",
            ids=", ".join(unknown),
        )
    return [mine.get(id) or load(id) for id in ids]


def _cited(source: Provenance) -> list[str]:
    named = (source.method, source.questionnaire, source.worksheet, source.value_set)
    return [id for id in named if id is not None]
