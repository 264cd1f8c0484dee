"""E-mail addresses and phone numbers as people write them: read, judged, masked."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3: a path has at most 256 octets with its brackets
_NOTHING = re.compile(r"(?i)[\s\-–—.0]*|n/?a|nihil|kosong|tidak (ada|punya)|belum (ada|punya)|null")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
    re.ASCII,
)
_LONGEST_LOCAL_PART = 64
# Area code or mobile prefix, then the number; abroad E.164 allows 15 digits.
_INDONESIAN = re.compile(r"62[2-9]\d{6,11}", re.ASCII)
_ABROAD = re.compile(r"[1-9]\d{6,14}", re.ASCII)
_BETWEEN_EMAILS = re.compile(r"[;,\s]+")
_BETWEEN_PHONES = re.compile(r"[;,/|\n]+|\s+(?:atau|dan)\s+")
_VISIBLE = 3


@dataclass(frozen=True)
class Contacts:
    """How a person is reached; "" for what is not known."""

    email: str = ""
    phone: str = ""  # digits only, with the number of the country


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is nothing: empty, a dash, "tidak ada"."""
    return _NOTHING.fullmatch(text.strip()) is not None


def read_email(text: str) -> str | None:
    """Return the first address in ``text``, its domain in small letters; None without any."""
    for part in _BETWEEN_EMAILS.split(text.strip()):
        address = part.strip("<>\"'").removeprefix("mailto:")
        if len(address) <= LONGEST_EMAIL and _ADDRESS.fullmatch(address):
            local, _at, domain = address.rpartition("@")
            return f"{local}@{domain.lower()}" if len(local) <= _LONGEST_LOCAL_PART else None
    return None


def read_phone(text: str) -> str | None:
    """Return the first number in ``text`` in international digits, "6281234567890"; else None.

    Numbers without a country are Indonesian; spreadsheets drop the zero at their beginning.
    """
    for part in _BETWEEN_PHONES.split(text.strip()):
        number = _international(part)
        if number is not None:
            return number
    return None


def _international(text: str) -> str | None:
    bare = re.sub(r"[\s().\-\u2010-\u2015'\u00a0\u200b-\u200f\u202a-\u202e]", "", text)
    bare = re.sub(r"^\+?620", "62", bare)
    if bare.startswith(("+", "00")):
        digits = bare.removeprefix("+").removeprefix("00")
        fits = _INDONESIAN if digits.startswith("62") else _ABROAD
        return digits if fits.fullmatch(digits) else None
    if bare.startswith("0"):
        bare = "62" + bare[1:]
    elif bare.startswith("8"):
        bare = "62" + bare
    return bare if _INDONESIAN.fullmatch(bare) else None


def mask_email(address: str) -> str:
    """Hide all of an address but its first letter and its domain."""
    if not address:
        return ""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def mask_phone(number: str) -> str:
    """Hide all of a number but its country and its last digits."""
    if not number:
        return ""
    return f"{number[:2]}•••{number[-_VISIBLE:]}"
