"""The page for the head of the agency, and the cover."""

from __future__ import annotations

from collections.abc import Sequence

from cermin.core.result import BehaviourResult, ValueResult
from cermin.language import _
from cermin.reports.blocks import (
    Beside,
    Block,
    Bullets,
    Cell,
    Column,
    Facts,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Row,
    Table,
)
from cermin.reports.changes import HEADLINE, YearChange, change_of
from cermin.reports.figures import HIDDEN, Material, weakest_first
from cermin.reports.sentences import (
    N_NAMED,
    behaviour_text,
    category_sentence,
    change_sentence,
    change_word,
    next_steps,
    response_sentence,
)


def index_type_name(index_type: str) -> str:
    """Return the name of an index type."""
    return {
        "implementation": _("Indeks implementasi BerAKHLAK"),
        "total_culture_health": _("Total indeks kesehatan budaya organisasi"),
        "composite": _("Indeks gabungan survei dan bukti"),
    }.get(index_type, index_type)


def cover_facts(material: Material) -> Facts:
    """Return the facts printed on the cover."""
    result = material.latest
    source = result.provenance
    return Facts(
        (
            (_("Tahun evaluasi"), str(result.year)),
            (_("Ukuran"), index_type_name(result.index_type)),
            (_("Metode"), material.method.title.in_language(material.language)),
            (_("Responden"), response_sentence(material, result)),
            (_("Snapshot data (SHA-256)"), source.snapshot_sha256),
            (_("Versi program"), source.code_version),
        )
    )


def notice(material: Material) -> str:
    """Return what a reader must know before any figure; "" when there is nothing."""
    parts = []
    if not material.official:
        parts.append(
            _("Belum memenuhi minimum responden: laporan ini tidak memuat kategori resmi.")
        )
    if material.latest.provenance.own_drafts:
        parts.append(
            _(
                "Sebagian instrumen adalah rancangan Cermin sendiri, bukan naskah resmi; "
                "rinciannya ada pada bagian dasar hukum dan instrumen."
            )
        )
    return " ".join(parts)


def summary(material: Material, changes: Sequence[YearChange]) -> list[Block]:
    """Return the one-page summary."""
    result = material.latest
    change = change_of(changes, HEADLINE, result.year)
    blocks: list[Block] = [
        Heading("ringkasan", 1, _("Ringkasan untuk pimpinan"), new_page=True),
        KeyFigures(_key_figures(material, change)),
        Paragraph(category_sentence(material, result.headline_category), "lead"),
        Paragraph(change_sentence(material, change)),
        Paragraph(response_sentence(material, result)),
        _extremes(material),
    ]
    behaviours = _behaviour_extremes(material)
    if behaviours:
        blocks.append(behaviours)
    blocks += [
        Heading("langkah", 2, _("Langkah berikutnya")),
        Bullets(next_steps(material), ordered=True),
    ]
    return blocks


def _key_figures(material: Material, change: YearChange | None) -> tuple[KeyFigure, ...]:
    result = material.latest
    category = result.headline_category if material.official else None
    band = HIDDEN if category is None else category.band
    named = (
        _("belum memenuhi minimum responden")
        if category is None
        else material.band_named(category.band)
    )
    share = 100 * result.n / result.population if result.population else 0.0
    return (
        KeyFigure(
            index_type_name(result.index_type),
            material.index(result.headline),
            _("95 %: {interval}").format(interval=material.interval(result.headline)),
        ),
        KeyFigure(_("Kategori"), band, named),
        KeyFigure(
            _("Sejak tahun lalu"),
            HIDDEN if change is None or not change.comparable else _arrow(change),
            _change_detail(change),
        ),
        KeyFigure(
            _("Tanggapan"),
            material.number(share, 1) + " %",
            _("{n} orang; minimum {minimum}").format(
                n=material.number(result.n, 0), minimum=material.number(result.minimum, 0)
            ),
        ),
    )


def _arrow(change: YearChange) -> str:
    return {"up": "▲", "down": "▼", "no_material_change": "="}.get(change.verdict or "", "?")


def _change_detail(change: YearChange | None) -> str:
    if change is None:
        return _("belum ada pembanding")
    return change_word(change.verdict) if change.comparable else _("metode berubah")


def _extremes(material: Material) -> Beside:
    ordered = weakest_first(material.latest.values)
    strong = list(reversed(ordered))[:N_NAMED]
    return Beside(
        _value_table(material, "nilai-terkuat", _("Tiga nilai terkuat"), strong),
        _value_table(material, "nilai-terlemah", _("Tiga nilai terlemah"), ordered[:N_NAMED]),
    )


def _value_table(material: Material, id: str, caption: str, values: Sequence[ValueResult]) -> Table:
    return Table(
        id,
        caption,
        (Column(_("Nilai"), 3, figures=False), Column(_("Indeks"), 1)),
        tuple(
            Row((Cell(material.value_name(value)), material.index_cell(value.estimate)))
            for value in values
        ),
    )


def _behaviour_extremes(material: Material) -> Beside | None:
    behaviours = [one for value in material.latest.values for one in value.behaviours]
    if len(behaviours) < 2 * N_NAMED:
        return None
    ordered = sorted(behaviours, key=lambda one: one.estimate.index)
    strong = list(reversed(ordered))[:N_NAMED]
    return Beside(
        _behaviour_table(material, "perilaku-terkuat", _("Tiga perilaku terkuat"), strong),
        _behaviour_table(
            material, "perilaku-terlemah", _("Tiga perilaku terlemah"), ordered[:N_NAMED]
        ),
    )


def _behaviour_table(
    material: Material, id: str, caption: str, behaviours: Sequence[BehaviourResult]
) -> Table:
    return Table(
        id,
        caption,
        (Column(_("Perilaku"), 3, figures=False), Column(_("Indeks"), 1)),
        tuple(
            Row((Cell(behaviour_text(material, one)), material.index_cell(one.estimate)))
            for one in behaviours
        ),
    )
