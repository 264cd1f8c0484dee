"""Writing the trail: called inside the transaction of the action that it tells about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise

from cermin.web.audit.actor import Actor
from cermin.web.audit.models import AuditEvent, ChainHead
from cermin.web.sealing import chain_code

START = b"\0" * 32


def record(
    action: str,
    *,
    by: Actor,
    now: datetime,
    agency: str = "",
    object_type: str = "",
    object_id: object = "",
    **details: Any,
) -> AuditEvent:
    """Append one event; it is written, or undone, together with what it tells about.

    Parameters
    ----------
    action
        A verb and a noun, like ``unit_renamed``; its words for people stand in the presenters.
    agency
        Slug of the agency, or "" for the site itself.
    details
        Plain values (texts, numbers, lists); never an employee number.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("audit events are recorded inside the transaction they tell about")
    head, _new = ChainHead.objects.select_for_update().get_or_create(
        id=1, defaults={"length": 0, "code": START}
    )
    event = AuditEvent(
        sequence=head.length + 1,
        at=now,
        agency=agency,
        actor_id=by.id,
        actor_name=clean(by.name)[:200],
        page=clean(by.page)[:300],
        action=action,
        object_type=object_type,
        object_id=clean(str(object_id))[:120],
        details=plain(details),
    )
    event.code = code_of(event, bytes(head.code))
    event.save(force_insert=True)
    ChainHead.objects.filter(id=1).update(length=event.sequence, code=event.code)
    return event


def plain(value: Any) -> Any:
    """Return ``value`` in the few types that every database gives back as they were written.

    Numbers with a fraction become text: databases write them in their own way, and the chain would
    look broken.
    """
    if value is None or isinstance(value, bool | int):
        return value if not isinstance(value, IntEnum) else int(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, str | float | Decimal | UUID | Promise):
        return clean(str(value))
    raise TypeError(f"audit details hold no {type(value).__name__}")


def clean(text: str) -> str:
    """Return ``text`` without what a database cannot keep: NUL and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def code_of(event: AuditEvent, previous: bytes) -> bytes:
    """Return the code that chains ``event`` to the one with code ``previous``."""
    return chain_code(previous, canonical(event), folder=settings.KEY_FOLDER)


def canonical(event: AuditEvent) -> bytes:
    """Return the bytes of everything an event says, the same for the same content."""
    content = [
        event.sequence,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.agency,
        event.actor_id,
        event.actor_name,
        event.page,
        event.action,
        event.object_type,
        event.object_id,
        event.details,
    ]
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
