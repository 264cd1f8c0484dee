"""The ballot box: serials that were used, ballots on their way, ballots in the box, comments.

Nothing here refers to the ledger, and nothing has a time.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cermin.web.privacy import classes
from cermin.web.survey.models.surveys import Survey


class CastSerial(models.Model):
    """SHA-256 of the serial of a cast ballot: cast again, it is acknowledged and not stored."""

    PRIVACY: ClassVar = classes(internal="survey hash")

    hash = models.BinaryField(max_length=32, primary_key=True)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="serials")


class StagedBallot(models.Model):
    """A sealed ballot as it came; moved to the box with others, in random order."""

    PRIVACY: ClassVar = classes(internal="id survey", secret_answer="sealed")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="staged")
    sealed = models.BinaryField()


class BoxedBallot(models.Model):
    """A sealed ballot in the box."""

    PRIVACY: ClassVar = classes(internal="id survey", secret_answer="sealed")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="boxed")
    sealed = models.BinaryField()


class Comment(models.Model):
    """A comment after closing, with the unit of its class: not with what else its author said."""

    PRIVACY: ClassVar = classes(
        internal="id survey questionnaire item unit_code", secret_answer="text"
    )

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="comments")
    questionnaire = models.CharField(max_length=80)
    item = models.CharField(max_length=60)
    unit_code = models.CharField(max_length=60)
    text = models.TextField()
