"""The page of the closing: how far it is, what it waits for, what stopped it, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cermin.language import kept_words
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.presenters.words import day_in, deadline_words, long_date
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.organisations.models import Unit
from cermin.web.organisations.rules import Member, permits
from cermin.web.survey.models import BoxKey, KeyMode, Survey, SurveyState
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.closing import end_of, waits_for_a_holder, waits_for_a_key
from cermin.web.survey.queries.keys import box_key_of, holders_of, site_has
from cermin.web.survey.rules.classes import SMALL_UNITS, SMALL_UNITS_NAME
from cermin.web.survey.rules.closing import (
    READING,
    SEARCH,
    STORING,
    WRITING,
    check_can_give_box_up,
    check_can_try_again,
    unreadable_of,
)
from cermin.web.survey.rules.states import RUNNING


@dataclass(frozen=True)
class ForgedRow:
    """A class with more ballots than were drawn."""

    unit: str
    strata: str
    ballots: int
    drawn: int


@dataclass(frozen=True)
class ClosingPage:
    """All that the page shows; ``kind`` says which of its faces."""

    kind: str  # before, running, waiting, lost, at_work, stopped, closed
    survey: Survey | None
    percent: int
    step: str
    ends: str
    witnessed: bool
    holders: list[str]
    problem: str
    forged: list[ForgedRow]
    may_try_again: bool
    unreadable: int  # ballots, when they alone have stopped it
    few: bool  # ballots, but fewer than the threshold
    may_give_box_up: bool
    search_ends: str  # until when copies of a lost key are looked for


def closing_page(cycle: Cycle, member: Member, now: datetime) -> ClosingPage:
    """Return the page of ``cycle`` as ``member`` sees it."""
    survey, box_key = survey_of(cycle), box_key_of(cycle)
    holders = holders_of(box_key) if box_key is not None else []
    counted = survey.n_counted if survey else None
    return ClosingPage(
        kind=kind_of(survey, box_key),
        survey=survey,
        percent=survey.percent if survey else 0,
        step=_step(survey.percent if survey else 0),
        ends=_ends(cycle),
        witnessed=box_key is not None and box_key.mode == KeyMode.WITNESSED,
        holders=[one.name for one in holders if one.downloaded_at is not None],
        problem=kept_words(survey.problem if survey else None),
        forged=_forged(cycle, survey),
        may_try_again=survey is not None and permits(check_can_try_again, member, cycle, survey),
        unreadable=unreadable_of(survey) if survey else 0,
        few=counted is not None and 0 < counted < cycle.threshold,
        may_give_box_up=_may_give_box_up(cycle, survey, box_key, member, now),
        search_ends=_search_ends(cycle, survey),
    )


def kind_of(survey: Survey | None, box_key: BoxKey | None) -> str:
    """Return which face the page has."""
    if survey is None or box_key is None:
        return "before"
    if survey.state in RUNNING:
        return "running"
    if survey.state == SurveyState.CLOSING:
        if waits_for_a_holder(survey, box_key):
            return "waiting"
        return "lost" if waits_for_a_key(survey, box_key) else "at_work"
    return "stopped" if survey.state == SurveyState.STOPPED else "closed"


def _may_give_box_up(
    cycle: Cycle, survey: Survey | None, box_key: BoxKey | None, member: Member, now: datetime
) -> bool:
    if survey is None or box_key is None:
        return False
    return permits(
        check_can_give_box_up, member, cycle, survey, has_key=site_has(box_key),
        ends_at=end_of(survey), now=now,
    )  # fmt: skip


def _search_ends(cycle: Cycle, survey: Survey | None) -> str:
    if survey is None:
        return ""
    return long_date(day_in(end_of(survey) + SEARCH, cycle.agency.time_zone))


def _step(percent: int) -> str:
    if percent < READING:
        return _("Menunggu giliran dan memeriksa jumlah surat suara")
    if percent < WRITING:
        return _("Membuka kotak suara")
    return _("Membekukan jawaban") if percent < STORING else _("Memusnahkan kotak dan kunci")


def _ends(cycle: Cycle) -> str:
    span = spans_of(cycle).get(PhaseKind.SURVEY)
    return deadline_words(span.closes_at, cycle.agency.time_zone) if span else ""


def _forged(cycle: Cycle, survey: Survey | None) -> list[ForgedRow]:
    if survey is None or survey.problem is None:
        return []
    units = Unit.objects.filter(structure_id=cycle.structure_id)
    names = dict(units.values_list("code", "name")) | {SMALL_UNITS: _(SMALL_UNITS_NAME)}
    return [
        ForgedRow(
            names.get(one["unit"], one["unit"]), ", ".join(one["strata"]),
            one["ballots"], one["drawn"],
        )
        for one in survey.problem["classes"]
    ]  # fmt: skip
