"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cermin.language import _

AsJson = Annotated[bool, typer.Option("--json", help=_("Keluaran JSON untuk mesin."))]
Output = Annotated[Path, typer.Option("--output", "-o", help=_("Folder keluaran."))]
Seed = Annotated[int, typer.Option(help=_("Benih bilangan acak: benih sama, berkas sama."), min=0)]
