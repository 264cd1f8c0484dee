"""The typesetter with our fonts and one of our templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import typst

_HERE = Path(__file__).parent


@cache
def compiler(template: str, given: str) -> typst.Compiler:
    """Return the compiler of a template that reads its content from the input ``given``.

    Kept: reading fonts and template costs more than setting a document.
    """
    return typst.Compiler(
        input=str(_HERE / template),
        root=str(_HERE),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={given: "{}"},
    )
