"""Who may do what to a cycle, and when: every action asks one of these before it writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import NOT_OPENED, Cycle, PhaseKind, State
from cermin.web.cycles.rules.dates import Span, Spans, days_of, numeric
from cermin.web.cycles.rules.states import RUNNING, TRIGGERS, Trigger
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Forbidden, Member, check_owner

SHORTEST_REASON = 10


def check_can_create_cycle(by: Member, agency: Agency) -> None:
    """Owners."""
    check_owner(by, agency)


def check_can_move(by: Member, cycle: Cycle, to: State) -> None:
    """Only along the transitions, and only who brings that one about: an owner or the clock."""
    check_owner(by, cycle.agency)
    state = State(cycle.state)
    triggers = TRIGGERS.get((state, to))
    if triggers is None:
        raise UserError(
            N_("Periode berstatus “{state}” tidak dapat langsung menjadi “{to}”."),
            state=state.label, to=to.label,
        )  # fmt: skip
    if (Trigger.CLOCK if by.is_system else Trigger.OWNER) not in triggers:
        raise Forbidden(N_("Langkah ini tidak dapat dilakukan oleh {name}."), name=by.name)


def check_can_change_set_up(by: Member, cycle: Cycle) -> None:
    """Owners, until the survey opens."""
    check_owner(by, cycle.agency)
    if State(cycle.state) not in NOT_OPENED:
        raise UserError(N_("Pengaturan periode sudah dibekukan saat survei dibuka."))


def check_can_delete_draft(by: Member, cycle: Cycle) -> None:
    """Owners, while it is only a draft."""
    check_owner(by, cycle.agency)
    if cycle.state != State.DRAFT:
        raise UserError(
            N_("Hanya konsep yang dapat dihapus; batalkan penjadwalannya lebih dahulu.")
        )


def check_can_schedule(by: Member, cycle: Cycle, problems: Sequence[UserError]) -> None:
    """A complete draft; ``problems`` is all that it still lacks."""
    check_can_move(by, cycle, State.SCHEDULED)
    if problems:
        raise problems[0]


def check_can_open(
    by: Member, cycle: Cycle, problems: Sequence[UserError], survey: Span | None, now: datetime
) -> None:
    """The clock from the first day on; an owner earlier, unless others set the dates."""
    check_can_move(by, cycle, State.SURVEY_OPEN)
    if problems:
        raise problems[0]
    if survey is None or now >= survey.closes_at:
        raise UserError(
            N_("Tanggal survei sudah lewat sebelum survei dapat dibuka; ubah tanggalnya.")
        )
    if by.is_system and now < survey.opens_at:
        raise UserError(N_("Tanggal pembukaan survei belum tiba."))
    if not by.is_system:
        check_has_own_dates(cycle)


def check_has_own_dates(cycle: Cycle) -> None:
    """Dates that come from a shared calendar are changed there, for all who follow it."""
    if cycle.calendar_id is not None:
        raise UserError(
            N_(
                "Tanggal periode ini mengikuti kalender bersama; "
                "berhenti mengikutinya lebih dahulu."
            )
        )


def check_can_extend(
    by: Member, cycle: Cycle, kind: PhaseKind, phases: Spans, *, closes_at: datetime, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Owners, a phase that has not closed yet, to a later day, before what comes after it ends."""
    check_owner(by, cycle.agency)
    check_has_own_dates(cycle)
    check_phase_may_move(cycle, kind, phases, now)
    if closes_at <= max(now, phases[kind].closes_at):
        raise UserError(N_("Batas baru harus lebih kemudian daripada batas sekarang dan hari ini."))
    check_reason(reason)
    follower = PhaseKind.VERIFICATION if kind is PhaseKind.EVIDENCE else PhaseKind.PROCESSING
    last = phases.get(follower)
    if kind is not follower and last is not None and closes_at >= last.closes_at:
        raise UserError(
            N_("{phase} berakhir {day}; perpanjang tahap itu lebih dahulu."),
            phase=follower.label, day=numeric(days_of(last, cycle.agency.time_zone).last),
        )  # fmt: skip


def check_can_end_survey_early(
    by: Member, cycle: Cycle, survey: Span | None, *, reason: str, now: datetime
) -> None:
    """Owners, a survey that runs, telling why: the one deadline that may come earlier."""
    check_owner(by, cycle.agency)
    check_has_own_dates(cycle)
    running = survey is not None and survey.opens_at < now < survey.closes_at
    if State(cycle.state) is not State.SURVEY_OPEN or not running:
        raise UserError(N_("Survei periode ini tidak sedang berjalan."))
    check_reason(reason)


def check_phase_may_move(cycle: Cycle, kind: PhaseKind, phases: Spans, now: datetime) -> None:
    """What has closed stays closed; the time for the decree only ends with the decree."""
    state = State(cycle.state)
    if state not in RUNNING:
        raise UserError(
            N_("Perpanjangan hanya berlaku selama periode berjalan; statusnya “{state}”."),
            state=state.label,
        )
    if kind not in phases:
        raise UserError(N_("Periode ini tidak memiliki tahap tersebut."))
    closed = now >= phases[kind].closes_at or state is State.PROCESSING
    if closed and kind is not PhaseKind.PROCESSING:
        raise UserError(N_("{phase} sudah ditutup dan tidak dapat dibuka lagi."), phase=kind.label)


def check_reason(reason: str) -> None:
    """A reason that says something."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise UserError(
            N_("Tuliskan alasan sedikitnya {n} huruf; alasan ini dicatat di jejak audit."),
            n=SHORTEST_REASON,
        )


def check_can_decide(
    by: Member, cycle: Cycle, number: str, day: date, signatory: str, *,
    problems: Sequence[UserError] = (), opened_on: date, today: date,
) -> None:  # fmt: skip
    """Once all has closed: with a decree that exists, so not one of tomorrow.

    ``problems`` is all that the parts of the cycle still lack, like a result.
    """
    check_can_move(by, cycle, State.DECIDED)
    if problems:
        raise problems[0]
    if not number.strip() or not signatory.strip():
        raise UserError(N_("Isi nomor dan penanda tangan surat keputusan."))
    if day > today:
        raise UserError(N_("Tanggal surat keputusan belum tiba."))
    if day < opened_on:
        raise UserError(N_("Tanggal surat keputusan mendahului pembukaan survei."))
