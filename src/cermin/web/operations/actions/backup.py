"""Writing a backup: the whole site but its keys, from one consistent picture, in one file."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec
from django.db import connection, transaction

from cermin import __version__
from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor
from cermin.web.operations.queries.backup import (
    applied_migrations,
    kept_fields,
    kept_models,
    one_picture,
    private_files,
    rows_of,
)
from cermin.web.operations.queries.backup_archive import (
    MANIFEST,
    PROOF,
    Manifest,
    ModelRows,
    Part,
    Progress,
    key_mark,
    proof_of,
)

NAME = "cermin-cadangan-"
_CHUNK = 1 << 20
_TOLD_EVERY = 5_000  # rows


@dataclass
class _Writer:
    archive: zipfile.ZipFile
    progress: Progress
    total: int
    done: int = 0
    parts: list[Part] = field(default_factory=list)
    models: list[ModelRows] = field(default_factory=list)

    def part(self, name: str, content: Iterable[bytes]) -> int:
        """Write one member and return of how many pieces it was made."""
        digest, size, pieces = hashlib.sha256(), 0, 0
        with self.archive.open(name, "w", force_zip64=True) as stream:
            for piece in content:
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
                pieces += 1
                if pieces % _TOLD_EVERY == 0:
                    self.progress(name, self.done + pieces, self.total)
        self.parts.append(Part(name, size, digest.hexdigest()))
        return pieces


def back_up(*, output: Path, by: Actor, now: datetime, progress: Progress) -> Path:
    """Write the backup and return its path; a folder as ``output`` gets a dated name in it.

    The file appears whole or not at all, readable by its owner only, and replaces nothing.
    """
    path = output / f"{NAME}{now:%Y%m%d-%H%M%S}.zip" if output.is_dir() else output
    if path.exists():
        raise UserError(N_("{path} sudah ada; pilih nama lain."), path=str(path))
    with _whole(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = _write(archive, now, progress)
    with transaction.atomic():
        record(
            "site_backed_up", by=by, now=now, object_type="backup", object_id=path.name[:120],
            rows=manifest.n_rows, files=len(manifest.files),
        )  # fmt: skip
    return path


def remove_older(*, folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest ``keep`` dated backups of ``folder`` and return what is gone."""
    dated = sorted(folder.glob(f"{NAME}*.zip"), reverse=True)
    for path in dated[keep:]:
        path.unlink()
    return dated[keep:]


def _write(archive: zipfile.ZipFile, now: datetime, progress: Progress) -> Manifest:
    with one_picture():
        models = kept_models()
        counts = {model: model._base_manager.count() for model in models}
        writer = _Writer(archive, progress, total=sum(counts.values()))
        migrations = applied_migrations()
        for model in models:
            label = model._meta.label_lower
            progress(label, writer.done, writer.total)
            fields = [one.attname for one in kept_fields(model)]
            rows = ModelRows(label, fields, counts[model])
            if writer.part(rows.member, rows_of(model)) != rows.rows:
                raise RuntimeError(f"{label} changed while it was read")
            writer.models.append(rows)
            writer.done += rows.rows
    _write_files(writer)
    manifest = Manifest(
        version=__version__, made_at=now.isoformat(), database=connection.vendor, key=key_mark(),
        migrations=migrations, models=writer.models, parts=writer.parts,
    )  # fmt: skip
    content = msgspec.json.encode(manifest)
    archive.writestr(MANIFEST, content)
    archive.writestr(PROOF, proof_of(content))
    return manifest


def _write_files(writer: _Writer) -> None:
    # After the rows: a file that a row names exists before the row does.
    folder = private_files()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = f"files/{path.relative_to(folder).as_posix()}"
        writer.progress(name, writer.done, writer.total)
        with suppress(FileNotFoundError), path.open("rb") as stream:  # removed meanwhile: fine
            writer.part(name, _pieces(stream))


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK):
        yield piece


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose content becomes ``path`` only when all of it is on the disk."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        scratch.rename(path)
    finally:
        scratch.unlink(missing_ok=True)
