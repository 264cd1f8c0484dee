"""The owner's pages of public questionnaires."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import permits
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response
from cermin.web.survey.actions.open_links import close_open_survey, open_public_survey, today_of
from cermin.web.survey.forms.open_links import OpenSurveyForm
from cermin.web.survey.models import OpenSurvey
from cermin.web.survey.presenters.open_links import (
    open_result,
    open_row,
    questionnaire_choices,
    result_page,
    result_sheet,
)
from cermin.web.survey.queries.open_links import newest_units
from cermin.web.survey.rules.open_links import check_can_close


@agency_page(Role.OWNER)
def open_survey_list(request: AgencyRequest) -> HttpResponse:
    """Show all public questionnaires of the agency; how many answered is told after closing."""
    today = today_of(request.agency, request.now)
    surveys = OpenSurvey.objects.filter(agency=request.agency).select_related("agency")
    rows = [open_row(survey, today) for survey in surveys]
    return render(request, "survey/open_list.html", {"rows": rows})


@agency_page(Role.OWNER)
def open_survey_create(request: AgencyRequest) -> HttpResponse:
    """Open a questionnaire to the public."""
    form = OpenSurveyForm(
        request.POST or None, questionnaires=questionnaire_choices(),
        units=newest_units(request.agency),
    )  # fmt: skip
    if form.is_valid() and attempt(
        form, open_public_survey, agency=request.agency, **form.cleaned_data, by=request.member,
        now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Kuesioner publik dibuat. Bagikan tautannya."))
        return redirect("open_survey_list", request.agency.slug)
    return render(request, "survey/open_create.html", {"form": form})


@agency_page(Role.OWNER)
def open_survey_detail(request: AgencyRequest, open_survey_id: int) -> HttpResponse:
    """Show the link, and after closing the result."""
    survey = _survey(request, open_survey_id)
    result = open_result(survey)
    row = open_row(survey, today_of(request.agency, request.now))
    context = {
        "row": row,
        "link": request.build_absolute_uri(row.link),
        "page": result_page(survey, result) if result else None,
        "may_close": permits(check_can_close, request.member, survey),
    }
    return render(request, "survey/open_detail.html", context)


@agency_page(Role.OWNER)
@require_POST
def open_survey_close(request: AgencyRequest, open_survey_id: int) -> HttpResponse:
    """Close now and count."""
    survey = _survey(request, open_survey_id)
    close_open_survey(survey=survey, by=request.member, now=request.now)
    messages.success(request, _("Kuesioner publik ditutup dan dihitung."))
    return redirect("open_survey_detail", request.agency.slug, survey.pk)


@agency_page(Role.OWNER)
def open_survey_export(request: AgencyRequest, open_survey_id: int) -> HttpResponse:
    """Give the result as an Excel file; before closing it says only that there is none."""
    survey = _survey(request, open_survey_id)
    result = open_result(survey)
    if result is None:
        messages.info(request, _("Hasil tersedia setelah kuesioner ditutup."))
        return redirect("open_survey_detail", request.agency.slug, survey.pk)
    headings, rows = result_sheet(survey, result)
    return xlsx_response(f"{_('hasil')} {survey.title}", headings, rows, title=survey.title)


def _survey(request: AgencyRequest, open_survey_id: int) -> OpenSurvey:
    surveys = OpenSurvey.objects.select_related("agency")
    return get_object_or_404(surveys, agency=request.agency, pk=open_survey_id)
