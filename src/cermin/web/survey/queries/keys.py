"""Reads of the keys: who holds a copy, who could."""

from __future__ import annotations

from django.conf import settings

from cermin.web import survey_keys
from cermin.web.accounts.models import User
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import BoxKey, KeyHolder


def box_key_of(cycle: Cycle) -> BoxKey | None:
    """Return the key of a cycle's box, if it was made."""
    return BoxKey.objects.filter(cycle=cycle).first()


def holders_of(box_key: BoxKey) -> list[KeyHolder]:
    """Return who was named a holder, by name."""
    return list(box_key.holders.order_by("name", "pk"))


def holder_of(box_key: BoxKey | None, by: Member) -> KeyHolder | None:
    """Return ``by`` as a holder of this key."""
    if box_key is None or not by.id:
        return None
    return box_key.holders.filter(user_id=by.id).first()


def people_of(agency: Agency) -> list[User]:
    """Return everybody with a role in the agency, by name: who could hold a copy."""
    found = User.objects.filter(memberships__agency=agency, is_active=True).distinct()
    return list(found.order_by("name", "email"))


def site_has(box_key: BoxKey) -> bool:
    """Whether the site itself has the private key."""
    return survey_keys.has_box_key(survey_keys.folder_of(settings.KEY_FOLDER, box_key.folder))
