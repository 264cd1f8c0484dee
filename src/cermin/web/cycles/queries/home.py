"""What the yearly cycle asks of a member today; for the home page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from cermin.language import in_words, kept_words
from cermin.web.cycles.models import Cycle, PhaseKind, State
from cermin.web.cycles.parts import parts
from cermin.web.cycles.queries.cycles import current_cycle, lacking_of, spans_of, undecided_of
from cermin.web.cycles.rules.dates import Spans
from cermin.web.cycles.rules.states import is_open
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Member

SOON = timedelta(days=3)


@dataclass(frozen=True)
class HomeTask:
    """One thing to do or to know; the heavier ``weight``, the higher it stands."""

    title: str
    detail: str
    url: str
    due: datetime | None
    late: bool
    weight: int


def home_tasks(agency: Agency, member: Member, now: datetime) -> list[HomeTask]:
    """Return what the current cycle asks of ``member``, the most pressing first."""
    return tasks_in(current_cycle(agency), agency, member, now)


def tasks_in(cycle: Cycle | None, agency: Agency, member: Member, now: datetime) -> list[HomeTask]:
    """Return the same for a cycle that has been read already."""
    if cycle is None:
        tasks = [_no_cycle(agency)] if member.has(Role.OWNER) else []
    else:
        tasks = list(_tasks_of(cycle, member, now))
        tasks += [task for part in parts() for task in part.home_tasks(cycle, member, now)]
    return sorted(tasks, key=lambda task: -task.weight)


def blocked_words(cycle: Cycle) -> str:
    """Return why a cycle could not open, in the reader's language; "" when nothing is wrong."""
    return kept_words(cycle.blocked)


def _no_cycle(agency: Agency) -> HomeTask:
    return HomeTask(
        title=_("Buat periode evaluasi"),
        detail=_("Belum ada periode evaluasi. Mulailah dari tahun dan namanya."),
        url=reverse("cycle_create", args=[agency.slug]),
        due=None,
        late=False,
        weight=50,
    )


def _tasks_of(cycle: Cycle, member: Member, now: datetime) -> Iterator[HomeTask]:
    spans = spans_of(cycle)
    if member.has(Role.OWNER):
        yield from _before_opening(cycle, spans, now)
        yield from _closing_soon(cycle, spans, now)
        yield from _announcing(cycle)
    if member.has(Role.OWNER, Role.HEAD):
        yield from _deciding(cycle, spans, now)
    if member.has(Role.CONTACT):
        yield from _open_phase(cycle, spans, now, PhaseKind.EVIDENCE)
    if member.has(Role.EVALUATOR):
        yield from _open_phase(cycle, spans, now, PhaseKind.VERIFICATION)


def _before_opening(cycle: Cycle, spans: Spans, now: datetime) -> Iterator[HomeTask]:
    survey = spans.get(PhaseKind.SURVEY)
    opens_at = survey.opens_at if survey else None
    if cycle.state == State.DRAFT:
        lacking = [in_words(problem) for problem in lacking_of(cycle)]
        if lacking:
            title = _("Lengkapi pengaturan periode {year}")
            yield _task(cycle, title, " ".join(lacking), due=opens_at, now=now, weight=60)
        else:
            title, detail = _("Jadwalkan periode {year}"), _("Pengaturannya sudah lengkap.")
            yield _task(cycle, title, detail, due=opens_at, now=now, weight=60)
    elif cycle.state == State.SCHEDULED:
        problems = [blocked_words(cycle)] if cycle.blocked else map(in_words, lacking_of(cycle))
        words = " ".join(problems)
        if words:
            title = _("Survei {year} tidak dapat dibuka")
            yield _task(cycle, title, words, due=opens_at, now=now, weight=100)
        elif opens_at is not None and now >= opens_at - SOON:
            title = _("Survei {year} segera dibuka")
            detail = _(
                "Periksa daftar pegawai sekali lagi; saat survei dibuka, semuanya dibekukan."
            )
            yield _task(cycle, title, detail, due=opens_at, now=now, weight=70)


def _closing_soon(cycle: Cycle, spans: Spans, now: datetime) -> Iterator[HomeTask]:
    for kind in (PhaseKind.SURVEY, PhaseKind.EVIDENCE, PhaseKind.VERIFICATION):
        if is_open(kind, now, spans, State(cycle.state)) and spans[kind].closes_at - now <= SOON:
            title = _("{phase} {year} segera ditutup")
            detail = _("Bila perlu, perpanjang batasnya sebelum ditutup.")
            yield _task(
                cycle, title, detail, due=spans[kind].closes_at, now=now, weight=80, kind=kind
            )


def _deciding(cycle: Cycle, spans: Spans, now: datetime) -> Iterator[HomeTask]:
    if cycle.state == State.PROCESSING and not undecided_of(cycle):
        detail = _("Hasil menunggu surat keputusan penetapan.")
        due = spans[PhaseKind.PROCESSING].closes_at
        yield _task(cycle, _("Tetapkan hasil periode {year}"), detail, due=due, now=now, weight=90)


def _announcing(cycle: Cycle) -> Iterator[HomeTask]:
    if cycle.state == State.DECIDED:
        detail = _("Hasil sudah ditetapkan dan belum diumumkan.")
        yield _task(cycle, _("Umumkan hasil periode {year}"), detail, weight=40)


def _open_phase(cycle: Cycle, spans: Spans, now: datetime, kind: PhaseKind) -> Iterator[HomeTask]:
    if is_open(kind, now, spans, State(cycle.state)):
        detail = _("Tahap ini sedang berlangsung.")
        due = spans[kind].closes_at
        yield _task(cycle, _("{phase} {year}"), detail, due=due, now=now, weight=55, kind=kind)


def _task(
    cycle: Cycle, title: str, detail: str, *, weight: int, due: datetime | None = None,
    now: datetime | None = None, kind: PhaseKind | None = None,
) -> HomeTask:  # fmt: skip
    return HomeTask(
        title=title.format(year=cycle.year, phase=kind.label if kind else ""),
        detail=detail,
        url=reverse("cycle_detail", args=[cycle.agency.slug, cycle.year]),
        due=due,
        late=due is not None and now is not None and now >= due,
        weight=weight,
    )
