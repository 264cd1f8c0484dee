"""Handing invitations out: numbers, lists, and sheets to print."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cermin.core.errors import UserError
from cermin.intake.csv_table import csv_bytes
from cermin.language import in_words
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member, permits
from cermin.web.pages.export import download, xlsx_response
from cermin.web.pages.progress import progress
from cermin.web.survey.actions.invitations import (
    SHEETS,
    export_list,
    order_sheets,
    take_sheets_away,
)
from cermin.web.survey.forms.invitations import HandOutForm
from cermin.web.survey.models import SheetJob, SheetState, Survey
from cermin.web.survey.presenters.invitations import (
    file_name,
    list_headings,
    sheet_names,
    total_of,
    unit_choices,
    unit_rows,
)
from cermin.web.survey.queries import sheet_files, survey_of
from cermin.web.survey.queries.invitations import (
    group_count,
    reached_by_unit,
    sheet_parts,
    state_of,
    units_of,
)
from cermin.web.survey.rules.invitations import check_can_fetch, check_can_hand_out

_PDF, _ZIP, _CSV = "application/pdf", "application/zip", "text/csv; charset=utf-8"


def survey_address(request: AgencyRequest, survey: Survey) -> str:
    """Return the public address of a survey as the person at the desk reaches the site."""
    return request.build_absolute_uri(f"/survei/{survey.public_id}/")


@agency_page(Role.OWNER, Role.CONTACT)
@never_cache
def survey_invitations(request: AgencyRequest, year: int) -> HttpResponseBase:
    """Show how many are invited and can be reached, and give lists and sheets."""
    cycle = cycle_of_year(request, year)
    survey = survey_of(cycle)
    shown: dict[str, Any] = {"cycle": cycle, "survey": survey}
    if survey is None:
        return render(request, "survey/invitations.html", shown)
    units = units_of(cycle, request.member)
    reached = reached_by_unit(survey)
    rows = unit_rows(units, reached)
    with_people = {row.code for row in rows}
    choices = unit_choices([one for one in units if one.code in with_people])
    form = HandOutForm(request.POST or None, units=choices)
    if form.is_valid() and (answer := _handed_out(request, survey, form)) is not None:
        return answer
    can_hand_out = permits(check_can_hand_out, request.member, request.agency, state_of(survey))
    jobs = SheetJob.objects.filter(survey=survey, requested_by=request.member.id)
    shown |= {
        "form": form, "rows": rows, "total": total_of(units, reached),
        "groups": group_count(survey) if request.member.has(Role.OWNER) else None,
        "can_hand_out": can_hand_out, "jobs": jobs.order_by("-created_at")[:5],
        "address": survey_address(request, survey),
    }  # fmt: skip
    return render(request, "survey/invitations.html", shown)


def _handed_out(
    request: AgencyRequest, survey: Survey, form: HandOutForm
) -> HttpResponseBase | None:
    """Return the file, or lead to the sheets; None when the form says what is wrong."""
    unit, kind = form.cleaned_data["unit"], form.cleaned_data["form"]
    asked: dict[str, Any] = {
        "survey": survey, "unit": unit, "base": survey_address(request, survey),
        "by": request.member, "now": request.now,
    }  # fmt: skip
    try:
        if kind == SHEETS:
            job = order_sheets(**asked)
            return redirect("survey_sheets", request.agency.slug, survey.cycle.year, job.pk)
        rows = export_list(form=kind, **asked)
    except UserError as error:
        form.add_error(None, in_words(error))
        return None
    name = file_name(survey, units_of(survey.cycle, request.member), unit)
    if kind == "csv":
        return download(csv_bytes(list_headings(), rows), f"{name}.csv", _CSV)
    return xlsx_response(name, list_headings(), rows, title=_("Undangan"))


# ------------------------------------------------------------------ sheets


@agency_page(Role.OWNER, Role.CONTACT)
@require_safe
@never_cache
def survey_sheets(request: AgencyRequest, year: int, job: uuid.UUID) -> HttpResponse:
    """Show how far the sheets are."""
    cycle = cycle_of_year(request, year)
    shown = {"cycle": cycle, "job": _job(request, cycle, job)}
    return render(request, "survey/invitations_sheets.html", shown)


@agency_page(Role.OWNER, Role.CONTACT)
@require_safe
@never_cache
def survey_sheets_progress(request: AgencyRequest, year: int, job: uuid.UUID) -> HttpResponse:
    """Answer the page that asks every second; at the end it loads itself anew."""
    cycle = cycle_of_year(request, year)
    found = _job(request, cycle, job)
    shown = {"cycle": cycle, "job": found}
    at_work = found.state == SheetState.QUEUED
    return progress(request, "survey/invitations_progress.html", shown, at_work=at_work)


@agency_page(Role.OWNER, Role.CONTACT)
@require_POST
@never_cache
def survey_sheets_download(request: AgencyRequest, year: int, job: uuid.UUID) -> HttpResponseBase:
    """Give the sheets, one PDF or an archive of several; what was sent whole is removed."""
    cycle = cycle_of_year(request, year)
    found = _job(request, cycle, job)
    if found.state != SheetState.READY:
        return redirect("survey_sheets", request.agency.slug, year, job)
    units = units_of(cycle, request.member)
    codes = [code for code, _people in sheet_parts(found)]
    name = file_name(found.survey, units, found.unit_code)
    if len(codes) == 1:
        content = sheet_files.read(found.pk, 0)
        take_sheets_away(job=found, by=request.member)
        return download(content, f"{name}.pdf", _PDF)
    archive = _sent(found, sheet_names(codes, units), request.member)
    response = StreamingHttpResponse(archive, content_type=_ZIP)
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


def _sent(job: SheetJob, names: list[str], by: Member) -> Iterator[bytes]:
    yield from sheet_files.zipped(job.pk, names)
    take_sheets_away(job=job, by=by)  # not reached when the line was cut: it can be fetched again


def _job(request: AgencyRequest, cycle: Cycle, job: uuid.UUID) -> SheetJob:
    rows = SheetJob.objects.select_related("survey__cycle__agency", "survey__cycle__structure")
    found = get_object_or_404(rows, pk=job, survey__cycle=cycle)
    check_can_fetch(request.member, request.agency, found)
    return found
