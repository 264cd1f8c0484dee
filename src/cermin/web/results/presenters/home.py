"""What results ask of a member today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle, PhaseKind, State
from cermin.web.cycles.queries import HomeTask, spans_of
from cermin.web.cycles.queries.instruments import method_called
from cermin.web.cycles.rules.states import RUNNING
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member
from cermin.web.results.models import DECIDABLE
from cermin.web.results.presenters.computing import problem_words
from cermin.web.results.queries.evidence import accepted_evidence
from cermin.web.results.queries.results import is_closed, newest_run, standing_of
from cermin.web.results.rules.permissions import Standing


def tasks_of(cycle: Cycle, member: Member, now: datetime) -> Iterator[HomeTask]:
    """Yield what is to do with evidence and index; two queries while the survey is open."""
    if State(cycle.state) not in RUNNING:
        return
    scorers = (Role.OWNER,) if cycle.state == State.PROCESSING else (Role.OWNER, Role.EVALUATOR)
    if member.has(*scorers) and _waits_for_evidence(cycle, now):
        last = spans_of(cycle)[PhaseKind.VERIFICATION].closes_at
        title = _("Unggah nilai bukti dukung {year}")
        detail = _("Isi lembar kerja tiap unit; nilainya ikut menentukan indeks.")
        yield _task(cycle, "cycle_evidence", (title, detail), last, now, weight=65)
    if member.has(Role.OWNER) and is_closed(cycle):
        standing = standing_of(cycle)
        if _lacks_index(standing):
            due = spans_of(cycle)[PhaseKind.PROCESSING].closes_at
            words = _computing_words(cycle, standing)
            yield _task(cycle, "cycle_result", words, due, now, weight=85)


def _waits_for_evidence(cycle: Cycle, now: datetime) -> bool:
    phase = spans_of(cycle).get(PhaseKind.VERIFICATION)
    if not cycle.worksheet or phase is None or now < phase.opens_at:
        return False
    return bool(method_called(cycle.method).evidence_weight) and accepted_evidence(cycle) is None


def _lacks_index(standing: Standing) -> bool:
    if not standing.has_ballots or standing.at_work:
        return False
    return standing.run not in DECIDABLE or standing.is_outdated


def _computing_words(cycle: Cycle, standing: Standing) -> tuple[str, str]:
    problem = problem_words(newest_run(cycle))
    if standing.is_outdated:
        detail = _("Nilai bukti dukung berubah sesudah indeks dihitung.")
        return _("Hitung ulang indeks {year}"), detail
    return _("Hitung indeks {year}"), problem or _("Survei sudah ditutup dan belum dihitung.")


def _task(
    cycle: Cycle, name: str, words: tuple[str, str], due: datetime, now: datetime, *, weight: int
) -> HomeTask:
    title, detail = words
    return HomeTask(
        title=title.format(year=cycle.year),
        detail=detail,
        url=reverse(name, args=[cycle.agency.slug, cycle.year]),
        due=due,
        late=now >= due,
        weight=weight,
    )
