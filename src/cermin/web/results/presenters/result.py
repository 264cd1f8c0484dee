"""The page of a result. Everything on it comes from the published result and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from cermin.computation.report import material_of
from cermin.core.publication import OWN_STAFF_SUFFIX
from cermin.core.result import Category, Estimate, IndexResult
from cermin.reports.blocks import Block, Chart, Table
from cermin.reports.changes import HEADLINE, change_of, year_changes
from cermin.reports.figures import Material
from cermin.reports.quality import quality_section, suppression_section
from cermin.reports.sentences import category_sentence, change_sentence, response_sentence
from cermin.reports.summary import index_type_name, notice
from cermin.reports.units import units_section
from cermin.reports.values import values_section


@dataclass(frozen=True)
class Bar:
    """One index with its interval, in words and in places from 0 to 100."""

    name: str
    index: str
    interval: str
    category: str
    width: str
    low: str = ""
    span: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Band:
    """The probability of one category."""

    name: str
    percent: str
    is_named: bool


@dataclass(frozen=True)
class ResultPage:
    """All that the page shows."""

    result: IndexResult
    index_name: str
    index: str
    interval: str
    category: str
    category_sentence: str
    bands: list[Band]
    change: str
    response: str
    response_share: str
    minimum: str
    notice: str
    bars: list[Bar]
    evidence: str
    weights: tuple[str, str]
    blocks: list[Block]  # as in the report, without its charts
    lacks_own_units: bool  # a contact's units are too small to be shown
    sources: list[tuple[str, str]]


def result_page(
    result: IndexResult, before: Sequence[IndexResult], units: frozenset[str] | None = None
) -> ResultPage:
    """Return the page of ``result`` beside earlier years.

    ``units`` narrows it to the agency as a whole and these units, for unit contacts.
    """
    shown = result if units is None else narrowed(result, units)
    material = material_of([*before, shown])
    changes = year_changes(material.results)
    category = shown.headline_category if material.official else None
    has_units = bool(shown.units or shown.suppressed)
    share = 100 * shown.n / shown.population if shown.population else 0.0
    return ResultPage(
        result=shown,
        index_name=index_type_name(shown.index_type),
        index=material.index(shown.headline),
        interval=material.interval(shown.headline),
        category="–" if category is None else material.band_named(category.band),
        category_sentence=category_sentence(material, shown.headline_category),
        bands=_bands(material, category),
        change=change_sentence(material, change_of(changes, HEADLINE, shown.year)),
        response=response_sentence(material, shown),
        response_share=material.number(share, 1) + " %",
        minimum=material.number(shown.minimum, 0),
        notice=notice(material),
        bars=_bars(material),
        evidence=material.number(shown.evidence),
        weights=(
            material.number(material.method.survey_weight, 1),
            material.number(material.method.evidence_weight, 1),
        ),
        blocks=_blocks(
            material, values_section(material, changes), with_units=units is None or has_units
        ),
        lacks_own_units=units is not None and not has_units,
        sources=_sources(shown),
    )


def index_words(result: IndexResult) -> tuple[str, str, str, str]:
    """Return name, index, category and response in a few words, for the page of the cycle."""
    material = material_of([result])
    category = result.headline_category if material.official else None
    band = "" if category is None else material.band_named(category.band)
    return (
        index_type_name(result.index_type),
        material.index(result.headline),
        band,
        response_sentence(material, result),
    )


def narrowed(result: IndexResult, units: frozenset[str]) -> IndexResult:
    """Return the result with the agency as a whole and ``units`` only: a part of what is public."""

    def mine(id: str | None) -> bool:
        return id is not None and id.removesuffix(OWN_STAFF_SUFFIX) in units

    suppressed = tuple(one for one in result.suppressed if mine(one.unit))
    pools = {one.pool for one in suppressed}
    quality = result.quality
    return replace(
        result,
        units=tuple(
            one for one in result.units
            if mine(one.id) or one.id in pools or any(map(mine, one.members))
        ),
        suppressed=suppressed,
        breakdowns=tuple(
            replace(
                one,
                groups=tuple(g for g in one.groups if g.unit is None or mine(g.unit)),
                hidden_units=tuple(filter(mine, one.hidden_units)),
            )
            for one in result.breakdowns
        ),
        quality=replace(
            quality,
            units_over_roster=tuple(filter(mine, quality.units_over_roster)),
            units_without_evidence=(),
        ),
    )  # fmt: skip


def _bands(material: Material, category: Category | None) -> list[Band]:
    if category is None:
        return []
    return [
        Band(
            material.band_named(band),
            material.percent(probability),
            is_named=band == category.band,
        )
        for band, probability in category.probability.items()
    ]


def _bars(material: Material) -> list[Bar]:
    result = material.latest
    bars = [
        _bar(material, material.value_name(one), one.estimate, one.category)
        for one in result.values
    ]
    whole = _bar(material, _("Rata-rata ketujuh nilai"), result.total, result.total_category)
    return [*bars, replace(whole, is_total=True)]


def _bar(material: Material, name: str, estimate: Estimate, category: Category) -> Bar:
    bar = Bar(
        name=name,
        index=material.index(estimate),
        interval=material.interval(estimate),
        category=material.band_named(category.band) if material.official else "–",
        width=f"{estimate.index:.2f}",
    )
    if estimate.low is None or estimate.high is None or estimate.coded:
        return bar
    low, high = max(estimate.low, 0.0), min(estimate.high, 100.0)
    return replace(bar, low=f"{low:.2f}", span=f"{high - low:.2f}")


def _blocks(material: Material, values: Iterable[Block], *, with_units: bool) -> list[Block]:
    changes = [one for one in values if isinstance(one, Table) and one.id == "tabel-perubahan"]
    rest = [
        *(units_section(material) if with_units else ()),
        *quality_section(material),
        *suppression_section(material),
    ]
    return [*changes, *(one for one in rest if not isinstance(one, Chart))]


def _sources(result: IndexResult) -> list[tuple[str, str]]:
    source = result.provenance
    rows = [
        (_("Snapshot jawaban"), source.snapshot_sha256),
        (_("Metode {id}").format(id=source.method), source.method_sha256),
        (_("Kuesioner {id}").format(id=source.questionnaire), source.questionnaire_sha256),
        (_("Set nilai {id}").format(id=source.value_set), source.value_set_sha256),
    ]
    if source.worksheet and source.worksheet_sha256:
        title = _("Lembar kerja {id}").format(id=source.worksheet)
        rows.append((title, source.worksheet_sha256))
    return [*rows, (_("Versi program"), source.code_version)]
