"""Numbers that pair a page with a person: short, of short life, and with a check digit.

A number is no secret that protects the code: the page's own 256 bits do, and only a member with a
role can type a number at all. It must only never lead to another page than the one meant. Five
random digits and one check digit by Damm's rule, which finds every single wrong digit and every
swap of neighbours: a slip of the finger matches no page, and a blind guess matches one of at most
`MOST_OPEN` pages among 100,000 numbers. Whoever types `MOST_MISSES` wrong ones must wait.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

LIFETIME = timedelta(minutes=15)
MOST_OPEN = 100  # pages that wait at once in one survey
MOST_MISSES = 5  # wrong numbers of one member within LIFETIME
_DIGITS = 5
# H. M. Damm, Total anti-symmetrische Quasigruppen, 2004: a quasigroup of order ten.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def new_number(taken: Collection[str]) -> str:
    """Return a number that no waiting page has."""
    while True:
        digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        number = digits + _check_digit(digits)
        if number not in taken:
            return number


def read_number(typed: str) -> str | None:
    """Return the six digits that somebody typed, or None when no page can show them."""
    digits = "".join(c for c in typed if c not in " -\t\u00a0")
    fits = len(digits) == _DIGITS + 1 and digits.isascii() and digits.isdecimal()
    return digits if fits and _check_digit(digits) == "0" else None


def shown_number(number: str) -> str:
    """Return a number as people read it: in two groups."""
    return f"{number[:3]} {number[3:]}"


def _check_digit(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim
