"""Printed invitations on their way: made in the background, fetched once, gone within a day."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.privacy import classes
from cermin.web.survey.models.surveys import Survey


class SheetState(models.TextChoices):
    """How far the sheets are."""

    QUEUED = "queued", _("Sedang dibuat")
    READY = "ready", _("Siap diunduh")
    FAILED = "failed", _("Gagal dibuat")


class SheetJob(models.Model):
    """Sheets for the people of a unit and those below it, or of everybody."""

    PRIVACY: ClassVar = classes(
        internal="id survey unit_codes unit_code base state percent n_people created_at",
        personal="requested_by",
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="sheet_jobs")
    unit_codes = models.JSONField(default=list)  # the units whose people are on the sheets
    unit_code = models.CharField(max_length=60, blank=True)  # as chosen; "" is all in sight
    base = models.CharField(max_length=200)  # address of the survey page, without a code
    state = models.CharField(max_length=6, choices=SheetState, default=SheetState.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    n_people = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(max_length=64)  # who alone may fetch them
    created_at = models.DateTimeField()
