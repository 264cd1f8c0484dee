"""Sending invitations. Links are never queued, since a queue would keep their tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cermin.web.organisations.actions.members_invitations import IssuedInvitation
from cermin.web.organisations.presenters.members import invitation_words

LinkOf = Callable[[str], str]
_log = logging.getLogger(__name__)


def mail_invitations(
    issued: Sequence[IssuedInvitation], *, link_of: LinkOf
) -> list[IssuedInvitation]:
    """Send each link by e-mail; return those that could not be sent, to be handed over otherwise.

    Called when the invitations are committed, since what came of it is shown to the inviter.
    """
    if not settings.EMAIL_HOST:
        return list(issued)
    try:
        with get_connection() as connection:
            return [one for one in issued if not _sent(one, link_of(one.token), connection)]
    except (OSError, SMTPException) as error:
        _log.warning("The mail server cannot be reached: %s", type(error).__name__)
        return list(issued)


def _sent(one: IssuedInvitation, link: str, connection: BaseEmailBackend) -> bool:
    message = _message(one, link)
    message.connection = connection
    try:
        return bool(message.send())
    except (OSError, SMTPException) as error:
        _log.warning("An invitation was not sent: %s", type(error).__name__)
        return False


def _message(one: IssuedInvitation, link: str) -> EmailMultiAlternatives:
    agency = one.invitation.agency
    with translation.override(agency.language), timezone.override(agency.time_zone):
        told = {"words": invitation_words(one.invitation), "link": link}
        message = EmailMultiAlternatives(
            subject=_("Undangan dari {agency}").format(agency=" ".join(agency.name.split())),
            body=render_to_string("organisations/members_mail.txt", told),
            to=[one.invitation.email],
        )
        message.attach_alternative(
            render_to_string("organisations/members_mail.html", told), "text/html"
        )
    return message
