"""The contact's side of a lost code: find the person, then a number or an e-mail."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from cermin.core.contacts import mask_email
from cermin.core.errors import UserError
from cermin.language import in_words
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.queries.contacts import opened_contact
from cermin.web.organisations.queries.roster import PlacedUnit
from cermin.web.organisations.rules import permits
from cermin.web.pages.acting import attempt
from cermin.web.survey.actions.reissue import mail_new_code, pair
from cermin.web.survey.forms.invitations import PairForm, PersonSearch
from cermin.web.survey.models import Invitee, Survey
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.invitations import people_of, state_of, units_of
from cermin.web.survey.rules.invitations import check_can_hand_out
from cermin.web.survey.views.invitations import survey_address

_PER_PAGE = 50


@agency_page(Role.OWNER, Role.CONTACT)
@never_cache
@sensitive_post_parameters()
def survey_reissue(request: AgencyRequest, year: int) -> HttpResponse:
    """Show the invited people of the member's units by name, or those with a part of a name."""
    cycle, survey, units = _found(request, year)
    names = {unit.code: unit.name for unit in units}
    people = people_of(survey, names)
    search = PersonSearch(request.POST or None)
    looked_for = search.is_valid()
    if looked_for:
        people = people.filter(name__icontains=search.cleaned_data["text"].strip())
    page = Paginator(people, _PER_PAGE).get_page(request.GET.get("halaman"))
    shown = {
        "cycle": cycle, "page": page, "looked_for": looked_for,
        # What was looked for is not written into the page again.
        "search": PersonSearch() if looked_for else search,
        "rows": [(one.pk, one.name, names[one.unit_code]) for one in page.object_list],
        "can_reissue": permits(
            check_can_hand_out, request.member, request.agency, state_of(survey)
        ),
    }  # fmt: skip
    return render(request, "survey/invitations_people.html", shown)


@agency_page(Role.OWNER, Role.CONTACT)
@never_cache
@sensitive_post_parameters()
def survey_reissue_person(request: AgencyRequest, year: int, invitee: uuid.UUID) -> HttpResponse:
    """Take the number that stands on the person's phone."""
    cycle, survey, units = _found(request, year)
    person = _person(survey, units, invitee)
    form = PairForm(request.POST or None)
    if form.is_valid() and attempt(
        form, pair, survey=survey, invitee=person.pk, typed=form.cleaned_data["number"],
        by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(
            request, _("Kode baru kini tampil di ponsel {name}.").format(name=person.name)
        )
        return redirect("survey_reissue", request.agency.slug, year)
    address = survey_address(request, survey)
    shown = {
        "cycle": cycle, "person": person, "form": form, "address": f"{address}kode-baru/",
        "unit": next(unit.name for unit in units if unit.code == person.unit_code),
        "email": mask_email(opened_contact(person.email_sealed)) if settings.EMAIL_HOST else "",
    }  # fmt: skip
    return render(request, "survey/invitations_person.html", shown)


@agency_page(Role.OWNER, Role.CONTACT)
@require_POST
@never_cache
def survey_reissue_mail(request: AgencyRequest, year: int, invitee: uuid.UUID) -> HttpResponse:
    """Have a new code sent to the person's own address."""
    _cycle, survey, units = _found(request, year)
    person = _person(survey, units, invitee)
    try:
        mail_new_code(
            survey=survey, invitee=person.pk, base=survey_address(request, survey),
            by=request.member, now=request.now,
        )  # fmt: skip
    except UserError as error:
        messages.error(request, in_words(error))
        return redirect("survey_reissue_person", request.agency.slug, year, invitee)
    messages.success(request, _("Kode baru dikirim ke surel {name}.").format(name=person.name))
    return redirect("survey_reissue", request.agency.slug, year)


def _found(request: AgencyRequest, year: int) -> tuple[Cycle, Survey, list[PlacedUnit]]:
    cycle = cycle_of_year(request, year)
    survey = survey_of(cycle)
    if survey is None:
        raise Http404
    return cycle, survey, units_of(cycle, request.member)


def _person(survey: Survey, units: list[PlacedUnit], invitee: uuid.UUID) -> Invitee:
    return get_object_or_404(people_of(survey, [unit.code for unit in units]), pk=invitee)
