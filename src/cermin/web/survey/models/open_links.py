"""Public questionnaires by open link: answers of people whom nobody knows or counts.

An answer has no time, no address and no order of its own; when the questionnaire closes, what is
left are counts per option and the comments in random order.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from cermin.web.organisations.models import Agency
from cermin.web.privacy import classes


class OpenSurvey(models.Model):
    """A questionnaire that an agency opens to the public."""

    PRIVACY: ClassVar = classes(
        public="public_id title questionnaire opens_on closes_on unit_code unit_name",
        internal="id agency created_at closed_at n_answers counts",
        secret_answer="comments",
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="open_surveys")
    public_id = models.CharField(max_length=12, unique=True)  # in its public address
    questionnaire = models.CharField(max_length=80)
    title = models.CharField(max_length=150)
    unit_code = models.CharField(max_length=60, blank=True)  # "": the agency as a whole
    unit_name = models.CharField(max_length=200, blank=True)
    opens_on = models.DateField()
    closes_on = models.DateField()  # the last day
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    n_answers = models.PositiveIntegerField(null=True)
    counts = models.JSONField(default=dict)  # answers per column of the questionnaire and code
    comments = models.JSONField(default=list)  # in random order; none while there are few

    class Meta:
        ordering: ClassVar = ["-opens_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opens_on__lte=models.F("closes_on")), name="open_survey_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) ^ models.Q(n_answers__isnull=False),
                name="open_survey_counted_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OpenAnswer(models.Model):
    """One answered questionnaire; removed when it is counted."""

    PRIVACY: ClassVar = classes(internal="id open_survey", secret_answer="content")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    open_survey = models.ForeignKey(OpenSurvey, models.CASCADE, related_name="answers")
    content = models.BinaryField()  # as `rules.answers.encoded` writes it


class UsedToken(models.Model):
    """Hash of a form that was sent, so that it counts once; kept until such forms expire."""

    PRIVACY: ClassVar = classes(internal="hash open_survey expires_on")

    hash = models.BinaryField(max_length=32, primary_key=True)
    open_survey = models.ForeignKey(OpenSurvey, models.CASCADE, related_name="used_tokens")
    expires_on = models.DateField()
