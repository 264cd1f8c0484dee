"""The typesetter with our fonts and one of our templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

_HERE = Path(__file__).parent


def set_pdf(template: str, given: str, content: Mapping[str, Any]) -> bytes:
    """Return a PDF/UA-1 of a template, which reads ``content`` from the input ``given``."""
    compiled = _compiler(template, given).compile(
        format="pdf",
        sys_inputs={given: json.dumps(content, ensure_ascii=False)},
        pdf_standards="ua-1",
    )
    assert isinstance(compiled, bytes)  # noqa: S101 - one file, so Typst answers with its bytes
    return compiled


@cache
def _compiler(template: str, given: str) -> typst.Compiler:
    # Kept: reading fonts and template costs more than setting a document.
    return typst.Compiler(
        input=str(_HERE / template),
        root=str(_HERE),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={given: "{}"},
    )
