"""What the home page of an agency shows: the next step, what is due, the year, what comes when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cermin.web.cycles.models import NOT_OPENED, WITH_DECREE, Cycle, PhaseKind, State
from cermin.web.cycles.queries.home import HomeTask
from cermin.web.cycles.rules.dates import Span
from cermin.web.operations.queries.home import House
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member
from cermin.web.pages.navigation import address

_INSTANT = timedelta(microseconds=1)
_LAST = {State.DECIDED: "now", State.PUBLISHED: "done", State.ARCHIVED: "done"}


@dataclass(frozen=True)
class Step:
    """One stage of the year; ``state`` is the class that draws it: done, now or todo."""

    title: str
    state: str
    dates: str = ""

    @property
    def in_words(self) -> str:
        """Return the state for people who do not see the drawing."""
        return {"done": _("selesai"), "now": _("sekarang")}.get(self.state, _("belum"))


@dataclass(frozen=True)
class Figure:
    """A count with the page that lists what is counted."""

    label: str
    n: int
    url: str


@dataclass(frozen=True)
class Reading:
    """What a role can do now, or from when."""

    title: str
    detail: str
    url: str = ""


@dataclass(frozen=True)
class AgencyHome:
    """The page, ready to print."""

    tasks: tuple[HomeTask, ...]
    steps: tuple[Step, ...]
    figures: tuple[Figure, ...]
    units: tuple[tuple[str, str], ...]
    readings: tuple[Reading, ...]

    @property
    def next_step(self) -> HomeTask | None:
        """Return the one thing to do first."""
        return self.tasks[0] if self.tasks else None


def roles_of(member: Member) -> str:
    """Return the member's roles as words."""
    return ", ".join(str(role.label) for role in Role if role in member.roles)


def in_order(tasks: Iterable[HomeTask]) -> tuple[HomeTask, ...]:
    """Return ``tasks`` with the late ones first, then by weight, then by day."""

    def key(task: HomeTask) -> tuple[bool, int, float]:
        return (not task.late, -task.weight, task.due.timestamp() if task.due else inf)

    return tuple(sorted(tasks, key=key))


def year_steps(
    cycle: Cycle | None, spans: Mapping[PhaseKind, Span], now: datetime
) -> tuple[Step, ...]:
    """Return the stages of the year's evaluation, each done, running or ahead."""
    if cycle is None:
        return ()
    state = State(cycle.state)
    first = Step(_("Menyiapkan periode"), "now" if state is State.DRAFT else "done")
    phases = [
        Step(str(kind.label), _state_of(span, state, now), span_in_words(span))
        for kind, span in spans.items()
    ]
    last = Step(_("Diumumkan"), _LAST.get(state, "todo"))
    return (first, *phases, last)


def span_in_words(span: Span) -> str:
    """Return the first and the last day of ``span`` as people say them, the year once."""
    first, last = localtime(span.opens_at), localtime(span.closes_at - _INSTANT)
    return _("{first} sampai dengan {last}").format(
        first=date_format(first, "j F" if first.year == last.year else "j F Y"),
        last=date_format(last, "j F Y"),
    )


def figures_of(house: House, agency: str) -> tuple[Figure, ...]:
    """Return the counts that an owner watches."""
    people = address("member_list", agency)
    units = address("unit_list", agency)
    return (
        Figure(_("unit kerja"), house.n_units, units),
        Figure(_("pegawai dalam daftar"), house.n_employees, address("roster_list", agency)),
        Figure(_("orang dengan peran"), house.n_people, people),
        Figure(_("penghubung belum punya akun"), house.n_contacts_invited, people),
        Figure(_("perangkat daerah tanpa penghubung"), house.n_units_without_contact, people),
    )


def readings_of(
    member: Member, cycle: Cycle | None, spans: Mapping[PhaseKind, Span], agency: str
) -> tuple[Reading, ...]:
    """Return what the member's roles can read or do now, and what comes when."""
    texts = {
        Role.CONTACT: _contact_readings,
        Role.EVALUATOR: _evaluator_readings,
        Role.HEAD: _head_readings,
        Role.ANALYST: _analyst_readings,
    }
    url = address("cycle_detail", agency, cycle.year) if cycle else ""
    found: list[Reading] = []
    for role, readings in texts.items():
        if member.has(role):
            found += readings(spans, url)
    return tuple(found)


def _contact_readings(spans: Mapping[PhaseKind, Span], url: str) -> list[Reading]:
    return [
        Reading(
            _("Survei pegawai"),
            _("{when}. Pegawai mengisi sendiri tanpa nama; Anda mengajak unit Anda ikut serta.")
            .format(when=_when(spans, PhaseKind.SURVEY)),
            url,
        ),
        Reading(
            _("Lembar kerja bukti dukung unit Anda"),
            _("{when}. Siapkan sejak sekarang dokumen kegiatan penguatan budaya kerja.")
            .format(when=_when(spans, PhaseKind.EVIDENCE)),
        ),
    ]  # fmt: skip


def _evaluator_readings(spans: Mapping[PhaseKind, Span], url: str) -> list[Reading]:
    return [
        Reading(
            _("Penilaian bukti dukung"),
            _("{when}. Setiap penilai menilai tanpa melihat nilai penilai lain.")
            .format(when=_when(spans, PhaseKind.VERIFICATION)),
            url,
        )
    ]  # fmt: skip


def _head_readings(spans: Mapping[PhaseKind, Span], url: str) -> list[Reading]:
    return [
        Reading(_("Jadwal dan keadaan periode ini"), _("Dapat dibaca sekarang."), url)
        if url
        else Reading(_("Periode evaluasi"), _("Belum dibuat oleh pengelola.")),
        Reading(
            _("Hasil"),
            _("Sesudah pengolahan ({when}). Sebelum itu tidak seorang pun melihat jawaban.")
            .format(when=_when(spans, PhaseKind.PROCESSING)),
        ),
    ]  # fmt: skip


def _analyst_readings(spans: Mapping[PhaseKind, Span], url: str) -> list[Reading]:
    return [
        Reading(_("Metode, kuesioner, dan rujukan"), _("Dapat dibaca sekarang."), url),
        Reading(
            _("Data untuk analisis"),
            _("Sesudah survei ditutup ({when}), tanpa nama dan hanya di atas ambang penyajian.")
            .format(when=_when(spans, PhaseKind.SURVEY)),
        ),
    ]  # fmt: skip


def _when(spans: Mapping[PhaseKind, Span], kind: PhaseKind) -> str:
    return span_in_words(spans[kind]) if kind in spans else _("Jadwal belum ditetapkan")


def _state_of(span: Span, state: State, now: datetime) -> str:
    if state in WITH_DECREE or (state not in NOT_OPENED and now >= span.closes_at):
        return "done"
    return "now" if state not in NOT_OPENED and span.opens_at <= now else "todo"
