"""One report, three files: same figures, tagged, complete, safe to open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest

import result_factory
from cermin.core.errors import UserError
from cermin.core.result import Estimate, IndexResult
from cermin.core.rounding import format_number
from cermin.reports import palette
from cermin.reports.blocks import (
    Chart,
    Document,
    Facts,
    Heading,
    KeyFigures,
    Logo,
    Paragraph,
    Table,
)
from cermin.reports.document import build_document
from cermin.reports.html import render_html
from cermin.reports.pdf import render_pdf
from cermin.reports.xlsx import render_xlsx

FIGURE = re.compile(r"−?\d[\d.]*(?:,\d+)?")


def report(*results: IndexResult, language: str = "id", logo: Logo | None = None) -> Document:
    return build_document(
        results,
        methods=result_factory.make_methods(),
        instruments=result_factory.make_instruments(),
        language=language,
        logo=logo,
    )


@pytest.fixture(scope="module")
def years() -> tuple[IndexResult, ...]:
    return result_factory.make_years()


@pytest.fixture(scope="module")
def document(years: tuple[IndexResult, ...]) -> Document:
    return report(*years)


@pytest.fixture(scope="module")
def pdf(document: Document) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(render_pdf(document)))


@pytest.fixture(scope="module")
def page_texts(pdf: pypdf.PdfReader) -> list[str]:
    return [squeezed(page.extract_text()) for page in pdf.pages]


@pytest.fixture(scope="module")
def pdf_text(page_texts: list[str]) -> str:
    return "".join(page_texts)


@pytest.fixture(scope="module")
def html(document: Document) -> str:
    return render_html(document)


def squeezed(text: str) -> str:
    """Text without spaces and break marks, so that line breaks do not matter."""
    return re.sub(r"[\s\u00ad\u200b\u2010-]+", "", text)


class Reader(HTMLParser):
    """Tables by id, headings in order, ids, and whether captions and scopes are there."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.ids: list[str] = []
        self.levels: list[int] = []
        self.starts: Counter[str] = Counter()
        self.without_scope = 0
        self._rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.starts[tag] += 1
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "table":
            self._rows = self.tables[str(told["id"])] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"th", "td"}:
            self._rows[-1].append("")
            self._in_cell = True
            self.without_scope += tag == "th" and told.get("scope") not in {"row", "col"}

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self._in_cell = False

    def handle_data(self, text: str) -> None:
        if self._in_cell:
            self._rows[-1][-1] += text


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def sheet_rows(document: Document) -> dict[str, list[tuple[object, ...]]]:
    """Rows of figures per table id, as openpyxl reads them."""
    book = openpyxl.load_workbook(BytesIO(render_xlsx(document)))
    sheets = book.worksheets[1:]
    tables = list(document.tables())
    assert len(sheets) == len(tables)
    return {
        table.id: list(sheet.iter_rows(min_row=4, max_row=3 + len(table.rows), values_only=True))
        for table, sheet in zip(tables, sheets, strict=True)
    }


def printed_tables(document: Document) -> Iterator[Table]:
    hidden = {b.table.id for b in document.blocks if isinstance(b, Chart) and not b.printed}
    return (table for table in document.tables() if table.id not in hidden)


def test_figures_are_the_same_in_sheet_and_web_page(document: Document, html: str) -> None:
    in_html = read(html).tables
    in_sheet = sheet_rows(document)
    compared = 0
    for table in document.tables():
        for row, cells in zip(in_sheet[table.id], in_html[table.id][1:], strict=True):
            for figure, text in zip(row, cells, strict=True):
                if isinstance(figure, int | float):
                    shown = FIGURE.match(text)
                    assert shown is not None, (table.id, text)
                    decimals = len(shown.group().partition(",")[2])
                    assert format_number(float(figure), decimals) == shown.group()
                    compared += 1
                else:
                    assert (figure or "") == text
    assert compared > 1000


def test_every_printed_row_stands_whole_in_the_pdf(document: Document, pdf_text: str) -> None:
    compared = 0
    for table in printed_tables(document):
        for row in table.rows:
            line = "".join(squeezed(cell.text) for cell in row.cells)
            assert line in pdf_text, (table.id, line)
            compared += 1
    assert compared > 150


def test_key_figures_are_those_of_the_result(years: tuple[IndexResult, ...], html: str) -> None:
    latest = years[-1]
    index = format_number(latest.headline.index, latest.decimals)
    assert f"<strong>{index}</strong>" in html
    share = format_number(100 * latest.n / latest.population, 1)
    assert f"<strong>{share} %</strong>" in html


def test_reader_recomputes_the_index_from_the_annex(document: Document) -> None:
    tables = {table.id: table for table in document.tables()}
    atoms = tables["tabel-atom"].rows
    sums = {row.cells[0].text: row.cells for row in tables["tabel-jumlah"].rows}
    for column, name in enumerate(["Berorientasi Pelayanan", "Akuntabel", "Kompeten"], start=3):
        people = [row.cells[2].number or 0.0 for row in atoms]
        means = [row.cells[column].number or 0.0 for row in atoms]
        by_hand = sum(n * x for n, x in zip(people, means, strict=True)) / sum(people)
        assert by_hand == pytest.approx(sums[name][3].number, abs=0.0002)
    shown = [row.cells[1].number for row in tables["tabel-nilai"].rows]
    assert sum(x or 0 for x in shown[:7]) / 7 == pytest.approx(shown[7], abs=0.0051)
    lines = [b.text for b in document.blocks if isinstance(b, Paragraph) and b.role == "formula"]
    assert lines[0].endswith("/ 7")
    assert "0,8 ×" in lines[2]


def test_pdf_is_tagged_for_readers_aloud(pdf: pypdf.PdfReader, document: Document) -> None:
    root = pdf.root_object
    assert root["/MarkInfo"]["/Marked"] is not None
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "id"
    assert "/StructTreeRoot" in root
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid" in xmp
    assert pdf.metadata is not None
    assert document.agency in str(pdf.metadata.title)


def test_pdf_has_bookmarks_for_every_heading(pdf: pypdf.PdfReader, document: Document) -> None:
    def flat(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, list):
                yield from flat(entry)
            else:
                yield str(entry.title)  # type: ignore[attr-defined]

    marks = [squeezed(title) for title in flat(pdf.outline)]
    wanted = [squeezed(b.number + b.text) for b in document.blocks if isinstance(b, Heading)]
    assert marks == wanted


def test_summary_fills_one_page(page_texts: list[str]) -> None:
    assert "Ringkasanuntukpimpinan" in page_texts[2]
    assert "Langkahberikutnya" in page_texts[2]
    assert page_texts[3].startswith("2Nilainilaiinti")


def test_every_page_but_the_cover_cites_its_source(
    pdf: pypdf.PdfReader, page_texts: list[str], document: Document
) -> None:
    for number, text in enumerate(page_texts[1:], start=2):
        assert squeezed(document.footer) in text
        assert f"Halaman{number}/{len(page_texts)}" in text
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in pdf.pages}
    assert sizes == {(595, 842)}


def test_pdf_of_the_same_report_is_the_same_bytes(document: Document) -> None:
    assert render_pdf(document) == render_pdf(document)
    assert render_xlsx(document) == render_xlsx(document)


def test_web_page_is_well_built(html: str) -> None:
    page = read(html)
    assert [n for n, count in Counter(page.ids).items() if count > 1] == []
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.levels, page.levels[1:], strict=False))
    assert page.starts["caption"] == page.starts["table"] > 10
    assert page.without_scope == 0
    assert page.starts["main"] == page.starts["header"] == page.starts["footer"] == 1
    assert page.starts["script"] == page.starts["link"] == 0
    assert not re.search(r'(?:src|href)="https?:', html)


def test_charts_are_well_formed_and_described(document: Document) -> None:
    charts = [block for block in document.blocks if isinstance(block, Chart)]
    assert len(charts) == 10
    for chart in charts:
        root = ElementTree.fromstring(chart.svg)  # noqa: S314 - our own drawing
        names = [child.tag.rpartition("}")[2] for child in root][:2]
        assert names == ["title", "desc"]
        assert chart.table.rows


def test_break_of_method_cuts_the_line(document: Document) -> None:
    trend = next(b for b in document.blocks if isinstance(b, Chart) and b.id == "grafik-tren")
    assert trend.svg.count('stroke-dasharray="5 4"') == 8  # one mark in each frame
    joins = re.findall(r'stroke="#0f4c6e" stroke-width="2"/>', trend.svg)
    whiskers = 8 * 3
    assert len(joins) == whiskers + 8  # only 2025 and 2026 are joined
    assert "metode berubah" in trend.svg
    heads = [column.header for column in trend.table.columns]
    assert heads[1:] == ["2024", "2025 ‖", "2026"]


def test_first_year_after_a_break_is_not_compared(years: tuple[IndexResult, ...]) -> None:
    texts = [b.text for b in report(*years[:2]).blocks if isinstance(b, Paragraph)]
    assert any("Tidak dapat dibandingkan dengan 2024" in text for text in texts)
    assert not any(table.id == "tabel-perubahan" for table in report(*years[:2]).tables())


def test_years_without_standard_errors_print_the_break_even(
    years: tuple[IndexResult, ...],
) -> None:
    bare = replace(years[1], headline=Estimate(years[1].headline.index, years[1].n))
    texts = [b.text for b in report(bare, years[2]).blocks if isinstance(b, Paragraph)]
    assert any("simpangan baku antarorang di bawah" in text for text in texts)


def test_change_of_a_coded_value_is_not_told(years: tuple[IndexResult, ...]) -> None:
    coded = replace(years[1], headline=Estimate(97.5, 100, coded="at_least"))
    texts = [b.text for b in report(coded, years[2]).blocks if isinstance(b, Paragraph)]
    assert any("salah satu angka hanya batas" in text for text in texts)


def test_clear_changes_are_named(years: tuple[IndexResult, ...]) -> None:
    base = years[2]
    for shift, word in ((-9.0, "Naik"), (9.0, "Turun"), (0.0, "Tidak")):
        index = base.headline.index + shift
        before = replace(base, year=2025, headline=replace(base.headline, index=index))
        texts = [b.text for b in report(before, base).blocks if isinstance(b, Paragraph)]
        assert any(text.startswith(word) and "2025" in text for text in texts)


def test_hidden_and_pooled_units_are_marked(document: Document, html: str) -> None:
    heat = next(table for table in document.tables() if table.id == "peta-unit")
    hidden = [row for row in heat.rows if row.cells[1].shade == "hidden"]
    assert [row.cells[0].text for row in hidden] == [
        "UPTD Pengujian Bahan",
        "UPTD Alat Berat",
        "UPTD Pemakaman Umum",
    ]
    assert {cell.text for row in hidden for cell in row.cells[1:]} == {"T"}
    assert re.search(r"Unit lain digabung \(n = \d+\)", html)
    assert "97,50 atau lebih" in html


def test_text_of_people_stays_text(years: tuple[IndexResult, ...]) -> None:
    evil = '=1+1<script>alert("x")</script>'
    units = (replace(years[-1].units[0], name=evil), *years[-1].units[1:])
    document = report(replace(years[-1], units=units, agency_name='=cmd|" /C calc"!A0'))
    book = openpyxl.load_workbook(BytesIO(render_xlsx(document)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == evil for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    html = render_html(document)
    assert "<script" not in html
    assert "&lt;script" in html
    assert squeezed(evil) in squeezed(
        "".join(
            page.extract_text() for page in pypdf.PdfReader(BytesIO(render_pdf(document))).pages
        )
    )


def test_tiny_agency_gets_a_report_without_category() -> None:
    document = report(result_factory.make_tiny())
    html = render_html(document)
    text = squeezed(
        "".join(
            page.extract_text() for page in pypdf.PdfReader(BytesIO(render_pdf(document))).pages
        )
    )
    assert render_xlsx(document)[:2] == b"PK"
    assert "belum memenuhi minimum responden" in html
    assert "Belummemenuhiminimumresponden" in text
    assert "Kejar 15 responden lagi" in html
    values = next(table for table in document.tables() if table.id == "tabel-nilai")
    assert {row.cells[4].text for row in values.rows} == {"–"}
    assert "Tidak ada unit yang ditampilkan" in html
    assert "kurang dari 10" in html


def test_english_report_takes_english_names_and_numbers(years: tuple[IndexResult, ...]) -> None:
    document = report(*years, language="en")
    html = render_html(document)
    assert "Adaptive" in html
    index = format_number(years[-1].headline.index, 2, "en")
    assert f"<strong>{index}</strong>" in html
    assert pypdf.PdfReader(BytesIO(render_pdf(document))).root_object["/Lang"] == "en"


def test_votes_questionnaire_and_open_minimum(years: tuple[IndexResult, ...]) -> None:
    bare = tuple(replace(v, behaviours=()) for v in years[0].values)
    result = replace(
        years[0],
        minimum=None,
        minimum_met=None,
        values=bare,
        suppressed=(),
        breakdowns=(),
        other_indices={"Keseimbangan": 61.25},
        breaks_from=(),
    )
    html = render_html(report(result))
    assert "Kuesioner ini tidak menanyakan perilaku" in html
    assert "Semua unit ditampilkan sendiri." in html
    assert "61,25" in html or "61,3" in html


def test_logo_is_set_with_its_words(years: tuple[IndexResult, ...]) -> None:
    arms = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    document = report(years[-1], logo=Logo(arms, "svg", "Lambang kabupaten"))
    assert 'alt="Lambang kabupaten"' in render_html(document)
    plain = render_pdf(report(years[-1]))
    assert len(render_pdf(document)) > len(plain)


@pytest.mark.parametrize("case", ["none", "two agencies", "same year", "no method"])
def test_reports_that_make_no_sense_are_refused(case: str, years: tuple[IndexResult, ...]) -> None:
    results = {
        "none": (),
        "two agencies": (years[0], replace(years[1], agency="kab-demak")),
        "same year": (years[0], years[0]),
        "no method": years,
    }[case]
    methods = {} if case == "no method" else result_factory.make_methods()
    with pytest.raises(UserError):
        build_document(results, methods=methods)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (palette.INK, palette.PAPER),
        (palette.MUTED, palette.PAPER),
        (palette.ACCENT, palette.PAPER),
        (palette.INK, palette.WARNING_TINT),
        *zip(palette.TINT_INKS, palette.TINTS, strict=True),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


def test_tints_keep_their_order_in_grey() -> None:
    greys = [luminance(tint) for tint in palette.TINTS]
    assert greys == sorted(greys, reverse=True)
    assert min(contrast(a, b) for a, b in zip(palette.TINTS, palette.TINTS[1:], strict=False)) > 1.1


def test_blocks_of_every_kind_are_in_the_report(document: Document) -> None:
    kinds = {type(block) for block in document.blocks}
    assert {Heading, Paragraph, KeyFigures, Facts, Table, Chart} <= kinds


def test_awkward_result_is_written_without_guessing(years: tuple[IndexResult, ...]) -> None:
    latest = years[-1]
    top = next(unit for unit in latest.units if unit.depth == 0)
    many = [replace(top, id=f"t{k}", name=f"Unit {k}", rank=k + 1) for k in range(20)]
    bare = replace(top, id="bare", name="Tanpa angka", values={}, rank=None)
    weighted = replace(top, id="w", atom=True, rank=None, value_represented={"loyal": 12.5})
    two_levels = replace(latest.values[0].behaviours[0], shares=(0.0, 1.0))
    values = (
        replace(
            latest.values[0],
            behaviours=(two_levels,),
            estimate=Estimate(2.5, 99, coded="at_most"),
        ),
        *latest.values[1:],
    )
    result = replace(
        latest,
        units=(*many, bare, weighted),
        suppressed=(),
        values=values,
        quality=replace(latest.quality, units_without_evidence=("Unit 3",)),
    )
    before = replace(years[1], values=years[1].values[:-1])
    document = report(before, result)
    tables = {table.id: table for table in document.tables()}
    trend = {row.cells[0].text: row.cells for row in tables["tabel-tren"].rows}
    assert trend["Kolaboratif"][1].text == "–"
    assert tables["tabel-diwakili"].rows[-1].cells[5].number == 12.5
    assert [row for row in tables["peta-unit"].rows if row.cells[2].shade == "hidden"]
    html = render_html(document)
    assert "2,50 atau kurang" in html
    assert "bagian 2 dari 2" in html
    assert "Ada nilai yang hanya ditampilkan sebagai batas." in html
    assert "Belum ada nilai bukti: Unit 3." in html
    assert render_pdf(document).startswith(b"%PDF")


def test_unranked_units_have_no_ranking(years: tuple[IndexResult, ...]) -> None:
    units = tuple(
        replace(unit, rank=None, evidence=None, composite=None) for unit in years[-1].units
    )
    document = report(replace(years[-1], units=units))
    ids = {table.id for table in document.tables()}
    assert not ids & {"tabel-peringkat", "tabel-bukti"}
