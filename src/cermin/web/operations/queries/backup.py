"""What a backup holds: which models, as one consistent picture, and how a row is written.

A row is a JSON list in the order of its model's fields, the same from SQLite and PostgreSQL, so
that a site can move from one to the other. Times keep their microseconds and binary fields every
byte: the audit trail is verified over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from cermin.core.errors import UserError
from cermin.language import N_

# Left out: what the framework makes itself, and what belongs to one running site.
LEFT_OUT = frozenset({"auth", "contenttypes", "sessions", "usersessions", "django_tasks_database"})
_BATCH = 2_000
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField,
          models.JSONField, models.FloatField)  # fmt: skip


def kept_models() -> list[type[models.Model]]:
    """Return the models of a backup; those that others refer to come first."""
    kept = {
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in LEFT_OUT and not model._meta.proxy and model._meta.managed
    }
    ordered: list[type[models.Model]] = []
    seen: set[type[models.Model]] = set()

    def add(model: type[models.Model]) -> None:
        if model in seen or model not in kept:
            return
        seen.add(model)
        for referred in _referred(model):
            add(referred)
        ordered.append(model)

    for model in sorted(kept, key=lambda one: one._meta.label_lower):
        add(model)
    return ordered


def _referred(model: type[models.Model]) -> list[type[models.Model]]:
    found = [field.related_model for field in kept_fields(model) if field.is_relation]
    return [one for one in found if isinstance(one, type)]


def kept_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the fields whose values are stored in the model's own table."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def rows_of(model: type[models.Model]) -> Iterator[bytes]:
    """Return every row as one line of JSON, by primary key, a batch in memory at a time."""
    names = [field.attname for field in kept_fields(model)]
    encode = msgspec.json.Encoder().encode
    rows = model._base_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=_BATCH):
        yield encode(row) + b"\n"


def readers_of(model: type[models.Model]) -> list[Callable[[Any], Any] | None]:
    """Return for each field what turns its JSON back into a value; None where nothing has to."""
    return [_reader(field) for field in kept_fields(model)]


def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return None if isinstance(field, _PLAIN) else field.to_python


@contextmanager
def one_picture() -> Iterator[None]:
    """Read everything as it is at one moment, without keeping anybody from writing."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        mode = connection.transaction_mode  # type: ignore[attr-defined]
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode  # type: ignore[attr-defined]
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def applied_migrations() -> list[tuple[str, str]]:
    """Return the applied migrations of the apps whose models a backup holds."""
    labels = {model._meta.app_label for model in kept_models()}
    return sorted(
        key for key in MigrationRecorder(connection).applied_migrations() if key[0] in labels
    )


def private_files() -> Path:
    """Return the folder of uploads."""
    return Path(cast(FileSystemStorage, default_storage).location)


def check_restorable_here() -> None:
    """Refuse a site that holds anything already."""
    for model in kept_models():
        if model._base_manager.exists():
            raise UserError(
                N_(
                    "Situs di {folder} sudah berisi data ({model}). Pulihkan hanya ke situs "
                    "kosong: buat yang baru dengan “cermin site init”."
                ),
                folder=str(settings.SITE_FOLDER), model=model._meta.label,
            )  # fmt: skip
    folder = private_files()
    if folder.exists() and any(folder.rglob("*")):
        raise UserError(N_("Folder {folder} tidak kosong; kosongkan dahulu."), folder=str(folder))
