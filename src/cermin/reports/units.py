"""The units: all values at a glance, ranks with their uncertainty, the one crossing, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from cermin.core.result import Breakdown, Estimate, GroupResult, Suppressed, UnitResult
from cermin.language import _
from cermin.reports.blocks import Block, Cell, Chart, Column, Heading, Paragraph, Row, Table
from cermin.reports.charts import Dot, dot_plot
from cermin.reports.figures import HIDDEN, Material

N_ROWS_CHART = 12  # small enough to share a page with a table
HIDDEN_MARK = "T"

Line = tuple[int, UnitResult | Suppressed]


def units_section(material: Material) -> list[Block]:
    """Return the section on units."""
    blocks: list[Block] = [Heading("unit", 1, _("Unit kerja"), new_page=True)]
    if not material.latest.units:
        return [
            *blocks,
            Paragraph(
                _(
                    "Tidak ada unit yang ditampilkan: setiap unit mempunyai kurang dari "
                    "{threshold} responden."
                ).format(threshold=material.latest.threshold),
                "note",
            ),
        ]
    blocks += [Heading("peta", 2, _("Peta nilai per unit")), _heatmap(material)]
    blocks += _ranking(material)
    if any(unit.evidence is not None or unit.composite for unit in material.latest.units):
        blocks += [Heading("bukti", 2, _("Bukti dan nilai gabungan")), _evidence_table(material)]
    for breakdown in material.latest.breakdowns:
        blocks += _breakdown(material, breakdown)
    return blocks


def lines_of_tree(
    units: tuple[UnitResult, ...], suppressed: tuple[Suppressed, ...]
) -> Iterator[Line]:
    """Yield (depth, unit) parents first; hidden units right after the pool that holds them."""
    known = {unit.id for unit in units}
    children: dict[str | None, list[UnitResult]] = {}
    for unit in units:
        children.setdefault(unit.parent if unit.parent in known else None, []).append(unit)

    def walk(parent: str | None, depth: int) -> Iterator[Line]:
        for unit in children.get(parent, ()):
            yield depth, unit
            yield from ((depth + 1, one) for one in suppressed if one.pool == unit.id)
            yield from walk(unit.id, depth + 1)

    yield from walk(None, 0)
    yield from ((0, one) for one in suppressed if one.pool not in known)


def _heatmap(material: Material) -> Table:
    result = material.latest
    rows = [
        Row(
            (
                Cell(_("Seluruh instansi")),
                material.count(result.n),
                *(_tinted(material, value.estimate) for value in result.values),
                _tinted(material, result.total),
            ),
            "total",
        )
    ]
    for depth, unit in lines_of_tree(result.units, result.suppressed):
        rows.append(_heat_row(material, depth, unit))
    return Table(
        "peta-unit",
        _("Indeks per unit dan nilai; huruf menunjukkan kategori"),
        (
            Column(_("Unit"), 4.6, figures=False),
            Column(_("n"), 0.9),
            *(Column(material.value_name(value), 1.5) for value in result.values),
            Column(_("Rerata"), 1.35),
        ),
        tuple(rows),
        _(
            "Makin gelap, makin tinggi kategorinya. {mark} dengan arsiran: tidak ditampilkan "
            "sendiri agar jawaban perseorangan tidak terbaca; orangnya tetap terhitung dalam "
            "unit lain digabung dan dalam angka instansi."
        ).format(mark=HIDDEN_MARK),
        dense=True,
    )


def _heat_row(material: Material, depth: int, unit: UnitResult | Suppressed) -> Row:
    values = material.latest.values
    if isinstance(unit, Suppressed):
        marks = tuple(Cell(HIDDEN_MARK, shade="hidden") for _value in range(len(values) + 2))
        return Row((Cell(unit.name, level=depth), *marks))
    cells = (
        Cell(material.unit_name(unit), level=depth),
        material.count(unit.n),
        *(_tinted(material, unit.values.get(value.value)) for value in values),
        _tinted(material, unit.total),
    )
    return Row(cells, "pool" if unit.members else "")


def _tinted(material: Material, estimate: Estimate | None) -> Cell:
    if estimate is None:
        return Cell(HIDDEN_MARK, shade="hidden")
    cell = material.index_cell(estimate)
    letter = f"\N{NO-BREAK SPACE}{material.band(estimate.index).id}" if material.official else ""
    return Cell(cell.text + letter, cell.number, cell.decimals, material.shade(estimate.index))


def headline_of(unit: UnitResult) -> Estimate:
    """Return the composite of a unit when the method has one, else its mean of values."""
    return unit.composite or unit.total


def rank_text(unit: UnitResult) -> str:
    """Write a rank as the range that the interval cannot tell apart."""
    if unit.rank is None:
        return HIDDEN
    low, high = unit.rank_low or unit.rank, unit.rank_high or unit.rank
    return str(low) if low == high else f"{low}–{high}"


def _ranking(material: Material) -> list[Block]:
    ranked = sorted(
        (unit for unit in material.latest.units if unit.rank is not None),
        key=lambda unit: unit.rank or 0,
    )
    if not ranked:
        return []
    blocks: list[Block] = [
        Heading("peringkat", 2, _("Peringkat unit tingkat pertama")),
        Paragraph(
            _(
                "Unit yang selangnya bertumpang tindih tidak dapat dibedakan, sehingga peringkat "
                "ditulis sebagai rentang: 3–9 berarti di antara urutan ketiga dan kesembilan."
            )
        ),
    ]
    parts = [ranked[at : at + N_ROWS_CHART] for at in range(0, len(ranked), N_ROWS_CHART)]
    for number, part in enumerate(parts, start=1):
        blocks.append(_ranking_chart(material, part, number, len(parts)))
    blocks.append(_ranking_table(material, ranked))
    return blocks


def _ranking_chart(
    material: Material, ranked: list[UnitResult], number: int, n_parts: int
) -> Chart:
    title = _("Peringkat unit dengan selang 95 %")
    if n_parts > 1:
        title = _("{title}, bagian {number} dari {n_parts}").format(
            title=title, number=number, n_parts=n_parts
        )
    description = _("Titik indeks dan selang 95 % tiap unit; di kanan rentang peringkatnya.")
    dots = []
    for unit in ranked:
        figure = headline_of(unit)
        low, high = (None, None) if figure.coded else (figure.low, figure.high)
        dots.append(Dot(material.unit_name(unit), figure.index, low, high, rank_text(unit)))
    bands = [(band.id, band.lower) for band in material.method.bands]
    id = f"grafik-peringkat-{number}"
    svg = dot_plot(
        id=id,
        title=title,
        description=description,
        dots=dots,
        bands=bands,
        head=_("Peringkat"),
    )
    return Chart(id, title, description, svg, _ranking_table(material, ranked, f"data-{number}"))


def _ranking_table(material: Material, ranked: list[UnitResult], part: str = "") -> Table:
    return Table(
        "tabel-peringkat" + (f"-{part}" if part else ""),
        _("Peringkat unit tingkat pertama"),
        (
            Column(_("Unit"), 5, figures=False),
            Column(_("Peringkat"), 1.3),
            Column(_("Indeks"), 1.2),
            Column(_("Selang 95 %"), 1.8),
            Column(_("Responden"), 1.3),
            Column(_("Kategori"), 1.2),
        ),
        tuple(_ranking_row(material, unit) for unit in ranked),
        _("Kategori unit yang belum memenuhi minimum responden tidak dinyatakan."),
    )


def _ranking_row(material: Material, unit: UnitResult) -> Row:
    figure = headline_of(unit)
    met = unit.minimum_met is not False and material.official and unit.category is not None
    return Row(
        (
            Cell(material.unit_name(unit)),
            Cell(rank_text(unit)),
            material.index_cell(figure),
            Cell(material.interval(figure)),
            material.count(unit.n),
            Cell(unit.category.band if met and unit.category else HIDDEN),
        ),
        "pool" if unit.members else "",
    )


def _evidence_table(material: Material) -> Table:
    method = material.method
    rows = [
        Row(
            (
                Cell(material.unit_name(unit)),
                material.index_cell(unit.total),
                material.cell(unit.evidence),
                material.index_cell(unit.composite),
            ),
            "pool" if unit.members else "",
        )
        for unit in material.latest.units
        if unit.evidence is not None or unit.composite
    ]
    return Table(
        "tabel-bukti",
        _("Survei, bukti, dan nilai gabungan"),
        (
            Column(_("Unit"), 5, figures=False),
            Column(_("Survei")),
            Column(_("Bukti")),
            Column(_("Gabungan")),
        ),
        tuple(rows),
        _("Gabungan = {survey} × survei + {evidence} × bukti.").format(
            survey=material.number(method.survey_weight, 1),
            evidence=material.number(method.evidence_weight, 1),
        ),
    )


def group_word(name: str) -> str:
    """Return a breakdown variable, or one of its groups, in the language of the report."""
    known = {
        "jenis_pegawai": _("jenis pegawai"),
        "jenis_kelamin": _("jenis kelamin"),
        "Laki-laki": _("Laki-laki"),
        "Perempuan": _("Perempuan"),
    }
    return known.get(name, name)


def _breakdown(material: Material, breakdown: Breakdown) -> list[Block]:
    names = {unit.id: material.unit_name(unit) for unit in material.latest.units}
    hidden = [names.get(unit, unit) for unit in breakdown.hidden_units]
    title = _("Menurut {variable}").format(variable=group_word(breakdown.variable))
    blocks: list[Block] = [
        Heading(f"silang-{slug(breakdown.variable)}", 2, title),
        _breakdown_table(material, breakdown, names),
    ]
    if hidden:
        blocks.append(
            Paragraph(
                _("Rincian ini tidak ditampilkan untuk: {units}.").format(units="; ".join(hidden)),
                "note",
            )
        )
    return blocks


def slug(words: str) -> str:
    """Return ``words`` as an identifier."""
    return "-".join("".join(c if c.isalnum() else " " for c in words.lower()).split())


def _breakdown_table(material: Material, breakdown: Breakdown, names: dict[str, str]) -> Table:
    values = material.latest.values
    return Table(
        f"tabel-silang-{slug(breakdown.variable)}",
        _("Indeks menurut {variable}").format(variable=group_word(breakdown.variable)),
        (
            Column(_("Unit"), 4.4, figures=False),
            Column(_("Kelompok"), 1.5, figures=False),
            Column(_("n"), 0.9),
            *(Column(material.value_name(value), 1.5) for value in values),
            Column(_("Rerata"), 1.2),
        ),
        tuple(_group_row(material, group, names) for group in breakdown.groups),
        dense=True,
    )


def _group_row(material: Material, group: GroupResult, names: dict[str, str]) -> Row:
    whole = group.unit is None
    name = _("Seluruh instansi") if group.unit is None else names.get(group.unit, group.unit)
    return Row(
        (
            Cell(name),
            Cell(group_word(group.group)),
            material.count(group.n),
            *(material.index_cell(group.values.get(v.value)) for v in material.latest.values),
            material.index_cell(group.total),
        ),
        "total" if whole else "",
    )
