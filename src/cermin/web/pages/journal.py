"""What the log may say: no secret that stands in an address, no employee number."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

# What follows in the address of an invitation, of a new password, or of a return from single
# sign-on is its secret.
_SECRET_ADDRESS = re.compile(r"(/undangan/|/sandi/baru/|[?&](?:code|state)=)[^\s\"'?&>)]+")
_EMPLOYEE_NUMBER = re.compile(r"(?<!\d)\d{8}[ ]?\d{6}[ ]?\d[ ]?\d{3}(?!\d)")
_DATABASE_DETAIL = re.compile(r"^DETAIL: .*$", re.MULTILINE)  # repeats the row that was refused


class Formatter(logging.Formatter):
    """Formats a record with its traceback, then blots out what must not be kept."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of ``record``."""
        return blotted(super().format(record))


class SilentAddresses(logging.Filter):
    """Drops what the framework logs of requests to some addresses: even their time is a secret."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        super().__init__()
        self.prefixes = tuple(prefixes)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be written."""
        path = getattr(getattr(record, "request", None), "path_info", "")
        return not path.startswith(self.prefixes)


def blotted(text: str) -> str:
    """Return ``text`` without secrets of addresses, employee numbers and refused rows."""
    text = _SECRET_ADDRESS.sub(r"\1…", text)
    text = _DATABASE_DETAIL.sub("DETAIL: …", text)
    return _EMPLOYEE_NUMBER.sub("…", text)
