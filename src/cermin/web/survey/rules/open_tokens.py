"""What a public form must bring along: a token of the site, some time, and proof of some work.

None of it proves that a person answers. It makes stuffing slow and costly enough to be no game:
each form counts once, not too soon, and from one address only so often.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

WORK_BITS = 15  # about a second of a cheap phone, in the background while people read
LONGEST_SECONDS = 6 * 3600
SECONDS_WITH_WORK = 5
SECONDS_WITHOUT = 20
_TOKEN = re.compile(r"([0-9a-f]{8,12})\.([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)
_PROOF = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True)
class Token:
    """A token as it came with a form."""

    issued: int  # seconds since 1970
    random: str
    code: bytes

    @property
    def signed(self) -> str:
        """What the site's key has signed."""
        return f"{self.issued:08x}.{self.random}"


def read_token(text: str) -> Token | None:
    """Return the parts of a token, None when it cannot be one."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    return Token(int(found[1], 16), found[2], bytes.fromhex(found[3]))


def has_worked(token: str, proof: str) -> bool:
    """Whether SHA-256 of token and ``proof`` begins with ``WORK_BITS`` zeros."""
    if not _PROOF.fullmatch(proof):
        return False
    digest = hashlib.sha256(f"{token}.{proof}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - WORK_BITS) == 0


def least_seconds(*, worked: bool) -> int:
    """Return how long a form must have been open before it is sent."""
    return SECONDS_WITH_WORK if worked else SECONDS_WITHOUT
