"""Restoring a backup: into an empty site with the same key, wholly or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.audit.actor import Actor
from cermin.web.operations.queries.backup import (
    applied_migrations,
    check_restorable_here,
    kept_fields,
    kept_models,
    private_files,
    readers_of,
)
from cermin.web.operations.queries.backup_archive import (
    Damaged,
    Manifest,
    ModelRows,
    Progress,
    check_parts,
    lines_of,
    opened,
    read_manifest,
)

_CHUNK = 1 << 20


def restore(*, file: Path, by: Actor, now: datetime, progress: Progress) -> Manifest:
    """Put everything of ``file`` into this site, which must be empty, and return its manifest.

    The whole file is checked before the first row is written; rows and uploads then appear
    together, or none of them.
    """
    with opened(file) as archive:
        manifest = read_manifest(archive)
        _check_same_version(manifest)
        check_restorable_here()
        check_parts(archive, manifest, progress)
        with _unpacked(archive, manifest) as place_files, transaction.atomic():
            _insert_all(archive, manifest, progress)
            record(
                "site_restored", by=by, now=now, object_type="backup", object_id=file.name[:120],
                rows=manifest.n_rows, files=len(manifest.files), made_at=manifest.made_at,
            )  # fmt: skip
            connection.check_constraints()
            place_files()
    return manifest


def _check_same_version(manifest: Manifest) -> None:
    here = {one._meta.label_lower: [f.attname for f in kept_fields(one)] for one in kept_models()}
    there = {one.model: one.fields for one in manifest.models}
    if manifest.migrations != applied_migrations() or here != there:
        raise UserError(
            N_(
                "Cadangan ini dibuat oleh Cermin {version}. Pasang versi itu, pulihkan, lalu "
                "perbarui."
            ),
            version=manifest.version,
        )


def _insert_all(archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    done = 0
    for rows in manifest.models:
        progress(rows.model, done, manifest.n_rows)
        model = apps.get_model(rows.model)

        def told(n: int, before: int = done, label: str = rows.model) -> None:
            progress(label, before + n, manifest.n_rows)

        try:
            n = _insert(model, archive, rows, told)
        except DatabaseError as error:
            raise UserError(
                N_("Isi {model} tidak dapat dimasukkan ke basis data ini: {reason}"),
                model=rows.model, reason=str(error).splitlines()[0],
            ) from error  # fmt: skip
        if n != rows.rows:
            raise Damaged(rows.member)
        done += n
    _reset_sequences([apps.get_model(rows.model) for rows in manifest.models])


def _insert(
    model: type[models.Model], archive: zipfile.ZipFile, rows: ModelRows,
    told: Callable[[int], None],
) -> int:  # fmt: skip
    fields, readers = kept_fields(model), readers_of(model)
    decode = msgspec.json.Decoder(list[Any]).decode
    objects = (
        model(**{
            field.attname: value if read is None or value is None else read(value)
            for field, read, value in zip(fields, readers, decode(line), strict=True)
        })
        for line in lines_of(archive, rows.member)
    )  # fmt: skip
    # As saving a fixture does (raw: dates are kept, not set anew), but many rows a statement.
    insert: Any = model._base_manager.all()
    n = 0
    while batch := list(islice(objects, _batch_size(fields))):
        insert._insert(batch, fields=fields, raw=True)
        n += len(batch)
        told(n)
    return n


def _batch_size(fields: list[models.Field[Any, Any]]) -> int:
    return min(connection.ops.bulk_batch_size(fields, range(2_000)), 2_000)


def _reset_sequences(restored: list[type[models.Model]]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), restored):
            cursor.execute(statement)


@contextmanager
def _unpacked(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[Callable[[], None]]:
    """Unpack the uploads beside their place; what is yielded moves them there at once."""
    folder = private_files()
    scratch = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700, parents=True)
    placed = False

    def place() -> None:
        nonlocal placed
        if folder.exists():
            folder.rmdir()  # known to be empty
        scratch.rename(folder)
        placed = True

    try:
        for part in manifest.files:
            _unpack(archive, part.name, scratch / part.name.removeprefix("files/"))
        yield place
    except BaseException:
        shutil.rmtree(folder if placed else scratch, ignore_errors=True)
        raise


def _unpack(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target, archive.open(name) as source:
        shutil.copyfileobj(source, target, _CHUNK)
