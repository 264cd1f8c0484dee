"""Unsubscribing from mails on surveys: a page with a button, and the one click of mail programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from cermin.language import N_
from cermin.web.organisations.models import Agency
from cermin.web.survey.actions.mailings import resume_mail, stop_mail
from cermin.web.survey.models import Survey
from cermin.web.survey.queries.mailings import has_opted_out, index_in
from cermin.web.survey.rules.refusals import Refused
from cermin.web.survey.views.public.bodies import FORM_WITH_FILES, PLAIN_FORM, form_body


@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: HttpRequest, survey: str, token: str, language: str = "id") -> HttpResponse:
    """Show the choice; change it by POST only, since mail filters open every link."""
    agency, index = _read(survey, token)
    if request.method == "POST":
        sent = form_body(request, kinds=(PLAIN_FORM, FORM_WITH_FILES))  # RFC 8058 allows both
        change = resume_mail if sent.get("surel") == "ya" else stop_mail
        change(agency=agency, email_index=index)
    context = {
        "stopped": has_opted_out(agency, index),
        "changed": request.method == "POST",
        "agency_name": agency.name,
        "language": language,
    }
    answer = HttpResponse(render_to_string("survey/mail_stop.html", context))
    answer["Cache-Control"] = "no-store"
    return answer


def _read(survey: str, token: str) -> tuple[Agency, bytes]:
    found = Survey.objects.filter(public_id=survey).select_related("cycle__agency").first()
    index = index_in(found.cycle.agency, token) if found else None
    if found is None or index is None:
        raise Refused(
            "not_found", 404, N_("Tautan ini tidak berlaku. Periksa apakah alamatnya lengkap.")
        )
    return found.cycle.agency, index
