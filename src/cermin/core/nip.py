"""The employee number (NIP): 18 digits that tell birth date, appointment and sex.

PNS: YYYYMMDD birth, YYYYMM appointment as candidate (CPNS), 1 digit sex (1 male, 2 female),
3 digits serial (Perka BKN 22/2007 and 43/2007). NI PPPK: birth, YYYY first appointment, 2 digits
number of contracts, sex, serial; in practice the two digits are not a month, which is how the two
are told apart here. That is a hint, never a proof.

A NIP is personal data by itself: show it only through :func:`mask`.

Spreadsheets keep 15 significant digits, so a NIP stored as a number loses its serial: the last
three digits become 000, a serial that is not issued (inferred, not read in a regulation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isnan

NIP_LENGTH = 18
_VISIBLE = 3
_SEPARATORS = re.compile(r"[\s'`’‘′.\-]")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_TRAILING_ZERO = re.compile(r"(\d+)[.,]0+")


class Sex(StrEnum):
    """Digit 15."""

    MALE = "male"
    FEMALE = "female"


class Employment(StrEnum):
    """What digits 13 and 14 hint at."""

    PNS = "pns"
    PPPK = "pppk"


class NipProblem(StrEnum):
    """Why a cell is not a NIP, or not a plausible one."""

    EMPTY = "empty"
    NOT_DIGITS = "not_digits"
    WRONG_LENGTH = "wrong_length"
    SPREADSHEET_NUMBER = "spreadsheet_number"  # stored as a number: digits may be lost
    LOST_DIGITS = "lost_digits"  # serial 000: a spreadsheet cut it to 15 digits
    BAD_BIRTH_DATE = "bad_birth_date"
    BAD_APPOINTMENT = "bad_appointment"
    APPOINTED_TOO_YOUNG = "appointed_too_young"
    BAD_SEX = "bad_sex"


@dataclass(frozen=True)
class Nip:
    """What a cell says. Facts are None when the digits do not give them."""

    digits: str  # separators removed; not necessarily 18 digits when there are problems
    birth_date: date | None = None
    appointment_year: int | None = None
    appointment_month: int | None = None  # PNS only
    contracts: int | None = None  # PPPK only
    sex: Sex | None = None
    serial: str | None = None
    employment: Employment | None = None
    problems: tuple[NipProblem, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


def parse_nip(cell: object, *, youngest: int = 16) -> Nip:
    """Read one cell of a roster.

    Parameters
    ----------
    cell
        Text or a whole number; a float is read, and reported as a spreadsheet number. None and
        NaN are empty.
    youngest
        Least age in years at appointment that is believed.

    Returns
    -------
    Never raises: what is wrong stands in ``problems``, in the order found.
    """
    if isinstance(cell, float):
        digits = "" if isnan(cell) else f"{cell:.0f}"
        return _from_digits(digits, [NipProblem.SPREADSHEET_NUMBER] if digits else [], youngest)
    text = "" if cell is None else str(cell).strip().lstrip("'").strip()
    if _SCIENTIFIC.fullmatch(text):
        return Nip(digits="", problems=(NipProblem.SPREADSHEET_NUMBER,))
    if whole := _TRAILING_ZERO.fullmatch(text):
        return _from_digits(whole[1], [NipProblem.SPREADSHEET_NUMBER], youngest)
    return _from_digits(normalise(text), [], youngest)


def normalise(text: str) -> str:
    """Remove spaces, apostrophes, dots and hyphens that people type into a NIP."""
    return _SEPARATORS.sub("", text)


def _from_digits(digits: str, problems: list[NipProblem], youngest: int) -> Nip:
    if shape := _shape_problem(digits):
        return Nip(digits=digits, problems=(*problems, shape))
    birth = _birth_date(digits[:8])
    year, middle = int(digits[8:12]), int(digits[12:14])
    is_month = 1 <= middle <= 12
    sex = {"1": Sex.MALE, "2": Sex.FEMALE}.get(digits[14])
    checks = {
        NipProblem.LOST_DIGITS: digits[15:] == "000",
        NipProblem.BAD_BIRTH_DATE: birth is None,
        NipProblem.BAD_APPOINTMENT: middle == 0 or not 1945 <= year <= 2100,
        NipProblem.APPOINTED_TOO_YOUNG: birth is not None and year - birth.year < youngest,
        NipProblem.BAD_SEX: sex is None,
    }
    return Nip(
        digits=digits,
        birth_date=birth,
        appointment_year=year,
        appointment_month=middle if is_month else None,
        contracts=None if is_month or middle == 0 else middle,
        sex=sex,
        serial=digits[15:],
        employment=_employment(middle),
        problems=(*problems, *(problem for problem, found in checks.items() if found)),
    )


def _employment(middle: int) -> Employment | None:
    if middle == 0:
        return None
    return Employment.PNS if middle <= 12 else Employment.PPPK


def _shape_problem(digits: str) -> NipProblem | None:
    if not digits:
        return NipProblem.EMPTY
    if not (digits.isascii() and digits.isdigit()):
        return NipProblem.NOT_DIGITS
    return None if len(digits) == NIP_LENGTH else NipProblem.WRONG_LENGTH


def _birth_date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def mask(digits: str) -> str:
    """Hide all but the last three characters; texts of six or fewer are hidden altogether."""
    visible = _VISIBLE if len(digits) > 2 * _VISIBLE else 0
    hidden = len(digits) - visible
    return "•" * hidden + digits[hidden:]
