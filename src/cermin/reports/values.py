"""The seven values: index, trend by year, and the behaviours behind each."""

from __future__ import annotations

from collections.abc import Sequence

from cermin.core.result import BehaviourResult, Category, Estimate, ValueResult
from cermin.core.scheme import Questionnaire
from cermin.language import _
from cermin.reports.blocks import Block, Cell, Chart, Column, Heading, Paragraph, Row, Table
from cermin.reports.changes import HEADLINE, YearChange, change_of, estimate_of
from cermin.reports.charts import Bar, Dot, Panel, Point, distribution, dot_plot, trend
from cermin.reports.figures import HIDDEN, Material, broken, weakest_first
from cermin.reports.sentences import (
    behaviour_text,
    change_interval,
    change_sentence,
    change_word,
    signed,
)


def values_section(material: Material, changes: Sequence[YearChange]) -> list[Block]:
    """Return the section on values and their trend."""
    blocks: list[Block] = [
        Heading("nilai", 1, _("Nilai-nilai inti"), new_page=True),
        Paragraph(
            _(
                "Indeks tiap nilai berskala 0 sampai 100. Garis di kiri dan kanan titik adalah "
                "selang kepercayaan 95 %: makin pendek, makin pasti."
            )
        ),
        _value_chart(material),
    ]
    if any(value.priority for value in material.latest.values):
        blocks.append(_priority_table(material))
    if len(material.results) > 1:
        blocks += _trend(material, changes)
    return blocks


def _value_chart(material: Material) -> Chart:
    result = material.latest
    dots = [_dot(material, material.value_name(v), v.estimate) for v in result.values]
    dots.append(_dot(material, _("Rata-rata ketujuh nilai"), result.total, whole=True))
    title = _("Indeks per nilai, {year}").format(year=result.year)
    description = _("Titik indeks dan selang 95 % untuk tiap nilai, dari 0 sampai 100.")
    bands = [(band.id, band.lower) for band in material.method.bands]
    return Chart(
        "grafik-nilai",
        title,
        description,
        dot_plot(
            id="grafik-nilai",
            title=title,
            description=description,
            dots=dots,
            bands=bands,
            head=_("Indeks"),
        ),
        _value_table(material),
        printed=True,
    )


def _dot(material: Material, name: str, estimate: Estimate, *, whole: bool = False) -> Dot:
    low, high = (None, None) if estimate.coded else (estimate.low, estimate.high)
    return Dot(name, estimate.index, low, high, material.index(estimate), whole)


def _value_table(material: Material) -> Table:
    result = material.latest
    rows = [
        _value_row(material, material.value_name(v), v.estimate, v.category) for v in result.values
    ]
    total = _value_row(
        material, _("Rata-rata ketujuh nilai"), result.total, result.total_category, kind="total"
    )
    note = _("Peluang kategori dihitung dengan sebaran awal datar.")
    if not material.official:
        note = _("Kategori tidak dinyatakan: belum memenuhi minimum responden.")
    return Table(
        "tabel-nilai",
        _("Indeks, selang, dan kategori per nilai"),
        (
            Column(_("Nilai"), 3, figures=False),
            Column(_("Indeks")),
            Column(_("Selang 95 %"), 1.5),
            Column(_("Responden"), 1.2),
            Column(_("Kategori")),
            Column(_("Peluang"), 1.2),
        ),
        (*rows, total),
        note,
    )


def _priority_table(material: Material) -> Table:
    """Return which values to work on first: low index, and strongly tied to the other values."""
    words = {
        "improve_first": _("perbaiki lebih dahulu"),
        "improve": _("perbaiki"),
        "keep": _("pertahankan"),
        "watch": _("amati"),
    }
    return Table(
        "tabel-prioritas",
        _("Prioritas nilai"),
        (
            Column(_("Nilai"), 3, figures=False),
            Column(_("Indeks")),
            Column(_("Prioritas"), 3, figures=False),
        ),
        tuple(
            Row(
                (
                    Cell(material.value_name(value)),
                    material.index_cell(value.estimate),
                    Cell(words.get(value.priority, HIDDEN)),
                )
            )
            for value in weakest_first(material.latest.values)
        ),
        _(
            "Perbaiki lebih dahulu: indeks di bawah rata-rata dan erat kaitannya dengan nilai "
            "lain. Kaitan bukan sebab: tabel ini menata perhatian, tidak membuktikan pengaruh."
        ),
    )


def _value_row(
    material: Material,
    name: str,
    estimate: Estimate,
    category: Category,
    kind: str = "",
) -> Row:
    shown = material.official
    return Row(
        (
            Cell(name),
            material.index_cell(estimate),
            Cell(material.interval(estimate)),
            material.count(estimate.n),
            Cell(category.band if shown else HIDDEN),
            Cell(_probability(material, category) if shown else HIDDEN),
        ),
        "total" if kind == "total" else "",
    )


def _probability(material: Material, category: Category) -> str:
    probability = category.probability.get(category.band)
    return HIDDEN if probability is None else material.percent(probability)


def _trend(material: Material, changes: Sequence[YearChange]) -> list[Block]:
    result = material.latest
    blocks: list[Block] = [Heading("tren", 2, _("Perubahan antartahun"))]
    if material.breaks:
        years = ", ".join(str(year) for year in sorted(material.breaks))
        blocks.append(
            Paragraph(
                _(
                    "Metode berubah pada {years}. Angka sebelum dan sesudahnya tidak boleh "
                    "dibandingkan; garis pada grafik terputus di sana."
                ).format(years=years),
                "warning",
            )
        )
    blocks.append(Paragraph(change_sentence(material, change_of(changes, HEADLINE, result.year))))
    blocks.append(_trend_chart(material))
    rows = _change_rows(material, changes)
    if rows:
        blocks.append(_change_table(rows))
    return blocks


def _trend_chart(material: Material) -> Chart:
    panels = [Panel(_("Indeks resmi"), _points(material, HEADLINE))]
    panels += [
        Panel(material.value_name(value), _points(material, value.value))
        for value in material.latest.values
    ]
    title = _("Indeks menurut tahun")
    description = _(
        "Indeks resmi dan indeks tiap nilai menurut tahun, dengan selang 95 %; "
        "garis tegak putus-putus menandai perubahan metode."
    )
    svg = trend(
        id="grafik-tren",
        title=title,
        description=description,
        panels=panels,
        format=material.number,
        mark=_("metode berubah"),
    )
    return Chart("grafik-tren", title, description, svg, _trend_table(material), printed=True)


def _points(material: Material, subject: str) -> tuple[Point, ...]:
    points = []
    breaks = False
    for number, result in enumerate(material.results):
        breaks |= number > 0 and broken(material.results[number - 1], result)
        estimate = estimate_of(result, subject)
        if estimate is None:
            continue
        points.append(Point(result.year, estimate.index, estimate.low, estimate.high, breaks))
        breaks = False
    return tuple(points)


def _trend_table(material: Material) -> Table:
    subjects = [(HEADLINE, _("Indeks resmi"))]
    subjects += [(value.value, material.value_name(value)) for value in material.latest.values]
    rows = [
        Row(
            (
                Cell(name),
                *(material.index_cell(estimate_of(one, subject)) for one in material.results),
            ),
            "total" if subject == HEADLINE else "",
        )
        for subject, name in subjects
    ]
    marks = [f"{one.year}{' ‖' if one.year in material.breaks else ''}" for one in material.results]
    note = _("‖ metode berubah sebelum tahun ini.") if material.breaks else ""
    return Table(
        "tabel-tren",
        _("Indeks menurut tahun"),
        (Column(_("Nilai"), 3, figures=False), *(Column(mark) for mark in marks)),
        tuple(rows),
        note,
    )


def _change_rows(material: Material, changes: Sequence[YearChange]) -> tuple[Row, ...]:
    names = {value.value: material.value_name(value) for value in material.latest.values}
    names = {HEADLINE: _("Indeks resmi"), **names}
    rows = []
    for subject, name in names.items():
        change = change_of(changes, subject, material.latest.year)
        if change is not None and change.comparable:
            rows.append(
                Row(
                    (
                        Cell(name),
                        Cell(signed(material, change.difference)),
                        Cell(change_interval(material, change)),
                        Cell(change_word(change.verdict)),
                        Cell(change_word(change.guaranteed)),
                    )
                )
            )
    return tuple(rows)


def _change_table(rows: tuple[Row, ...]) -> Table:
    return Table(
        "tabel-perubahan",
        _("Perubahan sejak tahun sebelumnya"),
        (
            Column(_("Nilai"), 2, figures=False),
            Column(_("Selisih"), 0.8),
            Column(_("Selang"), 2),
            Column(_("Kesimpulan"), 1.8, figures=False),
            Column(_("Kesimpulan terjamin"), 1.8, figures=False),
        ),
        rows,
        _(
            "Naik atau turun: selang tidak memuat nol. Tidak berubah berarti: selang seluruhnya "
            "di antara −1 dan +1. Selain itu: tidak dapat dipastikan. Kesimpulan terjamin berlaku "
            "siapa pun yang menjawab pada kedua tahun."
        ),
    )


def behaviours_section(material: Material) -> list[Block]:
    """Return the section on behaviours, one chart per value."""
    blocks: list[Block] = [
        Heading("perilaku", 1, _("Perilaku per nilai"), new_page=True),
        Paragraph(
            _("Batang menunjukkan bagian jawaban dari tingkat terendah (kiri) ke tertinggi.")
        ),
    ]
    for value in material.latest.values:
        blocks.append(Heading(f"perilaku-{value.value}", 2, material.value_name(value)))
        if value.behaviours:
            blocks.append(_behaviour_chart(material, value))
        else:
            blocks.append(Paragraph(_no_behaviours(value), "note"))
    return blocks


def _no_behaviours(value: ValueResult) -> str:
    if value.behaviours_hidden:
        return _(
            "Perilaku tidak ditampilkan: bersama angka nilainya, jawaban sedikit orang dapat "
            "dihitung (butir yang dilewati segelintir orang, jawaban yang hampir seragam, atau "
            "responden yang terlalu sedikit)."
        )
    return _("Kuesioner ini tidak menanyakan perilaku satu per satu.")


def _behaviour_chart(material: Material, value: ValueResult) -> Chart:
    id = f"grafik-perilaku-{value.value}"
    title = _("Sebaran jawaban: {value}").format(value=material.value_name(value))
    description = _("Bagian jawaban per tingkat untuk tiap perilaku, dalam persen.")
    levels = _levels(material, value.behaviours)
    bars = [
        Bar(behaviour_text(material, one), one.shares, material.index(one.estimate))
        for one in value.behaviours
    ]
    svg = distribution(id=id, title=title, description=description, bars=bars, levels=levels)
    return Chart(id, title, description, svg, _behaviour_table(material, value, levels))


def _levels(material: Material, behaviours: Sequence[BehaviourResult]) -> tuple[str, ...]:
    """Return the words of the answer levels, or their numbers when the questionnaire is absent."""
    asked = material.latest.provenance.questionnaire
    for instrument in material.instruments:
        if isinstance(instrument, Questionnaire) and instrument.id == asked:
            for item in instrument.items:
                if item.id == behaviours[0].item and len(item.options) == len(behaviours[0].shares):
                    return tuple(one.label.in_language(material.language) for one in item.options)
    return tuple(str(level + 1) for level in range(len(behaviours[0].shares)))


def _behaviour_table(material: Material, value: ValueResult, levels: tuple[str, ...]) -> Table:
    return Table(
        f"tabel-perilaku-{value.value}",
        _("Perilaku {value}: indeks dan bagian jawaban (persen)").format(
            value=material.value_name(value)
        ),
        (
            Column(_("Perilaku"), 4, figures=False),
            Column(_("Indeks")),
            Column(_("Selang 95 %"), 1.6),
            Column(_("Responden"), 1.2),
            *(Column(level) for level in levels),
        ),
        tuple(
            Row(
                (
                    Cell(behaviour_text(material, one)),
                    material.index_cell(one.estimate),
                    Cell(material.interval(one.estimate)),
                    material.count(one.estimate.n),
                    *(material.cell(100 * share, 1) for share in one.shares),
                )
            )
            for one in value.behaviours
        ),
        dense=True,
    )
