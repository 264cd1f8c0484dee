"""Legal references, our own drafts, and the glossary."""

from __future__ import annotations

from cermin.instruments.load import Instrument
from cermin.language import _
from cermin.reports.blocks import Block, Cell, Column, Facts, Heading, Paragraph, Row, Table
from cermin.reports.figures import Material


def references_section(material: Material) -> list[Block]:
    """Return the legal basis and the list of instruments with their origin."""
    drafts = material.latest.provenance.own_drafts
    blocks: list[Block] = [
        Heading("dasar-hukum", 1, _("Dasar hukum dan instrumen")),
        Paragraph(
            _(
                "Nilai dasar BerAKHLAK: Surat Edaran Menteri PANRB Nomor 20 Tahun 2021. Evaluasi "
                "budaya kerja menjadi bagian dari evaluasi reformasi birokrasi: Keputusan Menteri "
                "PANRB Nomor 182 Tahun 2024. Pelindungan data pribadi: Undang-Undang Nomor 27 "
                "Tahun 2022."
            )
        ),
    ]
    if drafts:
        blocks.append(
            Paragraph(
                _(
                    "Rancangan Cermin sendiri, bukan naskah resmi: {drafts}. Angka dari instrumen "
                    "ini tidak boleh disebut hasil instrumen resmi."
                ).format(drafts=", ".join(drafts)),
                "warning",
            )
        )
    if material.instruments:
        blocks.append(_instrument_table(material))
        blocks += [_note(material, one) for one in material.instruments if one.source.note]
    return blocks


def _instrument_table(material: Material) -> Table:
    return Table(
        "tabel-instrumen",
        _("Instrumen yang dipakai"),
        (
            Column(_("Instrumen"), 2.4, figures=False),
            Column(_("Asal"), 5.6, figures=False),
            Column(_("Status"), 1.5, figures=False),
        ),
        tuple(
            Row(
                (
                    Cell(one.title.in_language(material.language)),
                    Cell(" ".join(one.source.reference.split())),
                    Cell(_("rancangan Cermin") if one.source.own_draft else _("naskah rujukan")),
                )
            )
            for one in material.instruments
        ),
    )


def _note(material: Material, one: Instrument) -> Paragraph:
    note = one.source.note
    words = "" if note is None else " ".join(note.in_language(material.language).split())
    return Paragraph(f"{one.title.in_language(material.language)}. {words}", "note")


def glossary_section(material: Material) -> list[Block]:
    """Return the glossary."""
    terms = (
        (_("Indeks"), _("Angka 0 sampai 100; makin tinggi makin dijalankan.")),
        (
            _("Selang 95 %"),
            _("Rentang yang memuat angka sebenarnya dalam 95 dari 100 pengulangan survei."),
        ),
        (
            _("Peluang kategori"),
            _(
                "Peluang bahwa indeks sebenarnya berada dalam kategori itu. Hampir pasti: 99 % ke "
                "atas; sangat mungkin: 90 %; mungkin: 66 %; belum pasti: 33 %."
            ),
        ),
        (
            _("Minimum responden"),
            _("Jumlah responden paling sedikit agar kategori resmi dapat ditetapkan."),
        ),
        (
            _("Orang yang diwakili"),
            _("Jumlah bobot responden; jumlahnya menyamai pegawai pada daftar."),
        ),
        (_("Unit dasar"), _("Unit atau gabungan unit terkecil yang ditampilkan.")),
        (
            _("Unit lain digabung"),
            _("Gabungan unit kecil bersaudara, supaya jawaban perseorangan tidak terbaca."),
        ),
        (
            _("{bound} atau lebih").format(bound=material.number(97.5, 1)),
            _("Batas yang dicetak menggantikan angka yang terlalu dekat ke ujung skala."),
        ),
        (
            _("Metode berubah"),
            _("Cara mengukur berganti, sehingga angka dua tahun itu tidak dibandingkan."),
        ),
        (_("Snapshot"), _("Berkas data beku yang ditandai sidik SHA-256.")),
    )
    return [Heading("istilah", 1, _("Daftar istilah")), Facts(terms)]
