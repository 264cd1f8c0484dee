"""Options that several commands share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from cermin.language import _


def decimal(text: object) -> float:
    """Return the number that "0,05" or "0.05" writes."""
    try:
        number = float(str(text).replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise typer.BadParameter(_("{text} bukan angka.").format(text=text))
    return number


AsJson = Annotated[bool, typer.Option("--json", help=_("Keluaran JSON untuk mesin."))]
Output = Annotated[Path, typer.Option("--output", "-o", help=_("Folder keluaran."))]
Seed = Annotated[int, typer.Option(help=_("Benih bilangan acak: benih sama, berkas sama."), min=0)]
