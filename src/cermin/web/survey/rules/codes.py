"""Invitation codes: sixteen characters, 80 bits, easy to read aloud and to type on a phone."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
LENGTH = 16
_BITS = 5


def code_of(secret: bytes, invitee: UUID, issue: int) -> str:
    """Return the code of an invitee; a new ``issue`` makes the one before worthless.

    Derived from the survey's secret in the key folder, so that no code is ever stored.
    """
    digest = hmac.digest(secret, invitee.bytes + issue.to_bytes(4, "big"), hashlib.sha256)
    return written(int.from_bytes(digest[: LENGTH * _BITS // 8], "big"))


def written(number: int) -> str:
    """Return a number of 80 bits as a code without hyphens."""
    return "".join(
        _ALPHABET[number >> shift & 31] for shift in range((LENGTH - 1) * _BITS, -1, -_BITS)
    )


def shown(code: str) -> str:
    """Return the code as people read it: in groups of four."""
    return "-".join(code[i : i + 4] for i in range(0, LENGTH, 4))


def read(typed: str) -> str | None:
    """Return the code that somebody typed, or None when it cannot be one."""
    code = "".join(one for one in typed.upper().translate(_READ_AS) if one not in "- \t\r\n")
    return code if len(code) == LENGTH and all(one in _ALPHABET for one in code) else None
