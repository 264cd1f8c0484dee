"""What is here, and the behaviour guide."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cermin.web.organisations.access import AgencyRequest, public_agency_page
from cermin.web.organisations.rules import permits
from cermin.web.register.models import Regulation
from cermin.web.register.presenters.value_sets import (
    other_language,
    reference_of,
    shown_values,
    words,
)
from cermin.web.register.queries.value_sets import national_set, shipped_sets, value_sets
from cermin.web.register.rules import check_can_edit_register


@public_agency_page
@require_safe
def register_home(request: AgencyRequest) -> HttpResponse:
    """Lead to everything that employees may read, under an address that fits on a notice board."""
    shown = {
        "address": request.build_absolute_uri(reverse("register_home", args=[request.agency.slug])),
        "n_regulations": Regulation.objects.filter(agency=request.agency).count(),
        "sets": value_sets(request.agency),
        "n_examples": len(shipped_sets()),
        "may_edit": permits(check_can_edit_register, request.member, request.agency),
    }
    return render(request, "register/home.html", shown)


@public_agency_page
@require_safe
def behaviour_guide(request: AgencyRequest) -> HttpResponse:
    """Show the seven values and their behaviours, to read, to learn and to print."""
    guide = national_set()
    shown = {
        "title": words(guide.title),
        "values": shown_values(guide, guide),
        "reference": reference_of(guide),
        "note": words(guide.source.note) if guide.source.note else None,
        "other_language": other_language(),
    }
    return render(request, "register/guide.html", shown)
