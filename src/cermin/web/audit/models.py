"""The audit trail. No foreign keys: history outlives what it tells about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cermin.web.privacy import classes


class AuditEvent(models.Model):
    """One write: who, what, when, from which page; chained by ``code`` to the one before."""

    PRIVACY: ClassVar = classes(
        internal="sequence at agency action object_type object_id details page code",
        personal="actor_id actor_name",
    )

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    agency = models.CharField(max_length=60)  # slug; "" for the site itself
    actor_id = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=200)
    page = models.CharField(max_length=300)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    details = models.JSONField(default=dict)
    code = models.BinaryField(max_length=32)  # HMAC over the code before and this event

    class Meta:
        ordering: ClassVar = ["sequence"]
        indexes: ClassVar = [
            models.Index(fields=["agency", "-sequence"], name="audit_of_agency"),
            models.Index(fields=["agency", "actor_id", "-sequence"], name="audit_of_person"),
            models.Index(fields=["agency", "action", "-sequence"], name="audit_of_action"),
            models.Index(
                fields=["agency", "actor_id", "action", "-sequence"], name="audit_of_deed"
            ),
            models.Index(
                fields=["agency", "object_type", "object_id", "-sequence"], name="audit_of_object"
            ),
            models.Index(fields=["agency", "at", "sequence"], name="audit_of_time"),
        ]


class ChainHead(models.Model):
    """The one row that writers queue for: how long the trail is and its last code."""

    PRIVACY: ClassVar = classes(internal="id length code")

    id = models.PositiveSmallIntegerField(primary_key=True)
    length = models.BigIntegerField()
    code = models.BinaryField(max_length=32)
