"""The annex: from this page alone a reader computes the printed index again."""

from __future__ import annotations

from cermin.core.result import IndexResult, UnitResult, ValueResult
from cermin.core.scheme import Scoring
from cermin.language import _
from cermin.reports.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Facts,
    Heading,
    Paragraph,
    Row,
    Table,
)
from cermin.reports.figures import HIDDEN, Material

PLACES = 4  # decimals of the atoms table: enough for the printed decimals of the index


def annex_section(material: Material) -> list[Block]:
    """Return the method annex."""
    result = material.latest
    blocks: list[Block] = [
        Heading("lampiran", 1, _("Lampiran: cara menghitung ulang"), new_page=True),
        Heading("rumus", 2, _("Rumus")),
        Bullets(_formulas(material), ordered=True),
        Heading("atom", 2, _("Unit dasar, bobot, dan rerata nilai")),
    ]
    atoms = [unit for unit in result.units if unit.atom]
    if atoms:
        blocks.append(_atoms_table(material, atoms))
        if any(unit.value_represented for unit in atoms):
            blocks.append(_represented_table(material, atoms))
        blocks += _value_arithmetic(material, atoms)
    else:
        blocks.append(Paragraph(_("Tidak ada unit yang ditampilkan; mulai dari nilai instansi.")))
    blocks += [Heading("hitungan", 2, _("Dari tujuh nilai ke indeks")), *_arithmetic(material)]
    blocks += [Heading("kategori", 2, _("Batas kategori")), _bands_table(material)]
    if result.other_indices:
        blocks += [Heading("indeks-lain", 2, _("Indeks lain")), _other_table(material)]
    return [*blocks, Heading("asal", 2, _("Asal data dan versi")), _provenance(material)]


def _formulas(material: Material) -> tuple[str, ...]:
    scoring = {
        Scoring.PERCENT_OF_RANGE: _(
            "Skor orang = 100 × (rerata jawaban − terendah) / (tertinggi − terendah)."
        ),
        Scoring.PERCENT_OF_MAXIMUM: _("Skor orang = 100 × rerata jawaban / tertinggi."),
        Scoring.SHARE_OF_VOTES: _("Skor orang = 100 × bagian pilihan yang jatuh pada nilai itu."),
    }[material.method.scoring]
    steps = [
        scoring,
        _(
            "Nilai instansi = jumlah (orang yang diwakili × rerata nilai unit) dibagi jumlah orang "
            "yang diwakili, atas semua unit dasar."
        ),
        _("Indeks = jumlah {count} nilai dibagi tepat {count}, tanpa pembulatan di tengah.").format(
            count=len(material.latest.values)
        ),
        _(
            "Pembulatan setengah ke atas, {decimals} desimal, satu kali di akhir; "
            "kategori ditentukan sesudah pembulatan."
        ).format(decimals=material.latest.decimals),
    ]
    if material.method.evidence_weight:
        steps.append(
            _("Nilai gabungan = {survey} × indeks + {evidence} × nilai bukti.").format(
                survey=material.number(material.method.survey_weight, 1),
                evidence=material.number(material.method.evidence_weight, 1),
            )
        )
    return tuple(steps)


def _atoms_table(material: Material, atoms: list[UnitResult]) -> Table:
    values = material.latest.values
    return Table(
        "tabel-atom",
        _("Unit dasar: responden, orang yang diwakili, dan rerata tiap nilai"),
        (
            Column(_("Unit dasar"), 4.4, figures=False),
            Column(_("n"), 0.8),
            Column(_("Diwakili"), 1.5),
            *(Column(material.value_name(value), 1.5) for value in values),
        ),
        tuple(
            Row(
                (
                    Cell(material.path_name(unit)),
                    material.count(unit.n),
                    material.cell(unit.represented, PLACES),
                    *(material.index_cell(unit.values.get(v.value), PLACES) for v in values),
                ),
                "pool" if unit.members else "",
            )
            for unit in atoms
        ),
        _("Diwakili: jumlah bobot, yaitu pegawai yang diwakili para respondennya."),
        dense=True,
    )


def _represented_table(material: Material, atoms: list[UnitResult]) -> Table:
    values = material.latest.values
    return Table(
        "tabel-diwakili",
        _("Orang yang diwakili pada tiap nilai"),
        (
            Column(_("Unit dasar"), 4.4, figures=False),
            *(Column(material.value_name(value), 1.5) for value in values),
        ),
        tuple(
            Row(
                (
                    Cell(material.path_name(unit)),
                    *(material.cell(_represented(unit, value), PLACES) for value in values),
                ),
                "pool" if unit.members else "",
            )
            for unit in atoms
        ),
        _("Berbeda antarnilai bila sebagian responden tidak menjawab cukup butir nilai itu."),
        dense=True,
    )


def _value_arithmetic(material: Material, atoms: list[UnitResult]) -> list[Block]:
    """Work out the first value whose atoms are all printed in full, and list the other sums."""
    rows = []
    for value in material.latest.values:
        sums = _weighted_sums(value, atoms)
        if sums is None:
            rows.append(Row((Cell(material.value_name(value)), *(Cell(HIDDEN),) * 3)))
            continue
        top, people = sums
        rows.append(
            Row(
                (
                    Cell(material.value_name(value)),
                    material.cell(top, PLACES),
                    material.cell(people, PLACES),
                    material.cell(top / people, PLACES),
                )
            )
        )
    return [
        Table(
            "tabel-jumlah",
            _("Jumlah tertimbang tiap nilai"),
            (
                Column(_("Nilai"), 3, figures=False),
                Column(_("Jumlah diwakili × rerata"), 2),
                Column(_("Jumlah diwakili"), 2),
                Column(_("Hasil bagi")),
            ),
            tuple(rows),
            _("{dash}: ada unit yang hanya ditampilkan sebagai batas.").format(dash=HIDDEN),
        )
    ]


def _weighted_sums(value: ValueResult, atoms: list[UnitResult]) -> tuple[float, float] | None:
    """Return the two sums behind a value, or None when a part of them is not printed in full."""
    estimates = [unit.values.get(value.value) for unit in atoms]
    if any(one is None or one.coded for one in estimates):
        return None
    people = [_represented(unit, value) for unit in atoms]
    indices = [one.index for one in estimates if one is not None]
    return sum(n * x for n, x in zip(people, indices, strict=True)), sum(people)


def _represented(unit: UnitResult, value: ValueResult) -> float:
    return unit.value_represented.get(value.value, unit.represented)


def _arithmetic(material: Material) -> list[Block]:
    result = material.latest
    if any(value.estimate.coded for value in result.values):
        return [Paragraph(_("Ada nilai yang hanya ditampilkan sebagai batas."), "note")]
    terms = " + ".join(material.number(value.estimate.index, PLACES) for value in result.values)
    total = sum(value.estimate.index for value in result.values)
    count = len(result.values)
    blocks: list[Block] = [
        Paragraph(f"({terms}) / {count}", "formula"),
        Paragraph(
            f"= {material.number(total, PLACES)} / {count} = "
            f"{material.number(result.total.index, PLACES)} → {material.index(result.total)}",
            "formula",
        ),
    ]
    if result.evidence is not None and result.index_type == "composite":
        blocks.append(Paragraph(_composite_line(material, result, result.evidence), "formula"))
    return blocks


def _composite_line(material: Material, result: IndexResult, evidence: float) -> str:
    method = material.method
    survey = material.number(method.survey_weight, 1)
    weight = material.number(method.evidence_weight, 1)
    return (
        f"{survey} × {material.number(result.total.index, PLACES)} + {weight} × "
        f"{material.number(evidence, PLACES)} = {material.number(result.headline.index, PLACES)}"
        f" → {material.index(result.headline)}"
    )


def _bands_table(material: Material) -> Table:
    rows = []
    for band in material.method.bands:
        meaning = band.meaning.in_language(material.language) if band.meaning else ""
        rows.append(
            Row(
                (
                    Cell(band.id),
                    Cell(band.name.in_language(material.language)),
                    material.cell(band.lower, material.latest.decimals),
                    Cell(meaning),
                )
            )
        )
    return Table(
        "tabel-kategori",
        _("Kategori dan batas bawahnya"),
        (
            Column(_("Kategori"), 1, figures=False),
            Column(_("Nama"), 1.6, figures=False),
            Column(_("Mulai dari")),
            Column(_("Arti"), 4, figures=False),
        ),
        tuple(rows),
    )


def _other_table(material: Material) -> Table:
    return Table(
        "tabel-indeks-lain",
        _("Indeks lain pada tahun ini"),
        (Column(_("Indeks"), 3, figures=False), Column(_("Nilai"))),
        tuple(
            Row((Cell(name), material.cell(index)))
            for name, index in material.latest.other_indices.items()
        ),
        _("Angka dari jenis indeks yang berbeda tidak dibandingkan."),
    )


def _provenance(material: Material) -> Facts:
    source = material.latest.provenance
    pairs = [
        (_("Snapshot data (SHA-256)"), source.snapshot_sha256),
        (_("Metode"), _cited(source.method, source.method_sha256)),
        (_("Kuesioner"), _cited(source.questionnaire, source.questionnaire_sha256)),
        (_("Himpunan nilai"), _cited(source.value_set, source.value_set_sha256)),
        (_("Versi program"), source.code_version),
    ]
    if source.worksheet:
        worksheet = _cited(source.worksheet, source.worksheet_sha256 or HIDDEN)
        pairs.insert(3, (_("Lembar kerja"), worksheet))
    return Facts(tuple(pairs))


def _cited(id: str, sha256: str) -> str:
    return f"{id} · {sha256}"
