"""The ledger: who may take part and whose ballot is drawn. It knows no time and no order."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from cermin.web.privacy import classes
from cermin.web.survey.models.surveys import BallotClass, Survey


class Invitee(models.Model):
    """A person of the roster as it was when the cycle opened; removed when the survey closes."""

    PRIVACY: ClassVar = classes(
        internal="id survey ballot_class unit_code issue",
        personal=("name email_sealed email_index phone_sealed code_hash blinded_hash"),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="invitees")
    ballot_class = models.ForeignKey(BallotClass, models.PROTECT, related_name="invitees")
    unit_code = models.CharField(max_length=60)
    name = models.CharField(max_length=150)
    email_sealed = models.BinaryField(max_length=400, null=True)
    email_index = models.BinaryField(max_length=32, null=True)  # to honour an unsubscription
    phone_sealed = models.BinaryField(max_length=100, null=True)
    issue = models.PositiveSmallIntegerField(default=1)  # how often a code was made
    code_hash = models.BinaryField(max_length=32, unique=True)
    # SHA-256 of the blinded message that was signed: the ballot is drawn. Nobody can tell the
    # ballot from it, as the message was blinded.
    blinded_hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["survey", "unit_code"], name="invitee_by_unit")]


class DailyCount(models.Model):
    """Ballots drawn by the end of a day in one group of at least the threshold; for the pace."""

    PRIVACY: ClassVar = classes(internal="id survey unit_code day drawn")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="daily_counts")
    unit_code = models.CharField(max_length=60)
    day = models.DateField()
    drawn = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["survey", "unit_code", "day"], name="counted_once_a_day"
            )
        ]


class Turnout(models.Model):
    """Final participation of one group of at least the threshold; kept after closing."""

    PRIVACY: ClassVar = classes(internal="id survey unit_code n_invited n_drawn")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="turnouts")
    unit_code = models.CharField(max_length=60)
    n_invited = models.PositiveIntegerField()
    n_drawn = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "unit_code"], name="turnout_once")
        ]
