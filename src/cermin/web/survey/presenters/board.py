"""The participation board as its page, its export and the panel of the cycle show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle
from cermin.web.cycles.presenters.words import long_date
from cermin.web.survey.models import SurveyState
from cermin.web.survey.presenters.course import Course, course_of
from cermin.web.survey.queries.board import Board, Group
from cermin.web.survey.rules.board import (
    Forecast,
    Mark,
    Standing,
    forecast_of,
    needed_per_day,
    pace_of,
    percent_of,
    standing_of,
    start_of,
    working_days,
)

_BADGES = {
    Standing.RISK: "badge-late",
    Standing.MISSED: "badge-late",
    Standing.UNSURE: "badge-muted",
    Standing.ON_WAY: "",
    Standing.NO_MINIMUM: "badge-muted",
    Standing.MET: "badge-ok",
    Standing.DONE: "badge-ok",
}
_URGENCY = {standing: number for number, standing in enumerate(Standing)}


def standing_words(standing: Standing) -> str:
    """Return how a group stands, in words."""
    return {
        Standing.RISK: _("Terancam"),
        Standing.MISSED: _("Minimum tidak tercapai"),
        Standing.UNSURE: _("Belum dapat diperkirakan"),
        Standing.ON_WAY: _("Menuju minimum"),
        Standing.NO_MINIMUM: _("Tanpa minimum"),
        Standing.MET: _("Minimum tercapai"),
        Standing.DONE: _("Semua sudah ikut"),
    }[standing]


@dataclass(frozen=True)
class BoardRow:
    """One group, or all of them together."""

    name: str
    invited: int
    drawn: int
    percent: float
    minimum: int | None
    lacking: int | None
    pace: float | None  # ballots per working day
    needed: float | None
    forecast: Forecast | None
    standing: Standing
    words: str
    badge: str


@dataclass(frozen=True)
class BoardPage:
    """All that the board shows."""

    rows: list[BoardRow]
    total: BoardRow
    whole: bool  # the total is that of the agency, with its minimum
    n_risk: int
    days_left: int
    last_day: str
    over: bool
    closed: bool
    preparing: bool
    course: Course | None
    merged: list[tuple[str, str]]


def board_page(board: Board, cycle: Cycle, *, whole: bool) -> BoardPage:
    """Return the rows, the most pressing first, and their total."""
    rows = sorted((row_of(group, board) for group in board.groups), key=_urgency)
    everybody = _everybody(board, cycle, whole=whole)
    total = row_of(everybody, board)
    state = board.survey.state
    return BoardPage(
        rows=rows,
        total=total,
        whole=whole,
        n_risk=sum(row.standing is Standing.RISK for row in rows),
        days_left=days_left(board),
        last_day=long_date(board.last_day),
        over=board.over,
        closed=state == SurveyState.CLOSED,
        preparing=state == SurveyState.PREPARING,
        course=course_of(everybody, board),
        merged=sorted(board.merged_into.items()),
    )


def row_of(group: Group, board: Board) -> BoardRow:
    """Return what the board says of one group."""
    pace = None if board.over else pace_of(group.marks, board.opened_on)
    last = group.marks[-1] if group.marks else start_of(board.opened_on)
    forecast = forecast_of(
        pace, last, drawn=group.drawn, invited=group.invited, last_day=board.last_day
    )
    lacking = None if group.minimum is None else max(group.minimum - group.drawn, 0)
    standing = standing_of(
        drawn=group.drawn, invited=group.invited, minimum=group.minimum, forecast=forecast,
        over=board.over,
    )  # fmt: skip
    needed = None if board.over else needed_per_day(lacking or 0, board.today, board.last_day)
    return BoardRow(
        name=group.name,
        invited=group.invited,
        drawn=group.drawn,
        percent=percent_of(group.drawn, group.invited),
        minimum=group.minimum,
        lacking=lacking,
        pace=None if pace is None else round(pace.mean, 1),
        needed=None if needed is None else round(needed, 1),
        forecast=forecast,
        standing=standing,
        words=standing_words(standing),
        badge=_BADGES[standing],
    )


def days_left(board: Board) -> int:
    """Return the working days that are left, today included."""
    return 0 if board.over else working_days(_before(board.today), board.last_day)


def export_headings() -> list[str]:
    """Return the headings of the export."""
    return [
        _("Kelompok"), _("Pegawai diundang"), _("Surat suara diambil"), _("Persen"),
        _("Minimum responden"), _("Masih perlu"), _("Laju per hari kerja"),
        _("Perlu per hari kerja"), _("Perkiraan akhir"), _("Perkiraan paling rendah"),
        _("Perkiraan paling tinggi"), _("Keadaan"),
    ]  # fmt: skip


def export_rows(page: BoardPage) -> list[Sequence[object]]:
    """Return the same numbers as the page: the groups, then their total."""
    return [
        (
            row.name, row.invited, row.drawn, row.percent, row.minimum, row.lacking, row.pace,
            row.needed, *_forecasts(row.forecast), row.words,
        )
        for row in (*page.rows, page.total)
    ]  # fmt: skip


def _forecasts(forecast: Forecast | None) -> tuple[int | None, int | None, int | None]:
    return (forecast.mean, forecast.low, forecast.high) if forecast else (None, None, None)


def _everybody(board: Board, cycle: Cycle, *, whole: bool) -> Group:
    """Return all groups in sight as one; days on which only some were counted are left out."""
    by_day: Counter[date] = Counter()
    counted: Counter[date] = Counter()
    for group in board.groups:
        for mark in group.marks:
            by_day[mark.day] += mark.drawn
            counted[mark.day] += 1
    n = len(board.groups)
    return Group(
        name=cycle.agency.name if whole else _("Semua kelompok di atas"),
        invited=sum(group.invited for group in board.groups),
        drawn=sum(group.drawn for group in board.groups),
        minimum=(cycle.frozen or {})["minimum"]["agency"] if whole else None,
        marks=tuple(Mark(day, by_day[day]) for day in sorted(by_day) if counted[day] == n),
    )


def _urgency(row: BoardRow) -> tuple[int, float, str]:
    aim = row.minimum or row.invited
    reached = row.forecast.mean if row.standing is Standing.RISK and row.forecast else row.drawn
    return (_URGENCY[row.standing], reached / max(aim, 1), row.name)


def _before(day: date) -> date:
    return start_of(day).day
