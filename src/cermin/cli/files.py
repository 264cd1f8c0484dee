"""All or nothing: outputs are written aside and moved into place together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cermin.core.errors import UserError


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder; on success its files move into ``folder``, on failure none do."""
    if folder.exists() and not folder.is_dir():
        raise UserError(
            "{path} sudah ada dan bukan folder; pilih folder keluaran lain.", path=folder
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the moves are renames on one file system.
    scratch = Path(tempfile.mkdtemp(prefix=".cermin-", dir=folder.parent))
    try:
        yield scratch
        folder.mkdir(exist_ok=True)
        for path in sorted(scratch.iterdir()):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
