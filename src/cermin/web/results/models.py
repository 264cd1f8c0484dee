"""Evidence scores as they were uploaded, and every computation of a cycle's index."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.models import Cycle
from cermin.web.privacy import classes


class RunState(models.TextChoices):
    """How far a computation is; the last three are ends."""

    QUEUED = "queued", _("Menunggu giliran")
    RUNNING = "running", _("Sedang dihitung")
    DONE = "done", _("Selesai")
    NOTHING = "nothing", _("Tidak ada yang boleh disajikan")
    FAILED = "failed", _("Gagal")


AT_WORK = (RunState.QUEUED, RunState.RUNNING)
DECIDABLE = (RunState.DONE, RunState.NOTHING)


class EvidenceUpload(models.Model):
    """A filled worksheet: a preview until somebody accepts it; the last accepted one counts."""

    PRIVACY: ClassVar = classes(
        internal="id cycle file_name answers_sha256 n_units uploaded_at accepted_at",
        personal="uploaded_by",
    )

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="evidence_uploads")
    file_name = models.CharField(max_length=200)
    answers_sha256 = models.CharField(max_length=64)  # of all answers in canonical JSON
    n_units = models.PositiveIntegerField()
    uploaded_by = models.CharField(max_length=150)
    uploaded_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "-id"]


class EvidenceScore(models.Model):
    """The answers of one unit's worksheet, from which its score can be computed again."""

    PRIVACY: ClassVar = classes(internal="id upload unit_code answers percent")

    upload = models.ForeignKey(EvidenceUpload, models.CASCADE, related_name="scores")
    unit_code = models.CharField(max_length=60)
    answers = models.JSONField()  # criterion -> answer as typed
    percent = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "unit_code"], name="evidence_score_once"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="evidence_score_0_to_100"
            ),
        ]


class ResultRun(models.Model):
    """One computation of a cycle's index; its result is a file that is named by its sha256."""

    PRIVACY: ClassVar = classes(
        internal=(
            "id cycle evidence without_evidence state percent step problem attempts "
            "result_sha256 asked_at heartbeat_at computed_at"
        ),
        personal="asked_by",
    )

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="result_runs")
    evidence = models.ForeignKey(
        EvidenceUpload, models.RESTRICT, null=True, related_name="result_runs"
    )
    without_evidence = models.BooleanField(default=False)  # asked for, although the method has it
    state = models.CharField(max_length=7, choices=RunState, default=RunState.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=100, blank=True)
    problem = models.JSONField(null=True)  # why it failed: a sentence and its gaps
    attempts = models.PositiveSmallIntegerField(default=0)
    result_sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state=RunState.DONE, computed_at__isnull=False)
                & ~models.Q(result_sha256="")
                | ~models.Q(state=RunState.DONE) & models.Q(result_sha256=""),
                name="result_when_and_only_when_done",
            ),
            models.UniqueConstraint(
                fields=["cycle"], condition=models.Q(state__in=AT_WORK),
                name="one_computation_at_a_time",
            ),
        ]  # fmt: skip
