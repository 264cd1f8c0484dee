"""The categories that people write in many ways: employment, sex, legal status."""

from __future__ import annotations

from collections.abc import Callable

from cermin.intake.headings import fold

EMPLOYMENT_TYPES = ("PNS", "CPNS", "PPPK", "PPPK Paruh Waktu", "Non-ASN")
SEXES = ("Laki-laki", "Perempuan")

_MALE = frozenset({"l", "lk", "lakilaki", "laki", "pria", "m", "male", "1"})
_FEMALE = frozenset({"p", "pr", "perempuan", "wanita", "f", "female", "2"})
_NON_ASN = ("nonasn", "nonpns", "honor", "kontrak", "thl", "tkk", "tenagaharian", "outsourcing")
_PARUH_WAKTU = "paruhwaktu"
# Statuses of people who are no longer employed (inferred from the terms; the summary lists every
# status that was left out, so that a wrong one shows).
_LEFT = (
    "pensiun", "diberhentikan", "berhenti", "pemberhentian", "meninggal", "wafat", "tewas",
    "hilang", "nonaktif", "tidakaktif", "mutasikeluar", "pindahinstansi",
)  # fmt: skip


def employment_of(text: str) -> str | None:
    """Return the employment type that ``text`` (a cell or a sheet name) means."""
    folded = fold(text)
    rules: tuple[tuple[bool, str], ...] = (
        (any(word in folded for word in _NON_ASN), "Non-ASN"),
        (_PARUH_WAKTU in folded or folded == "pppkpw", "PPPK Paruh Waktu"),
        ("pppk" in folded or "p3k" in folded, "PPPK"),
        ("cpns" in folded or "calonpns" in folded, "CPNS"),
        ("pns" in folded or folded in {"pegawainegerisipil", "pegawainegeri"}, "PNS"),
    )
    return next((label for matches, label in rules if matches), None)


def sex_of(text: str) -> str | None:
    """Return "Laki-laki" or "Perempuan", however it is abbreviated."""
    folded = fold(text)
    if folded in _MALE:
        return SEXES[0]
    return SEXES[1] if folded in _FEMALE else None


def has_left(status: str) -> bool:
    """Whether a legal status (kedudukan hukum) means that the person is no longer employed."""
    folded = fold(status)
    return any(word in folded for word in _LEFT)


STRATUM_CATEGORIES: dict[str, tuple[Callable[[str], str | None], tuple[str, ...]]] = {
    "jenis_pegawai": (employment_of, EMPLOYMENT_TYPES),
    "jenis_kelamin": (sex_of, SEXES),
}
