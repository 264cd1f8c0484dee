"""Invitations and reminders by e-mail: the owner's page."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.acting import attempt
from cermin.web.survey.actions.mailings import cancel_mailing, schedule_mailing
from cermin.web.survey.forms.mailings import MailingForm
from cermin.web.survey.models import Mailing, MailKind
from cermin.web.survey.presenters.mail import Letter, preview_of
from cermin.web.survey.presenters.mailings import mailing_row
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.facts import paper_of
from cermin.web.survey.queries.mailings import mailings_of, reach_of
from cermin.web.survey.rules.mailings import check_can_cancel_mailing


@agency_page(Role.OWNER)
@never_cache
def survey_mailings(request: AgencyRequest, year: int) -> HttpResponse:
    """List the mailings, and plan another one."""
    cycle = cycle_of_year(request, year)
    soon = localtime(request.now).replace(minute=0) + timedelta(hours=1)
    initial = {"kind": MailKind.INVITATION, "day": soon.date(), "time": soon.time()}
    form = MailingForm(request.POST or None, initial=initial)
    if form.is_valid():
        chosen = form.cleaned_data
        if attempt(
            form, schedule_mailing, cycle=cycle, kind=MailKind(chosen["kind"]),
            at=form.moment(request.agency.time_zone), subject=chosen["subject"],
            lead=chosen["lead"], base_url=request.build_absolute_uri("/").rstrip("/"),
            by=request.member, now=request.now,
        ):  # fmt: skip
            messages.success(request, _("Surel dijadwalkan."))
            return redirect("survey_mailings", request.agency.slug, year)
    context = {
        "cycle": cycle,
        "form": form,
        "rows": [mailing_row(one) for one in mailings_of(cycle)],
        "reach": reach_of(cycle, survey_of(cycle)),
        "has_mail": bool(settings.EMAIL_HOST),
        "previews": _previews(cycle),
    }
    return render(request, "survey/mailings.html", context)


@agency_page(Role.OWNER)
@require_POST
def survey_mailing_cancel(request: AgencyRequest, year: int, mailing: int) -> HttpResponse:
    """Take a mailing back."""
    cycle = cycle_of_year(request, year)
    row = get_object_or_404(Mailing.objects.select_related("cycle__agency"), pk=mailing,
                            cycle=cycle)  # fmt: skip
    check_can_cancel_mailing(request.member, row)
    cancel_mailing(mailing=row, by=request.member, now=request.now)
    messages.success(request, _("Surel dibatalkan."))
    return redirect("survey_mailings", request.agency.slug, year)


def _previews(cycle: Cycle) -> list[tuple[str, str]]:
    """Return an example of each kind; its codes and links lead nowhere."""
    survey = spans_of(cycle).get(PhaseKind.SURVEY)
    if survey is None:
        return []
    minutes = sum(one.minutes for one in paper_of(cycle).questionnaires)
    return [
        (
            str(kind.label),
            preview_of(
                Letter(Mailing(cycle=cycle, kind=kind), cycle, "contoh", survey.closes_at, minutes)
            ),
        )
        for kind in MailKind
    ]
