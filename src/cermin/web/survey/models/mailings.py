"""Mailings: invitations and reminders by e-mail, how far they are, and who wants none."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Agency
from cermin.web.privacy import classes


class MailKind(models.TextChoices):
    """To whom a mailing goes: everybody, or those whose ballot is not drawn yet."""

    INVITATION = "invitation", _("Undangan")
    REMINDER = "reminder", _("Pengingat")


class MailingState(models.TextChoices):
    """How far a mailing is."""

    SCHEDULED = "scheduled", _("Terjadwal")
    SENDING = "sending", _("Sedang dikirim")
    DONE = "done", _("Selesai")
    ENDED = "ended", _("Berhenti karena survei berakhir")
    CANCELLED = "cancelled", _("Dibatalkan")


UNFINISHED = (MailingState.SCHEDULED, MailingState.SENDING)


class Mailing(models.Model):
    """One mailing to the people of a cycle; who has got it is told by one mark in a fixed order.

    Nothing is written at a person's row: that would tell when somebody had not yet taken part.
    """

    PRIVACY: ClassVar = classes(
        internal=(
            "id cycle kind subject lead scheduled_at state base_url created_at n_total n_reached "
            "n_sent failures reached trouble n_troubles next_at walked_at finished_at"
        )
    )

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=10, choices=MailKind)
    subject = models.CharField(max_length=120, blank=True)  # "" is the usual one
    lead = models.TextField(blank=True)
    scheduled_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=MailingState, default=MailingState.SCHEDULED)
    base_url = models.CharField(max_length=200)  # scheme and host of links, as its owner saw them
    created_at = models.DateTimeField()
    n_total = models.PositiveIntegerField(default=0)  # people with an address
    n_reached = models.PositiveIntegerField(default=0)  # of these, looked at so far
    # Of invitations only: the counts of a reminder would tell who has not taken part.
    n_sent = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=dict)  # people by cause
    reached = models.UUIDField(null=True)  # the last invitee that was looked at
    trouble = models.CharField(max_length=20, blank=True)  # what ails the mail server
    n_troubles = models.PositiveSmallIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(null=True)  # not before this moment
    walked_at = models.DateTimeField(null=True)  # when everybody had been looked at once
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-scheduled_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(finished_at=None, state__in=UNFINISHED)
                | models.Q(finished_at__isnull=False) & ~models.Q(state__in=UNFINISHED),
                name="mailing_finished_at_its_end",
            )
        ]


class MailDeferral(models.Model):
    """A mail that was refused and is tried again; removed when the mailing ends."""

    PRIVACY: ClassVar = classes(internal="id mailing n_tries cause due_at", personal="invitee")

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deferrals")
    invitee = models.UUIDField()  # no key: closing removes all invitees at once
    n_tries = models.PositiveSmallIntegerField(default=1)
    cause = models.CharField(max_length=20)
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailing", "invitee"], name="deferred_once")
        ]


class MailOptOut(models.Model):
    """An address that wants no mail on surveys of an agency, in this year and the next."""

    PRIVACY: ClassVar = classes(internal="id agency", personal="email_index")

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="mail_opt_outs")
    email_index = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "email_index"], name="opted_out_once")
        ]
