"""Whether the site is set up, and the code that allows it."""

from __future__ import annotations

import base64

from django.utils.crypto import constant_time_compare, salted_hmac

from cermin.web.organisations.models import Agency

_CODE_BYTES = 10
_GROUP = 4


def is_set_up() -> bool:
    """Whether the site has an agency; from then on nobody can set it up again."""
    return Agency.objects.exists()


def setup_code() -> str:
    """Return the code that the start of the server prints; it follows from the secret key."""
    digest = salted_hmac("cermin.setup", "code", algorithm="sha256").digest()[:_CODE_BYTES]
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def code_fits(typed: str) -> bool:
    """Whether ``typed`` is the code, however it is spaced and in letters of any size."""
    return constant_time_compare(_bare(typed), _bare(setup_code()))


def _bare(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())
