"""Scheduling and cancelling mailings, and unsubscribing from them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from cermin.web.audit.actions import record
from cermin.web.cycles.actions.states import locked
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import Mailing, MailingState, MailKind, MailOptOut
from cermin.web.survey.queries.mailings import mailings_of
from cermin.web.survey.rules.mailings import (
    check_can_cancel_mailing,
    check_can_schedule_mailing,
)


def schedule_mailing(
    *, cycle: Cycle, kind: MailKind, at: datetime, subject: str, lead: str, base_url: str,
    by: Member, now: datetime,
) -> Mailing:  # fmt: skip
    """Plan a mailing; the worker sends it when its time has come."""
    with transaction.atomic():
        row = locked(cycle)  # two owners at once must not plan two mailings for one moment
        others = mailings_of(row).exclude(state=MailingState.CANCELLED)
        check_can_schedule_mailing(
            by, row, spans_of(row).get(PhaseKind.SURVEY), at=at, now=now,
            others=list(others.values_list("scheduled_at", flat=True)),
            has_mail=bool(settings.EMAIL_HOST),
        )  # fmt: skip
        mailing = Mailing.objects.create(
            cycle=row, kind=kind, subject=subject.strip(), lead=lead.strip(), scheduled_at=at,
            base_url=base_url, created_at=now,
        )  # fmt: skip
        record(
            "mailing_scheduled", by=by, now=now, agency=row.agency.slug, object_type="mailing",
            object_id=mailing.pk, year=row.year, mailing_kind=str(kind), due_at=str(at),
        )  # fmt: skip
    return mailing


def cancel_mailing(*, mailing: Mailing, by: Member, now: datetime) -> None:
    """Take a mailing back before its first mail."""
    with transaction.atomic():
        row = Mailing.objects.select_for_update(of=("self",)).select_related("cycle__agency").get(
            pk=mailing.pk
        )  # fmt: skip
        check_can_cancel_mailing(by, row)
        row.state, row.finished_at = MailingState.CANCELLED, now
        row.save(update_fields=["state", "finished_at"])
        record(
            "mailing_cancelled", by=by, now=now, agency=row.cycle.agency.slug,
            object_type="mailing", object_id=row.pk, year=row.cycle.year,
            mailing_kind=str(row.kind),
        )  # fmt: skip


def stop_mail(*, agency: Agency, email_index: bytes) -> None:
    """Send an address no more mail on surveys of this agency; nobody is told."""
    MailOptOut.objects.get_or_create(agency=agency, email_index=email_index)


def resume_mail(*, agency: Agency, email_index: bytes) -> None:
    """Send an address mail again."""
    MailOptOut.objects.filter(agency=agency, email_index=email_index).delete()
