"""What the chain of codes promises, in values: an anchor to note outside, a break and its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cermin.core.errors import UserError
from cermin.language import N_

SHOWN_DIGITS = 16  # 64 bits: nobody without the key finds another trail with the same ones
FEWEST_DIGITS = 8
_ANCHOR = re.compile(rf"(\d{{1,18}}):([0-9a-f]{{{FEWEST_DIGITS},64}})")


class Break(StrEnum):
    """Ways in which a trail can be found tampered with."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    CUT_OFF = "cut_off"
    FORGED_HEAD = "forged_head"
    ANCHOR = "anchor"


SENTENCES = {
    Break.CHANGED: N_(
        "Baris {sequence} tidak cocok dengan kodenya: isinya diubah, diganti, atau disisipkan."
    ),
    Break.MISSING: N_("Ada baris yang hilang pada nomor {sequence}."),
    Break.REORDERED: N_("Baris {sequence} bukan di tempatnya: urutan atau nomornya diubah."),
    Break.INSERTED: N_("Baris {sequence} disisipkan: situs ini tidak pernah menulisnya."),
    Break.CUT_OFF: N_("Bagian akhir hilang: baris {sequence} dan sesudahnya tidak ada."),
    Break.FORGED_HEAD: N_("Catatan ujung jejak tidak cocok dengan baris terakhir ({sequence})."),
    Break.ANCHOR: N_("Kode baris {sequence} berbeda dari jangkar yang dicatat di luar."),
}


@dataclass(frozen=True)
class Anchor:
    """How long the trail was and the code it had then, noted outside the site."""

    length: int
    code: str  # hexadecimal, all of it or its beginning

    def __str__(self) -> str:
        """Return the anchor as people write it down: 1204:9f3a-….."""
        digits = self.code[:SHOWN_DIGITS]
        groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
        return f"{self.length}:{'-'.join(groups)}"

    def fits(self, code: bytes) -> bool:
        """Whether the row at this length has the noted code."""
        return code.hex().startswith(self.code)


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole trail found: the first break, or none."""

    length: int  # rows that stand in an unbroken chain from the first one
    code: bytes  # of the last of them
    broken: Break | None = None
    sequence: int = 0  # where the break is

    @property
    def anchor(self) -> Anchor:
        """The anchor that this trail would have, were it noted now."""
        return Anchor(self.length, self.code.hex())


def parse_anchor(text: str) -> Anchor:
    """Return the anchor that ``text`` writes; dots in the length and hyphens do not matter."""
    plain = re.sub(r"[\s.\-–]", "", text).lower()
    match = _ANCHOR.fullmatch(plain)
    if match is None or int(match[1]) == 0:
        raise UserError(
            N_("Jangkar “{text}” tidak terbaca. Tulis PANJANG:KODE, misalnya 1204:9f3a-0b7c-55d1."),
            text=text,
        )
    return Anchor(int(match[1]), match[2])
