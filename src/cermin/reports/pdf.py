"""The report as PDF/UA-1: tagged, A4, with bookmarks, set by Typst from the one template."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cermin.reports import palette
from cermin.reports.blocks import Block, Chart, Document
from cermin.reports.typesetting import set_pdf


def render_pdf(document: Document) -> bytes:
    """Return the report as a PDF; the same document gives the same bytes."""
    content = {
        **{name: getattr(document, name) for name in _PLAIN},
        "palette": _palette(),
        "logo": _logo(document),
        "cover": document.cover.pairs,
        "blocks": [_plain(block) for block in document.blocks],
    }
    return set_pdf("template.typ", "report", content)


_PLAIN = (
    "language",
    "agency",
    "title",
    "subtitle",
    "year",
    "notice",
    "footer",
    "contents_title",
    "page_word",
)


def _palette() -> dict[str, Any]:
    return {
        "ink": palette.INK,
        "muted": palette.MUTED,
        "accent": palette.ACCENT,
        "rule": palette.RULE,
        "tints": palette.TINTS,
        "tint_inks": palette.TINT_INKS,
        "warning_tint": palette.WARNING_TINT,
        "warning_edge": palette.WARNING_EDGE,
        "font": palette.FONT,
    }


def _plain(block: Block) -> dict[str, Any]:
    content = {"kind": type(block).__name__, **asdict(block)}
    if isinstance(block, Chart) and not block.printed:
        del content["table"]  # the sheet and the web page carry it
    return content


def _logo(document: Document) -> dict[str, Any] | None:
    logo = document.logo
    if logo is None:
        return None
    return {
        "bytes": list(logo.content),
        "format": logo.format,
        "alternative": logo.alternative,
    }
