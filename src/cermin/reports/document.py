"""One report model for PDF, XLSX and HTML: every sentence, table and chart, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.core.scheme import Method
from cermin.instruments.load import Instrument
from cermin.language import _
from cermin.reports.annex import annex_section
from cermin.reports.blocks import Block, Document, Heading, Logo
from cermin.reports.changes import year_changes
from cermin.reports.figures import Material
from cermin.reports.quality import quality_section, suppression_section
from cermin.reports.references import glossary_section, references_section
from cermin.reports.summary import cover_facts, index_type_name, notice, summary
from cermin.reports.units import units_section
from cermin.reports.values import behaviours_section, values_section


def build_document(
    results: Sequence[IndexResult],
    *,
    methods: Mapping[str, Method],
    instruments: Sequence[Instrument] = (),
    language: str = "id",
    logo: Logo | None = None,
) -> Document:
    """Write the report on the latest of ``results``, years of one agency in any order.

    ``methods`` maps the method ids that the results cite; ``language`` chooses number format and
    the text of instruments, while sentences follow ``cermin.language.use``.
    """
    material = material_for(results, methods, instruments, language)
    latest = material.latest
    changes = year_changes(material.results)
    blocks: list[Block] = [
        *summary(material, changes),
        *values_section(material, changes),
        *behaviours_section(material),
        *units_section(material),
        *quality_section(material),
        *suppression_section(material),
        *annex_section(material),
        *references_section(material),
        *glossary_section(material),
    ]
    return Document(
        language=language,
        agency=latest.agency_name,
        title=_("Laporan evaluasi budaya kerja BerAKHLAK"),
        subtitle=index_type_name(latest.index_type),
        year=latest.year,
        notice=notice(material),
        cover=cover_facts(material),
        blocks=tuple(_numbered(blocks)),
        footer=footer(latest),
        contents_title=_("Daftar isi"),
        page_word=_("Halaman"),
        data_word=_("Angka pada grafik"),
        logo=logo,
    )


def material_for(
    results: Sequence[IndexResult],
    methods: Mapping[str, Method],
    instruments: Sequence[Instrument],
    language: str,
) -> Material:
    """Return what reports and pages write their figures from.

    Raises
    ------
    UserError
        When there is no result, or results of several agencies or twice of one year.
    """
    if not results:
        raise UserError("Tidak ada hasil untuk dilaporkan.")
    if len({result.agency for result in results}) > 1:
        raise UserError("Satu laporan memuat satu instansi; hasil yang diberikan dari beberapa.")
    if len({result.year for result in results}) < len(results):
        raise UserError("Ada lebih dari satu hasil untuk tahun yang sama.")
    ordered = tuple(sorted(results, key=lambda result: result.year))
    method = ordered[-1].provenance.method
    if method not in methods:
        raise UserError("Metode {method} tidak ditemukan.", method=method)
    return Material(ordered, methods, tuple(instruments), language)


def footer(result: IndexResult) -> str:
    """Return the short provenance printed on every page."""
    source = result.provenance
    return _("Snapshot {sha256} · {method} · {questionnaire} · Cermin {version}").format(
        sha256=source.snapshot_sha256[:12],
        method=source.method,
        questionnaire=source.questionnaire,
        version=source.code_version,
    )


def _numbered(blocks: Iterable[Block]) -> Iterable[Block]:
    """Number the headings: 1, 1.1, 1.2, 2 ..."""
    section = part = 0
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
        elif block.level == 1:
            section, part = section + 1, 0
            yield replace(block, number=str(section))
        else:
            part += 1
            yield replace(block, number=f"{section}.{part}")
