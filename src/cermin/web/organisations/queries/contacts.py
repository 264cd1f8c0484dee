"""Contacts of people at rest: sealed, so that they can be written to, and indexed blindly."""

from __future__ import annotations

from django.conf import settings

from cermin.core.contacts import Contacts, mask_email, mask_phone
from cermin.web.organisations.models import Employee
from cermin.web.sealing import blind_index, seal, unseal

_PURPOSE = "contact"


def sealed_contact(text: str) -> bytes | None:
    """Return an address or number as it is kept; None for "" ."""
    if not text:
        return None
    return seal(text.encode(), folder=settings.KEY_FOLDER, purpose=_PURPOSE)


def opened_contact(sealed: bytes | memoryview | None) -> str:
    """Return what was sealed, "" for nothing."""
    if sealed is None:
        return ""
    return unseal(bytes(sealed), folder=settings.KEY_FOLDER, purpose=_PURPOSE).decode()


def email_index(agency_slug: str, address: str) -> bytes | None:
    """Return the blind index of an address within one agency; None for ""."""
    if not address:
        return None
    return blind_index(agency_slug, "email:" + address.casefold(), folder=settings.KEY_FOLDER)


def contacts_of(employee: Employee) -> Contacts:
    """Return the contacts of a person in clear."""
    return Contacts(opened_contact(employee.email_sealed), opened_contact(employee.phone_sealed))


def masked_contacts(employee: Employee) -> Contacts:
    """Return the contacts as lists show them."""
    known = contacts_of(employee)
    return Contacts(mask_email(known.email), mask_phone(known.phone))
