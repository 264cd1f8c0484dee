"""All or nothing: outputs are written aside and moved into place together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cermin.core.errors import UserError


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder; on success its files move into ``folder``, on failure none do."""
    if folder.exists() and not folder.is_dir():
        raise UserError(
            "{path} sudah ada dan bukan folder; pilih folder keluaran lain.", path=folder
        )
    made = [parent for parent in folder.parents if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    # In the target or beside it, so that the moves are renames on one file system: an output
    # folder that exists may be a mounted volume.
    near = folder if folder.exists() else folder.parent
    scratch = Path(tempfile.mkdtemp(prefix=".cermin-", dir=near))
    finished = False
    try:
        yield scratch
        _move(scratch, folder)
        finished = True
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for parent in () if finished else made:
            with suppress(OSError):
                parent.rmdir()


def _move(scratch: Path, folder: Path) -> None:
    files = sorted(scratch.iterdir())
    for path in files:
        if (folder / path.name).is_dir():
            raise UserError("{path} adalah folder; hasil tidak ditulis.", path=folder / path.name)
    folder.mkdir(exist_ok=True)
    for path in files:
        path.replace(folder / path.name)
