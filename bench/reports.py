"""Reports of one agency, 45 units and three years, against WeasyPrint setting our web page."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import weasyprint

from bench.rows import Row, interleaved, peak_megabytes
from cermin.reports.blocks import Document
from cermin.reports.document import build_document
from cermin.reports.html import render_html
from cermin.reports.pdf import render_pdf
from cermin.reports.xlsx import render_xlsx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import result_factory

N_AGENCIES = 640
N_DOCUMENTS = 64  # different reports; the 640 are extrapolated from them
N_PEER = 5  # reports that WeasyPrint sets
ROUNDS = 1
SECTION = "Reports: one agency, 45 units, three years; seconds per report after the first"


def run() -> list[Row]:
    """Measure seconds per report; 640 reports are extrapolated from different ones."""
    found = interleaved("bench.reports", ["ours", "weasyprint"], rounds=ROUNDS)
    ours, peer = found["ours"], found["weasyprint"]["pdf"]
    note = f"{N_AGENCIES} reports on one core: extrapolated from {N_DOCUMENTS}"
    whole = min(ours["pdf"].seconds) * N_AGENCIES
    return [
        ours["document"].row(SECTION, "report model with all charts", floor=None),
        ours["pdf"].row(SECTION, "PDF/UA-1 by Typst", floor=peer, note=f"{note}: {whole:.0f} s"),
        ours["xlsx"].row(SECTION, "XLSX", floor=None),
        ours["html"].row(SECTION, "HTML", floor=None),
        peer.row(SECTION, "WeasyPrint: PDF of the same report's HTML", floor=peer),
    ]


def documents(count: int) -> list[Document]:
    """Return different reports, one more than measured: the first warms up."""
    methods, instruments = result_factory.make_methods(), result_factory.make_instruments()
    return [
        build_document(result_factory.make_years(seed), methods=methods, instruments=instruments)
        for seed in range(count + 1)
    ]


def _seconds_per_report(render: Callable[[Document], object], made: list[Document]) -> float:
    render(made[0])
    started = time.perf_counter()
    for document in made[1:]:
        render(document)
    return (time.perf_counter() - started) / (len(made) - 1)


def _ours() -> dict[str, float]:
    methods, instruments = result_factory.make_methods(), result_factory.make_instruments()
    years = [result_factory.make_years(seed) for seed in range(N_DOCUMENTS)]
    made = documents(N_DOCUMENTS)
    started = time.perf_counter()
    for results in years:
        build_document(results, methods=methods, instruments=instruments)
    seconds = {"document": (time.perf_counter() - started) / N_DOCUMENTS}
    for name, render in (("pdf", render_pdf), ("xlsx", render_xlsx), ("html", render_html)):
        seconds[name] = _seconds_per_report(render, made)
    return seconds


def _weasyprint() -> dict[str, float]:
    def render(document: Document) -> object:
        return weasyprint.HTML(string=render_html(document)).write_pdf()

    return {"pdf": _seconds_per_report(render, documents(N_PEER))}


if __name__ == "__main__":
    measured = _ours() if sys.argv[1] == "ours" else _weasyprint()
    measured["peak_megabytes"] = peak_megabytes()
    print(json.dumps(measured))
