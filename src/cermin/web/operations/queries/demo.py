"""The invented agencies of the demo: who works there, and its roster in each of three years."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from cermin.core.fictional import (
    AGENCY_NAME,
    FictionalEmployee,
    fictional_frame,
    fictional_kabupaten,
    fictional_roster,
)
from cermin.intake.samples import Person, write_siasn_roster
from cermin.web.cycles.models import PhaseKind
from cermin.web.cycles.rules.dates import Days, Plan
from cermin.web.organisations.models import Role

PASSWORD = "jernih seperti cermin"  # noqa: S105 - printed: the demo holds nothing real
SEED = 2026
_LEAVERS = 90
_TRANSFERRED = 40  # every so many people worked elsewhere a year before

# Units of the first year that later years no longer have: code, name, above, and what became.
MERGED = ("distrans", "Dinas Transmigrasi", None, "disnaker")
CLOSED = ("uptd-pasar", "UPTD Pasar Rawa", "disdag")
OLD_NAMES = {"bkpsdm": "Badan Kepegawaian Daerah"}


@dataclass(frozen=True)
class Account:
    """Somebody who signs in to the demo."""

    role: Role
    email: str
    name: str
    unit_code: str = ""


ACCOUNTS = (
    Account(Role.OWNER, "pengelola@rawabening.example", "Sari Rembulan"),
    Account(Role.CONTACT, "penghubung@rawabening.example", "Galih Samudra", "dinkes"),
    Account(Role.EVALUATOR, "penilai@rawabening.example", "Wulan Kejora"),
    Account(Role.HEAD, "pimpinan@rawabening.example", "Bambang Angkasa"),
    Account(Role.ANALYST, "analis@rawabening.example", "Citra Lazuardi"),
)


def first_units() -> list[tuple[str, str, str | None]]:
    """Return code, name and code above of the first year's tree, parents before children."""
    units = [(u.id, OLD_NAMES.get(u.id, u.name), u.parent) for u in fictional_kabupaten()]
    return [*units, MERGED[:3], CLOSED]


def names_today() -> dict[str, str]:
    """Return the names that units were given after the first year."""
    return {unit.id: unit.name for unit in fictional_kabupaten() if unit.id in OLD_NAMES}


def roster_of(year: int, newest: int) -> list[Person]:
    """Return the people of ``year``; those of ``newest`` are the agency as it is now."""
    people = fictional_roster(fictional_frame(year=newest, seed=SEED), seed=SEED)
    if year < newest:
        people = _before(people, newest, years_ago=newest - year)
    names = {code: name for code, name, _above in first_units()} if year == newest - 2 else {}
    names = {unit.id: unit.name for unit in fictional_kabupaten()} | names
    names |= {CLOSED[0]: CLOSED[1]}
    top = {code: above for code, _name, above in first_units()}
    return [_with_contacts(_person(one, names, top)) for one in people]


def roster_file(year: int, newest: int) -> io.BytesIO:
    """Return the roster of ``year`` as SIASN exports it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "siasn.xlsx"
        write_siasn_roster(path, roster_of(year, newest))
        return io.BytesIO(path.read_bytes())


def _before(
    people: list[FictionalEmployee], newest: int, *, years_ago: int
) -> list[FictionalEmployee]:
    """Some came later, some worked elsewhere, some have left since."""
    stayed = [one for one in people if one.employment != "CPNS"]
    units = [unit.id for unit in fictional_kabupaten()]
    elsewhere = [
        replace(one, unit=units[i % len(units)]) if i % _TRANSFERRED < years_ago else one
        for i, one in enumerate(stayed)
    ]
    known = {one.nip for one in people}
    others = fictional_roster(fictional_frame(year=newest - 2, seed=SEED + 1), seed=SEED + 1)
    left = [one for one in others[:: len(others) // _LEAVERS] if one.nip not in known]
    left = [one for one in left if one.employment != "CPNS"][: _LEAVERS * years_ago // 2]
    placed = _in_old_units([*elsewhere, *left], MERGED[3], MERGED[0] if years_ago > 1 else "")
    return _in_old_units(placed, "disdag", CLOSED[0])


def _in_old_units(people: list[FictionalEmployee], now: str, then: str) -> list[FictionalEmployee]:
    """Put every fourth of the people of ``now`` into the unit ``then`` that is gone since."""
    if not then:
        return people
    return [
        replace(one, unit=then) if one.unit == now and i % 4 == 0 else one
        for i, one in enumerate(people)
    ]


def _person(one: FictionalEmployee, names: dict[str, str], above: dict[str, str | None]) -> Person:
    top = one.unit
    while (parent := above[top]) is not None:
        top = parent
    return Person(
        nip=one.nip, name=one.name, sex=one.sex, employment=one.employment,
        unit=names[one.unit], parent_unit=names[top], agency=AGENCY_NAME,
    )  # fmt: skip


def _with_contacts(person: Person) -> Person:
    """Give three of four people an address, and two of three a number."""
    serial = int(sha256(person.nip.encode()).hexdigest()[:8], 16)
    phone = f"0840{serial % 10**8:08d}" if serial % 3 else ""  # of no mobile network
    email = f"{_mailbox(person)}@rawabening.example" if serial % 4 else ""
    return replace(person, phone=phone, office_email=email)


def _mailbox(person: Person) -> str:
    words = "".join(c if c.isalpha() else " " for c in person.name.casefold()).split()
    return ".".join([*words[:2], person.nip[-5:] + person.nip[2:6]])


def plan_from(first: date) -> Plan:
    """Return the calendar of Barito Utara 2025, beginning on ``first``.

    Survey 1-15 October, evaluation of evidence 1-25, processing and decision 26-31
    (https://www.borneocenter.id/2025/09/dprd-dukung-survei-budaya-kerja-dan.html). Gathering and
    verifying share the evaluation's days here: units answer until the 20th.
    """

    def days(begin: int, end: int) -> Days:
        return Days(first + timedelta(days=begin - 1), first + timedelta(days=end - 1))

    return {
        PhaseKind.SURVEY: days(1, 15),
        PhaseKind.EVIDENCE: days(1, 20),
        PhaseKind.VERIFICATION: days(2, 25),
        PhaseKind.PROCESSING: days(26, 31),
    }
