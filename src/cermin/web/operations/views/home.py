"""Home pages, help, and the choice of language."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from cermin.language import LANGUAGES
from cermin.web.accounts.models import User
from cermin.web.cycles.queries.cycles import current_cycle, spans_of
from cermin.web.cycles.queries.home import tasks_in
from cermin.web.operations.presenters.home import (
    AgencyHome,
    figures_of,
    in_order,
    readings_of,
    roles_of,
    year_steps,
)
from cermin.web.operations.presenters.set_up import set_up_tasks
from cermin.web.operations.queries.home import (
    agencies_with_state,
    house_of,
    names_of_units,
)
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the person's only agency, or show the state of each."""
    user = cast(User, request.user)
    agencies = agencies_with_state(user)
    if len(agencies) == 1 and "semua" not in request.GET:
        return redirect("agency_home", agencies[0].agency.slug)
    return render(request, "operations/home.html", {"agencies": agencies})


@agency_page()
def agency_home(request: AgencyRequest) -> HttpResponse:
    """Show where the year stands and the next step."""
    agency, member, now = request.agency, request.member, request.now
    cycle, slug = current_cycle(agency), agency.slug
    spans = spans_of(cycle) if cycle else {}
    house = house_of(agency)
    tasks = tasks_in(cycle, agency, member, now)
    if owns := member.has(Role.OWNER):
        tasks += set_up_tasks(house, slug, year=localtime(now).year, cycle=cycle)
    shown = AgencyHome(
        tasks=in_order(tasks),
        steps=year_steps(cycle, spans, now),
        figures=figures_of(house, slug) if owns else (),
        units=tuple(names_of_units(agency, member.unit_codes)),
        readings=readings_of(member, cycle, spans, slug),
    )
    context = {
        "home": shown,
        "cycle": cycle,
        "house": house,
        "owns": owns,
        "roles": roles_of(member),
    }
    return render(request, "operations/agency_home.html", context)


def help_page(request: HttpRequest) -> HttpResponse:
    """Explain the year's work and the words of the site; open to everybody."""
    return render(request, "operations/home_help.html")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = "/"
    response = redirect(target)
    if (language := request.POST.get("language", "")) in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=31_536_000,
            secure=settings.SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
    return response
