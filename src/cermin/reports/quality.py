"""How far the figures can be trusted: reliability, response, weights, and what is not shown."""

from __future__ import annotations

from cermin.core.result import Suppressed, ValueResult
from cermin.language import _
from cermin.reports.blocks import (
    Block,
    Cell,
    Column,
    Facts,
    Heading,
    Paragraph,
    Row,
    Table,
)
from cermin.reports.figures import HIDDEN, Material
from cermin.reports.sentences import response_sentence

PRORATION_LIMIT = 2.5  # index points: a tenth of an answer step on five levels


def quality_section(material: Material) -> list[Block]:
    """Return the section on reliability and data quality."""
    result = material.latest
    quality = result.quality
    blocks: list[Block] = [
        Heading("mutu", 1, _("Mutu data dan keandalan"), new_page=True),
        Paragraph(response_sentence(material, result)),
        Paragraph(
            _(
                "Selang kepercayaan hanya menghitung ketidakpastian karena tidak semua pegawai "
                "menjawab. Bila yang tidak menjawab berpendapat lain daripada yang menjawab, angka "
                "dapat meleset lebih jauh; tidak ada rumus yang memperbaiki hal itu, karena itu "
                "tingkat tanggapan selalu disebut di samping indeks."
            ),
            "note",
        ),
        Heading("keandalan", 2, _("Keandalan per nilai")),
        _reliability_table(material),
        Heading("pemeriksaan", 2, _("Pemeriksaan data")),
        _quality_facts(material),
    ]
    if quality.collapsed_cells:
        blocks.append(
            Paragraph(
                _(
                    "{count} sel tanpa cukup responden digabung dengan sel terdekat sebelum "
                    "pembobotan."
                ).format(count=quality.collapsed_cells)
            )
        )
    if quality.units_without_evidence:
        blocks.append(
            Paragraph(
                _("Belum ada nilai bukti: {units}.").format(
                    units="; ".join(quality.units_without_evidence)
                )
            )
        )
    gaps = [one for one in material.latest.values if one.proration_gap > PRORATION_LIMIT]
    if gaps:
        blocks.append(
            Paragraph(
                _(
                    "Butir yang dilewati menggeser angka {values} lebih dari {limit} poin: rerata "
                    "nilai dan rerata butirnya berbeda."
                ).format(
                    values=", ".join(material.value_name(one) for one in gaps),
                    limit=material.number(PRORATION_LIMIT, 1),
                ),
                "warning",
            )
        )
    if quality.units_over_roster:
        blocks.append(
            Paragraph(
                _("Jawaban lebih banyak daripada pegawai pada daftar: {units}.").format(
                    units="; ".join(_unit_names(material, quality.units_over_roster))
                ),
                "warning",
            )
        )
    return blocks


def _unit_names(material: Material, ids: tuple[str, ...]) -> list[str]:
    names = {unit.id: material.unit_name(unit) for unit in material.latest.units}
    return [names.get(id, id) for id in ids]


def _reliability_table(material: Material) -> Table:
    def row(value: ValueResult) -> Row:
        one = value.reliability
        return Row(
            (
                Cell(material.value_name(value)),
                material.count(one.n_complete),
                *(
                    material.cell(figure, 2)
                    for figure in (one.alpha, one.omega, one.icc1, one.icc2, one.rwg_median)
                ),
            )
        )

    return Table(
        "tabel-keandalan",
        _("Keandalan ukuran dan kesepakatan antarpegawai"),
        (
            Column(_("Nilai"), 3, figures=False),
            Column(_("Jawaban lengkap"), 1.4),
            Column("α"),
            Column("ω"),
            Column("ICC(1)"),
            Column("ICC(2)"),
            Column("r_wg(j)"),
        ),
        tuple(row(value) for value in material.latest.values),
        _(
            "α dan ω: keselarasan butir dalam satu nilai. ICC(1) dan ICC(2): beda antarunit. "
            "r_wg(j): kesepakatan dalam unit, median. {dash}: tidak bermakna untuk butir pilihan, "
            "atau tidak aman ditampilkan."
        ).format(dash=HIDDEN),
    )


def _quality_facts(material: Material) -> Facts:
    quality = material.latest.quality
    few = _("kurang dari {threshold}").format(threshold=material.latest.threshold)

    def count(n: int | None) -> str:
        return few if n is None else material.number(n, 0)

    pairs = [
        (_("Baris dibaca"), count(quality.rows_read)),
        (_("Baris kosong"), count(quality.rows_empty)),
        (_("Butir tidak dijawab"), material.number(quality.missing_percent, 1) + " %"),
        (_("Jawaban sama semua (straight-lining)"), count(quality.straight_lined)),
        (_("Sebagian besar butir kosong"), count(quality.mostly_missing)),
        (_("Bobot terbesar dibanding median"), material.number(quality.largest_weight_ratio, 2)),
    ]
    if material.latest.reliability_total is not None:
        pairs.append(
            (_("Keandalan indeks total"), material.number(material.latest.reliability_total, 2))
        )
    return Facts(tuple(pairs))


def suppression_section(material: Material) -> list[Block]:
    """Return the list of what is not shown and why."""
    result = material.latest
    blocks: list[Block] = [
        Heading("tidak-ditampilkan", 1, _("Yang tidak ditampilkan dan alasannya")),
        Paragraph(
            _(
                "Tidak ada hasil untuk kelompok dengan kurang dari {threshold} responden, dan "
                "tidak ada pasangan angka yang selisihnya membuka kelompok sekecil itu."
            ).format(threshold=result.threshold)
        ),
    ]
    if not result.suppressed:
        return [*blocks, Paragraph(_("Semua unit ditampilkan sendiri."))]
    return [*blocks, _suppression_table(material)]


def _suppression_table(material: Material) -> Table:
    pools = {unit.id: material.path_name(unit) for unit in material.latest.units}
    return Table(
        "tabel-tidak-ditampilkan",
        _("Unit yang tidak ditampilkan sendiri"),
        (
            Column(_("Unit"), 3, figures=False),
            Column(_("Alasan"), 3, figures=False),
            Column(_("Terhitung dalam"), 4, figures=False),
        ),
        tuple(
            Row(
                (
                    Cell(one.name),
                    Cell(_reason(material, one)),
                    Cell(pools.get(one.pool or "", _("angka unit induknya"))),
                )
            )
            for one in material.latest.suppressed
        ),
    )


def _reason(material: Material, one: Suppressed) -> str:
    return {
        "below_threshold": _("Kurang dari {threshold} responden"),
        "protects_others": _("Melindungi unit kecil di sebelahnya"),
        "extreme": _("Jawaban hampir seragam di ujung skala"),
        "parent_hidden": _("Unit induknya tidak ditampilkan"),
    }[one.reason].format(threshold=material.latest.threshold)
