"""A person who lost the code and the contact who knows the person meet by a number."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cermin.web.privacy import classes
from cermin.web.survey.models.surveys import Survey


class Pairing(models.Model):
    """A page that waits for a new code; removed a quarter of an hour after it was opened."""

    PRIVACY: ClassVar = classes(
        internal="id survey secret_hash number expires_at issue", personal="invitee_id"
    )

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="pairings")
    secret_hash = models.BinaryField(max_length=32, unique=True)  # the page alone has the secret
    number = models.CharField(max_length=6)
    expires_at = models.DateTimeField()
    # Whose page it is, once a contact has typed the number, and the issue of the code it shows.
    invitee_id = models.UUIDField(null=True)
    issue = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "number"], name="pairing_number_once"),
            models.CheckConstraint(
                condition=models.Q(invitee_id=None, issue=0)
                | models.Q(invitee_id__isnull=False, issue__gt=0),
                name="pairing_has_its_issue",
            ),
        ]


class PairingMiss(models.Model):
    """A number that a contact typed and no page showed; too many of them stop the contact."""

    PRIVACY: ClassVar = classes(internal="id survey at", personal="member")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="pairing_misses")
    member = models.CharField(max_length=64)
    at = models.DateTimeField()
