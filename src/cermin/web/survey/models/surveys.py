"""The survey of one cycle and the classes of its ballots."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.models import Cycle
from cermin.web.privacy import classes


class SurveyState(models.TextChoices):
    """How far the survey is; only an open one gives out and takes in ballots."""

    PREPARING = "preparing", _("Sedang disiapkan")
    OPEN = "open", _("Menerima jawaban")
    CLOSING = "closing", _("Sedang ditutup")
    STOPPED = "stopped", _("Penutupan dihentikan")
    CLOSED = "closed", _("Ditutup")


class Survey(models.Model):
    """The anonymous survey of a cycle; made when the cycle opens."""

    PRIVACY: ClassVar = classes(
        public="public_id",
        internal=(
            "id cycle state strata percent problem staging_key emptied_on n_invited n_drawn "
            "n_given_up box_given_up n_counted snapshot_sha256 created_at closed_at"
        ),
    )

    cycle = models.OneToOneField(Cycle, models.CASCADE, related_name="survey")
    public_id = models.CharField(max_length=12, unique=True)  # in its public address
    state = models.CharField(max_length=9, choices=SurveyState, default=SurveyState.PREPARING)
    strata = models.JSONField(default=list)  # variables that classes tell apart beside the unit
    percent = models.PositiveSmallIntegerField(default=0)  # of preparing or of closing
    problem = models.JSONField(null=True)  # why it stopped: a sentence and its gaps
    staging_key = models.BinaryField(max_length=32, null=True)  # its public half
    emptied_on = models.DateField(null=True)  # day on which staging was last emptied whole
    n_invited = models.PositiveIntegerField(default=0)
    n_drawn = models.PositiveIntegerField(null=True)  # kept at closing
    # Ballots that could not be read and that an owner has decided to go on without.
    n_given_up = models.PositiveIntegerField(default=0)
    # No copy of the key is left: an owner has decided to close without opening the box.
    box_given_up = models.BooleanField(default=False)
    n_counted = models.PositiveIntegerField(null=True)  # ballots in the snapshot
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state=SurveyState.CLOSED, closed_at__isnull=False)
                | (~models.Q(state=SurveyState.CLOSED) & models.Q(closed_at=None)),
                name="closed_survey_has_its_moment",
            ),
        ]


class BallotClass(models.Model):
    """Invitees whose ballots look the same: unit and coarse strata, never fewer than allowed."""

    PRIVACY: ClassVar = classes(public="number modulus", internal="id survey unit_code strata n")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="ballot_classes")
    number = models.PositiveIntegerField()
    unit_code = models.CharField(max_length=60)
    strata = models.JSONField(default=list)  # labels, in the order of the survey's variables
    n = models.PositiveIntegerField()  # invitees
    modulus = models.BinaryField(max_length=256, null=True)  # public key, once it is made

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "number"], name="class_number_once"),
            models.CheckConstraint(condition=models.Q(n__gt=0), name="class_not_empty"),
        ]
