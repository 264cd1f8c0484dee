"""Printed invitations: strips to cut and fold, nine on a sheet of A4, as PDF/UA-1.

A strip has three panels: name and unit, code with QR, explanation. The last one is folded over
the code, so that whoever hands the strip over sees the name only.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import segno

from cermin.reports import palette
from cermin.reports.typesetting import set_pdf

PER_PAGE = 9
# Weighing all eight masks takes 80 % of the time of a symbol; every reader reads each of them.
_MASK = 3
_LONGEST = 20  # letters of a word that fit into the panel with the name


@dataclass(frozen=True)
class Strip:
    """One person's invitation."""

    name: str
    unit: str
    code: tuple[str, ...]  # lines
    link: str


@dataclass(frozen=True)
class StripWords:
    """What all strips of a sheet say, in the language of the agency."""

    title: str
    handling: str
    page: str
    qr: str
    code: str
    explained: str
    address: str


def render_strips(
    strips: Sequence[Strip], words: StripWords, *, agency: str, unit: str, language: str
) -> bytes:
    """Return the sheets with ``strips`` in the order given."""
    content = {
        "agency": _printable(agency),
        "unit": _printable(unit),
        "language": language,
        "font": palette.FONT,
        "ink": palette.INK,
        "muted": palette.MUTED,
        "words": asdict(words),
        "people": [_plain(strip) for strip in strips],
    }
    return set_pdf("strips.typ", "sheet", content)


def qr_svg(link: str) -> str:
    """Return ``link`` as a QR symbol with its quiet zone."""
    stream = io.BytesIO()
    symbol = segno.make(link, error="m", micro=False, mask=_MASK, boost_error=False)
    symbol.save(stream, kind="svg", border=4, xmldecl=False, omitsize=True)
    return stream.getvalue().decode()


def _plain(strip: Strip) -> dict[str, object]:
    return {
        "name": _printable(strip.name),
        "unit": _printable(strip.unit),
        "code": strip.code,
        "qr": qr_svg(strip.link),
    }


def _printable(text: str) -> str:
    """Return ``text`` in letters that the font has: PDF/UA refuses a sheet with missing ones."""
    words = "".join(map(_letter, unicodedata.normalize("NFKC", text))).split()
    return " ".join(map(_breakable, words))


def _breakable(word: str) -> str:
    """Let a word that is wider than its panel go on in the next line."""
    return "\u200b".join(word[i : i + _LONGEST] for i in range(0, len(word), _LONGEST))


def _letter(letter: str) -> str:
    if _is_in_font(letter):
        return letter
    if letter.isspace():
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if _is_in_font(c))
    return plain or "?"


def _is_in_font(letter: str) -> bool:
    return " " <= letter <= "~" or "\u00a0" <= letter <= "\u017e" or letter in "‘’“”–—…•"
