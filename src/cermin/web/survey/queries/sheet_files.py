"""Finished sheets, sealed in the private folder until they are fetched."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from cermin.web.sealing import seal, unseal

_PURPOSE = "invitation-sheets"
_FOLDER = "undangan"


def folder_of(job: uuid.UUID) -> Path:
    """Return the folder of the sheets of a job."""
    return Path(default_storage.path(f"{_FOLDER}/{job}"))


def write(job: uuid.UUID, number: int, content: bytes) -> None:
    """Seal one file of sheets; written again after an interruption, it is the same."""
    folder = folder_of(job)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=folder)  # readable by the owner only
    with os.fdopen(descriptor, "wb") as file:
        file.write(seal(content, folder=settings.KEY_FOLDER, purpose=_PURPOSE))
    Path(part).replace(folder / f"{number}.sealed")


def read(job: uuid.UUID, number: int) -> bytes:
    """Return one file of sheets."""
    sealed = (folder_of(job) / f"{number}.sealed").read_bytes()
    return unseal(sealed, folder=settings.KEY_FOLDER, purpose=_PURPOSE)


def remove(job: uuid.UUID) -> None:
    """Remove the folder; nothing happens when it is gone."""
    shutil.rmtree(folder_of(job), ignore_errors=True)


def leftovers() -> list[uuid.UUID]:
    """Return the jobs that have a folder."""
    folder = Path(default_storage.path(_FOLDER))
    return [uuid.UUID(one.name) for one in folder.iterdir()] if folder.is_dir() else []


def zipped(job: uuid.UUID, names: Sequence[str]) -> Iterator[bytes]:
    """Return the files under ``names`` as one archive, file by file: no more is in memory."""
    stream = _Forwarding()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, name in enumerate(names):
            archive.writestr(zipfile.ZipInfo(name), read(job, number))
            yield stream.taken()
    yield stream.taken()


class _Forwarding(io.RawIOBase):
    """A stream that is only written to; what was written is taken away at once."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._waiting.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        content = b"".join(self._waiting)
        self._waiting.clear()
        return content
