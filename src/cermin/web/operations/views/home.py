"""Home pages, help, and the choice of language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cermin.language import LANGUAGES
from cermin.web.organisations.access import AgencyRequest, agency_page


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the person's agency, or let them choose among several."""
    return render(request, "operations/home.html")


@agency_page()
def agency_home(request: AgencyRequest) -> HttpResponse:
    """Show where the year stands and the next step."""
    return render(request, "operations/agency_home.html")


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
