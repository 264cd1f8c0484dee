"""The course of the survey as a small drawing: ballots drawn by the end of each counted day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.formats import date_format

from cermin.web.survey.queries.board import Board, Group
from cermin.web.survey.rules.board import Mark, start_of

WIDTH, HEIGHT = 340, 170
_LEFT, _RIGHT, _TOP, _BASE = 4, 4, 22, 142


@dataclass(frozen=True)
class CourseDay:
    """A day of the table beside the drawing."""

    day: date
    drawn: int
    more: int  # than at the mark before


@dataclass(frozen=True)
class Course:
    """The drawing, ready to print, and the same as a table; numbers of the drawing are text."""

    days: list[CourseDay]
    line: str  # points of an SVG line
    dots: list[tuple[str, str]]
    minimum_y: str  # "" without a minimum, or where it cannot be drawn
    minimum: int | None
    label_y: str
    first: str
    last: str
    highest: int


def course_of(everybody: Group, board: Board) -> Course | None:
    """Return the course of all groups in sight; None before the first day has been counted."""
    marks = [start_of(board.opened_on), *everybody.marks]
    if len(marks) < 2:
        return None
    if not board.over:
        marks.append(Mark(board.today, everybody.drawn))
    top = max(everybody.minimum or 0, marks[-1].drawn, 1)
    span = max((board.last_day - marks[0].day).days, (marks[-1].day - marks[0].day).days, 1)

    def x(day: date) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (day - marks[0].day).days / span

    def y(drawn: int) -> float:
        return _BASE - (_BASE - _TOP) * drawn / top

    points = [(f"{x(one.day):.1f}", f"{y(one.drawn):.1f}") for one in marks]
    minimum = everybody.minimum
    return Course(
        days=[
            CourseDay(later.day, later.drawn, later.drawn - earlier.drawn)
            for earlier, later in pairwise(marks)
        ],
        line=" ".join(",".join(point) for point in points),
        dots=points[1:],
        minimum_y="" if minimum is None else f"{y(minimum):.1f}",
        minimum=minimum,
        label_y="" if minimum is None else f"{y(minimum) - 5:.1f}",
        first=date_format(board.opened_on, "j M"),
        last=date_format(board.last_day, "j M"),
        highest=marks[-1].drawn,
    )
