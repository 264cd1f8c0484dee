"""The participation board, and the same as an Excel file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.export import xlsx_response
from cermin.web.survey.presenters.board import (
    BoardPage,
    board_page,
    export_headings,
    export_rows,
)
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.board import board_of
from cermin.web.survey.rules.board import WHOLE_BOARD, board_sight

_ROLES = (*WHOLE_BOARD, Role.CONTACT)


@agency_page(*_ROLES)
@never_cache
def survey_board(request: AgencyRequest, year: int) -> HttpResponse:
    """Show participation, the groups at risk first."""
    cycle = cycle_of_year(request, year)
    page = _page(request, cycle)
    return render(request, "survey/board.html", {"cycle": cycle, "page": page})


@agency_page(*_ROLES)
@never_cache
def survey_board_export(request: AgencyRequest, year: int) -> HttpResponse:
    """Give the same numbers as an Excel file."""
    page = _page(request, cycle_of_year(request, year))
    if page is None:
        raise Http404
    return xlsx_response(
        f"partisipasi-{request.agency.slug}-{year}", export_headings(), export_rows(page),
        title=_("Partisipasi"),
    )  # fmt: skip


def _page(request: AgencyRequest, cycle: Cycle) -> BoardPage | None:
    survey = survey_of(cycle)
    if survey is None:
        return None
    sight = board_sight(request.member)
    board = board_of(survey, cycle, request.now, sight=sight)
    return board_page(board, cycle, whole=sight is None)
