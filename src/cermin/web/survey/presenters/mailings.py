"""Mailings as the owner's page shows them: never a count that depends on who has taken part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cermin.web.survey.models import Mailing, MailingState, MailKind
from cermin.web.survey.rules.mailings import Cause

_BADGES = {
    MailingState.SCHEDULED: "badge-muted",
    MailingState.SENDING: "",
    MailingState.DONE: "badge-ok",
    MailingState.ENDED: "badge-warn",
    MailingState.CANCELLED: "badge-muted",
}


@dataclass(frozen=True)
class MailingRow:
    """One mailing; the counts are None for reminders."""

    id: int
    kind: str
    subject: str
    scheduled_at: datetime
    state: str
    badge: str
    may_cancel: bool
    percent: int | None  # while it is sent
    n_sent: int | None
    failures: list[tuple[str, int]]
    trouble: str
    next_at: datetime | None


def mailing_row(mailing: Mailing) -> MailingRow:
    """Return what the page says of a mailing.

    A reminder shows only how far it is in the list of all addresses. How many it went to, or
    failed, would tell of a few people with addresses whether they have taken part.
    """
    state = MailingState(mailing.state)
    begun = state not in (MailingState.SCHEDULED, MailingState.CANCELLED)
    counted = begun and mailing.kind == MailKind.INVITATION
    sending = state is MailingState.SENDING
    # What is tried again after the walk concerns single people: of a reminder it is not shown.
    troubled = sending and mailing.trouble and (counted or mailing.walked_at is None)
    return MailingRow(
        id=mailing.pk,
        kind=str(MailKind(mailing.kind).label),
        subject=mailing.subject,
        scheduled_at=mailing.scheduled_at,
        state=str(state.label),
        badge=_BADGES[state],
        may_cancel=state is MailingState.SCHEDULED,
        percent=100 * mailing.n_reached // max(mailing.n_total, 1) if sending else None,
        n_sent=mailing.n_sent if counted else None,
        failures=failure_rows(mailing) if counted else [],
        trouble=trouble_words(mailing.trouble) if troubled else "",
        next_at=mailing.next_at if troubled else None,
    )


def failure_rows(mailing: Mailing) -> list[tuple[str, int]]:
    """Return how many mails failed for each cause."""
    words = {
        Cause.ADDRESS: _("alamat tidak dikenal"),
        Cause.CONTENT: _("ditolak penerima, misalnya dianggap spam"),
        Cause.BUSY: _("server penerima tetap menunda"),
    }
    return [(words[Cause(cause)], n) for cause, n in sorted(mailing.failures.items())]


def trouble_words(cause: str) -> str:
    """Return what ails the mail server."""
    return {
        Cause.SENDER: _("Server surel tidak mengizinkan situs ini mengirim."),
        Cause.SIGN_IN: _("Server surel menolak nama pengguna atau kata sandi situs ini."),
        Cause.UNREACHABLE: _("Server surel tidak dapat dihubungi."),
        Cause.NOT_SET_UP: _("Server surel situs ini belum diatur."),
        Cause.REFUSALS: _("Server surel menolak beberapa surel berturut-turut."),
    }[Cause(cause)]
