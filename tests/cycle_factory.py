"""People, dates and cycles for the tests of the yearly cycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from cermin.web.cycles.actions.running import schedule_cycle
from cermin.web.cycles.actions.set_up import change_set_up, create_cycle
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.queries.cycles import set_up_of
from cermin.web.cycles.rules.dates import Days, Plan, midnight
from cermin.web.organisations.models import Agency, Employee, Structure
from cermin.web.organisations.rules import Member
from site_factory import NOW

# The calendar of Barito Utara in 2025: survey 1-15 October, evaluation to the 25th, decree by 31st.
OCTOBER = {
    PhaseKind.SURVEY: Days(date(2026, 10, 1), date(2026, 10, 15)),
    PhaseKind.EVIDENCE: Days(date(2026, 10, 1), date(2026, 10, 18)),
    PhaseKind.VERIFICATION: Days(date(2026, 10, 19), date(2026, 10, 25)),
    PhaseKind.PROCESSING: Days(date(2026, 10, 26), date(2026, 10, 31)),
}
DAY = timedelta(days=1)


def october(day: int, *, zone: str = "Asia/Jakarta") -> datetime:
    """Return midnight of a day of October 2026."""
    return midnight(date(2026, 10, 1) + (day - 1) * DAY, zone)


def employ(structure: Structure, n: int = 12, unit: str = "dinkes") -> None:
    """Add people to the roster."""
    place = structure.units.get(code=unit)
    start = Employee.objects.count()
    Employee.objects.bulk_create(
        Employee(
            agency=structure.agency, unit=place, person_index=(start + i).to_bytes(32, "big"),
            name=f"Pegawai {start + i}", employment=("PNS", "PPPK")[i % 2],
            sex=("Laki-laki", "Perempuan")[i % 2], added_at=NOW,
        )
        for i in range(n)
    )  # fmt: skip


def october_of(year: int) -> Plan:
    """Return the same days in another year."""
    return {
        kind: Days(days.first.replace(year=year), days.last.replace(year=year))
        for kind, days in OCTOBER.items()
    }


def draft(agency: Agency, by: Member, *, year: int = 2026, **changes: object) -> Cycle:
    """Return a draft with all dates."""
    name = f"Evaluasi BerAKHLAK {year}"
    cycle = create_cycle(agency=agency, year=year, name=name, by=by, now=NOW)
    chosen = replace(set_up_of(cycle), **{"plan": october_of(year), **changes})
    change_set_up(cycle=cycle, chosen=chosen, by=by, now=NOW)
    return Cycle.objects.get(pk=cycle.pk)


def scheduled(agency: Agency, by: Member, **changes: object) -> Cycle:
    """Return the same, handed to the clock; the roster must have people."""
    cycle = draft(agency, by, **changes)
    schedule_cycle(cycle=cycle, by=by, now=NOW)
    return Cycle.objects.get(pk=cycle.pk)
