"""Which background workers live: each holds a lock on its own file as long as its process exists.

The kernel lets go of the lock when the process ends, however it ends; so a worker that was killed
is known at once, and one that is merely busy for an hour is never taken for dead.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from cermin.web import files

FOLDER = "workers"
_DUTIES = "duties.lock"


@dataclass(frozen=True)
class Living:
    """A worker that lives, and when it last came around its loop (seconds since the epoch)."""

    id: str
    turned_at: float


def workers_folder() -> Path:
    """Return the folder of the workers' files, made on first use."""
    folder: Path = settings.SITE_FOLDER / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def file_of(worker_id: str) -> Path:
    """Return the file whose lock says that the worker lives."""
    return workers_folder() / f"{worker_id}.worker"


def is_alive(worker_id: str) -> bool:
    """Whether the worker's process still exists."""
    path = file_of(worker_id)
    return path.exists() and _is_locked(path)


def living_workers() -> list[Living]:
    """Return the workers that live."""
    found = workers_folder().glob("*.worker")
    return [Living(path.stem, path.stat().st_mtime) for path in found if _is_locked(path)]


def dead_files() -> list[Path]:
    """Return what killed workers left behind."""
    return [path for path in workers_folder().glob("*.worker") if not _is_locked(path)]


@contextmanager
def alone() -> Iterator[bool]:
    """Yield whether no other worker is at the duties of the site; hold that turn meanwhile."""
    with files.alone(workers_folder() / _DUTIES) as mine:
        yield mine


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False  # it has just ended
    try:
        return not files.locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
