"""The door to the site: its parts are loaded only by commands that need them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from cermin.core.errors import UserError
from cermin.language import N_, _

Folder = Annotated[Path, typer.Argument(help=_("Folder situs."), envvar="CERMIN_SITE")]
HERE = Path()


def check_installed() -> None:
    """Say how to install the parts of the site when they are not there."""
    if find_spec("django") is None or find_spec("granian") is None:
        raise UserError(N_('Bagian situs belum terpasang. Jalankan: pip install "cermin[web]"'))


@contextmanager
def site(folder: Path) -> Iterator[None]:
    """Work on the site in ``folder``; what is written there is for this user alone."""
    check_installed()
    from cermin.web import start

    mask = os.umask(0o077)
    try:
        with start.site(folder):
            yield
    finally:
        os.umask(mask)
