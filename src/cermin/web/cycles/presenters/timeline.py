"""A cycle in the list of years, and the year as steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from cermin.web.cycles.models import WITH_DECREE, Cycle, PhaseKind, State
from cermin.web.cycles.presenters.words import (
    begins_words,
    day_in,
    ends_words,
    long_date,
    moments_words,
    range_words,
)
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.rules.dates import Span, days_of

_BADGES = {
    State.DRAFT: "badge-muted",
    State.SCHEDULED: "badge-muted",
    State.PROCESSING: "badge-warn",
    State.DECIDED: "badge-warn",
    State.ARCHIVED: "badge-muted",
}


@dataclass(frozen=True)
class CycleRow:
    """A cycle in the list of years."""

    year: int
    name: str
    state: str
    badge: str
    survey: str
    decision_by: str
    blocked: bool


@dataclass(frozen=True)
class Step:
    """One step of the year: its class in the list of steps, its dates, how far away it is."""

    kind: str
    title: str
    css: str
    dates: str
    note: str


def badge(cycle: Cycle) -> str:
    """Return the class of the badge that shows the state."""
    if cycle.blocked is not None:
        return "badge-late"
    return _BADGES.get(State(cycle.state), "badge-ok")


def cycle_row(cycle: Cycle) -> CycleRow:
    """Return a cycle as the list of years shows it."""
    spans, zone = spans_of(cycle), cycle.agency.time_zone
    survey, processing = spans.get(PhaseKind.SURVEY), spans.get(PhaseKind.PROCESSING)
    return CycleRow(
        year=cycle.year,
        name=cycle.name,
        state=str(State(cycle.state).label),
        badge=badge(cycle),
        survey=range_words(days_of(survey, zone)) if survey else "",
        decision_by=long_date(days_of(processing, zone).last) if processing else "",
        blocked=cycle.blocked is not None,
    )


def steps(cycle: Cycle, now: datetime) -> list[Step]:
    """Return the year as steps: the phases, then the decree and the announcement."""
    zone = cycle.agency.time_zone
    listed = [_phase_step(kind, span, zone, now) for kind, span in spans_of(cycle).items()]
    if listed and cycle.state in WITH_DECREE:
        listed[-1] = replace(listed[-1], css="done", note="")
    return [*listed, _decree_step(cycle), _publication_step(cycle)]


def _phase_step(kind: PhaseKind, span: Span, zone: str, now: datetime) -> Step:
    days = days_of(span, zone)
    if now < span.opens_at:
        css, note = "todo", begins_words(days.first, day_in(now, zone))
    elif now < span.closes_at:
        css, note = "now", ends_words(days.last, day_in(now, zone))
    else:
        css, note = "done", ends_words(days.last, day_in(now, zone))
        css = "now" if kind is PhaseKind.PROCESSING else css
    return Step(str(kind), str(kind.label), css, moments_words(days, zone), note)


def _decree_step(cycle: Cycle) -> Step:
    if cycle.decree_date is None:
        return Step("decree", _("Penetapan"), "todo", "", "")
    words = _("{number}, {date}, ditandatangani {name}").format(
        number=cycle.decree_number, date=long_date(cycle.decree_date), name=cycle.signatory
    )
    return Step("decree", _("Penetapan"), "done", words, "")


def _publication_step(cycle: Cycle) -> Step:
    if cycle.published_at is None:
        css = "now" if cycle.state == State.DECIDED else "todo"
        return Step("publication", _("Pengumuman"), css, "", "")
    day = day_in(cycle.published_at, cycle.agency.time_zone)
    return Step("publication", _("Pengumuman"), "done", long_date(day), "")
