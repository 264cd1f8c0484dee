"""The sealed files of an upload, kept only as long as they are needed.

A folder below ``files/roster/`` holds the file as uploaded and what was read from it. Nothing of it
ever stands on the disk in clear: for readers that want a path the content is lent from memory.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.core.files.storage import default_storage

from cermin.web.organisations.models import RosterUpload
from cermin.web.sealing import seal, unseal

SOURCE = "source"
ROWS, UNSURE, PROBLEMS, CELLS, FACTS = "rows", "unsure", "problems", "cells", "facts"
WARNINGS = "warnings"
_PURPOSE = "roster-files"


def folder_of(upload: RosterUpload) -> Path:
    """Return the folder of an upload."""
    return Path(default_storage.path(f"roster/{upload.pk}"))


def write(upload: RosterUpload, name: str, content: bytes) -> None:
    """Seal ``content`` into the folder; readers see the whole of it or nothing."""
    folder = folder_of(upload)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = seal(content, folder=settings.KEY_FOLDER, purpose=_PURPOSE)
    descriptor, part = tempfile.mkstemp(dir=folder)  # readable by the owner only
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
    Path(part).replace(folder / f"{name}.sealed")


def read(upload: RosterUpload, name: str) -> bytes:
    """Return what was sealed."""
    sealed = (folder_of(upload) / f"{name}.sealed").read_bytes()
    return unseal(sealed, folder=settings.KEY_FOLDER, purpose=_PURPOSE)


def write_frame(upload: RosterUpload, name: str, frame: pl.DataFrame) -> None:
    """Seal a table."""
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="lz4")
    write(upload, name, stream.getvalue())


def read_frame(upload: RosterUpload, name: str) -> pl.DataFrame:
    """Return a table."""
    return pl.read_parquet(io.BytesIO(read(upload, name)))


def write_facts(upload: RosterUpload, facts: dict[str, Any]) -> None:
    """Seal what is no table."""
    write(upload, FACTS, json.dumps(facts).encode())


def read_facts(upload: RosterUpload) -> dict[str, Any]:
    """Return what is no table."""
    facts: dict[str, Any] = json.loads(read(upload, FACTS))
    return facts


def remove(upload: RosterUpload) -> None:
    """Remove the folder; nothing happens when it is gone."""
    shutil.rmtree(folder_of(upload), ignore_errors=True)


@contextmanager
def lent(content: bytes, name: str) -> Iterator[Path]:
    """Give a path to ``content`` in memory: a process that is killed leaves nothing behind."""
    descriptor = os.memfd_create("roster")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name).name or "roster")
            path.symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
            yield path
    finally:
        os.close(descriptor)
