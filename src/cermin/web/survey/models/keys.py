"""The key of the ballot box: who holds it. The private key itself is never in the database."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.models import Cycle
from cermin.web.privacy import classes


class KeyMode(models.TextChoices):
    """Where the private key is while the survey runs."""

    SIMPLE = "simple", _("Disimpan situs")
    WITNESSED = "witnessed", _("Dipegang para saksi")


class BoxKey(models.Model):
    """The key pair of a cycle's box: its public half, and what became of the private one."""

    PRIVACY: ClassVar = classes(
        internal="id cycle folder mode public_key handed_over_at created_at"
    )

    cycle = models.OneToOneField(Cycle, models.CASCADE, related_name="box_key")
    folder = models.CharField(max_length=12, unique=True)  # name in the key folder
    mode = models.CharField(max_length=9, choices=KeyMode)
    public_key = models.BinaryField(max_length=32)
    # Witnessed: when the site destroyed its own copy, since enough holders have theirs.
    handed_over_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(handed_over_at=None) | models.Q(mode=KeyMode.WITNESSED),
                name="only_witnesses_are_handed_the_key",
            )
        ]


class KeyHolder(models.Model):
    """A person who holds a copy of the private key under a passphrase of their own."""

    PRIVACY: ClassVar = classes(internal="id box_key downloaded_at tested_at", personal="user name")

    box_key = models.ForeignKey(BoxKey, models.CASCADE, related_name="holders")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="held_keys"
    )
    name = models.CharField(max_length=150)
    downloaded_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)  # the copy has opened a test ballot

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["box_key", "user"], name="key_holder_once"),
            models.CheckConstraint(
                condition=models.Q(tested_at=None) | models.Q(downloaded_at__isnull=False),
                name="tested_copies_were_downloaded",
            ),
        ]
