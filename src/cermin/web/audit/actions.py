"""Writing the trail: called inside the transaction of the action that it tells about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

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
        actor_name=by.name[:200],
        page=by.page[:300],
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        details=details,
    )
    event.code = code_of(event, bytes(head.code))
    event.save(force_insert=True)
    ChainHead.objects.filter(id=1).update(length=event.sequence, code=event.code)
    return event


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
