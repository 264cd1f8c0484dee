"""The report as one web page: no script, nothing fetched, prints well, fits a phone."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from cermin.language import _
from cermin.reports import palette
from cermin.reports.blocks import Document, Heading

_HERE = Path(__file__).parent


def render_html(document: Document) -> str:
    """Return the report as a single HTML file."""
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    return _template().render(
        document=document,
        headings=headings,
        palette=palette,
        logo=_logo_address(document),
        skip=_("Langsung ke isi"),
        chart_word=_("Grafik"),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.get_template("template.html")


def _logo_address(document: Document) -> str:
    if document.logo is None:
        return ""
    kind = "svg+xml" if document.logo.format == "svg" else "png"
    return f"data:image/{kind};base64,{b64encode(document.logo.content).decode('ascii')}"
