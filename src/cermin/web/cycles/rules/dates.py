"""Days of the phases: people write days, both inclusive; the clock compares moments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import PhaseKind

_DAY = timedelta(days=1)
LONGEST_PHASE = timedelta(days=366)


@dataclass(frozen=True)
class Days:
    """The first and the last day of a phase, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True)
class Span:
    """The same as moments: from midnight of the first day up to midnight after the last."""

    opens_at: datetime
    closes_at: datetime


Plan = Mapping[PhaseKind, Days]
Spans = Mapping[PhaseKind, Span]


def kinds_of(*, worksheet: bool) -> tuple[PhaseKind, ...]:
    """Return the phases of a cycle; without a worksheet no evidence is gathered."""
    if worksheet:
        return tuple(PhaseKind)
    return (PhaseKind.SURVEY, PhaseKind.PROCESSING)


def midnight(day: date, zone: str) -> datetime:
    """Return the moment at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time.min, ZoneInfo(zone))


def end_of(day: date, zone: str) -> datetime:
    """Return the moment at which ``day`` is over in ``zone``: 24.00."""
    return midnight(day + _DAY, zone)


def span_of(days: Days, zone: str) -> Span:
    """Return the moments of ``days`` in ``zone``."""
    return Span(midnight(days.first, zone), end_of(days.last, zone))


def days_of(span: Span, zone: str) -> Days:
    """Return the days of ``span`` in ``zone``."""
    tz = ZoneInfo(zone)
    just_before = span.closes_at - timedelta(microseconds=1)
    return Days(span.opens_at.astimezone(tz).date(), just_before.astimezone(tz).date())


def plan_of(spans: Spans, zone: str) -> dict[PhaseKind, Days]:
    """Return the days of all phases."""
    return {kind: days_of(span, zone) for kind, span in spans.items()}


def with_processing(plan: Plan, last_day: date | None) -> dict[PhaseKind, Days]:
    """Return ``plan`` with its processing: from the day after all else has closed."""
    days: dict[PhaseKind, Days] = {
        kind: one for kind, one in plan.items() if kind is not PhaseKind.PROCESSING
    }
    if last_day is None:
        return days
    if not days:
        raise UserError(N_("Isi tanggal survei sebelum batas akhir penetapan."))
    first = max(one.last for one in days.values()) + _DAY
    if last_day < first:
        raise UserError(
            N_("Batas akhir penetapan paling awal tanggal {day}, sehari setelah semua ditutup."),
            day=numeric(first),
        )
    return {**days, PhaseKind.PROCESSING: Days(first, last_day)}


def restricted(plan: Plan, kinds: Collection[PhaseKind]) -> dict[PhaseKind, Days]:
    """Return the phases of ``plan`` that a cycle has, its processing following them closely."""
    kept = {kind: plan[kind] for kind in kinds if kind in plan}
    processing = kept.get(PhaseKind.PROCESSING)
    return with_processing(kept, processing.last if processing else None)


def check_plan(plan: Plan, year: int) -> None:
    """Every phase forwards, in the order of the year, and nothing left without a phase."""
    for kind, days in plan.items():
        _check_days(kind, days, year)
    survey, evidence = plan.get(PhaseKind.SURVEY), plan.get(PhaseKind.EVIDENCE)
    verification = plan.get(PhaseKind.VERIFICATION)
    if survey and evidence:
        _check_joined(PhaseKind.EVIDENCE, evidence, PhaseKind.SURVEY, survey)
    if evidence and verification:
        _check_joined(PhaseKind.VERIFICATION, verification, PhaseKind.EVIDENCE, evidence)
        if verification.last <= evidence.last:
            raise UserError(
                N_("Verifikasi harus berakhir setelah pengumpulan bukti dukung, {day}."),
                day=numeric(evidence.last),
            )


def missing_kinds(plan: Plan, kinds: Collection[PhaseKind]) -> list[PhaseKind]:
    """Return the phases that have no dates yet."""
    return [kind for kind in kinds if kind not in plan]


def numeric(day: date) -> str:
    """Return a day as it is written in messages of every language."""
    return day.strftime("%d-%m-%Y")


def later_by_years(plan: Plan, years: int) -> dict[PhaseKind, Days]:
    """Return the same dates ``years`` later; decrees name dates, not days of the week."""
    return {
        kind: Days(_same_date(days.first, years), _same_date(days.last, years))
        for kind, days in plan.items()
    }


def _same_date(day: date, years: int) -> date:
    year = day.year + years
    if (day.month, day.day) == (2, 29):
        return date(year, 3, 1) - _DAY  # the last of February
    return day.replace(year=year)


def _check_days(kind: PhaseKind, days: Days, year: int) -> None:
    if days.last < days.first:
        raise UserError(N_("{phase}: hari terakhir mendahului hari pertama."), phase=kind.label)
    if days.last - days.first > LONGEST_PHASE:
        raise UserError(N_("{phase}: lebih panjang dari satu tahun."), phase=kind.label)
    if not year <= days.first.year <= days.last.year <= year + 1:
        raise UserError(
            N_("{phase}: tanggalnya harus dalam tahun {year} atau {next}."),
            phase=kind.label, year=str(year), next=str(year + 1),
        )  # fmt: skip


def _check_joined(kind: PhaseKind, days: Days, before: PhaseKind, earlier: Days) -> None:
    """No gap: in every moment of the year the state says what is going on."""
    if not earlier.first <= days.first <= earlier.last + _DAY:
        raise UserError(
            N_("{phase} harus mulai antara {first} dan {last}: bersama {before}, atau tepat "
               "sehari setelahnya."),
            phase=kind.label, before=before.label,
            first=numeric(earlier.first), last=numeric(earlier.last + _DAY),
        )  # fmt: skip
