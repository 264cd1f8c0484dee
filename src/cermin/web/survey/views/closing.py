"""Closing a survey: by hand, with a holder's copy of the key, and watching how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.acting import attempt
from cermin.web.pages.progress import progress
from cermin.web.survey.actions.closing import (
    close_by_hand,
    give_box_up,
    go_on_without,
    open_box,
    try_again,
)
from cermin.web.survey.forms.closing import CloseForm, GiveUpForm, GoOnForm
from cermin.web.survey.forms.keys import OpenForm
from cermin.web.survey.presenters.closing import closing_page
from cermin.web.survey.queries.keys import box_key_of, holder_of
from cermin.web.survey.rules.keys import check_can_see_keys


@agency_page(Role.OWNER)
@never_cache
def survey_close(request: AgencyRequest, year: int) -> HttpResponse:
    """End the survey before its date."""
    cycle = cycle_of_year(request, year)
    page = closing_page(cycle, request.member, request.now)
    if page.kind != "running":
        return redirect("survey_closing", request.agency.slug, year)
    shown = {"cycle": cycle, "page": page, "form": CloseForm(request.POST or None)}
    done = _("Survei ditutup; surat suara tidak diterima lagi.")
    return _decided(request, close_by_hand, shown, "survey/close.html", done)


def _decided(
    request: AgencyRequest, action: Callable[..., object], shown: dict[str, Any], template: str,
    done: str,
) -> HttpResponse:  # fmt: skip
    """Do what the form decides and say so, or show it (again)."""
    form, cycle = shown["form"], shown["cycle"]
    if form.is_valid() and attempt(
        form, action, cycle=cycle, by=request.member, now=request.now, **form.cleaned_data
    ):
        messages.success(request, done)
        return redirect("survey_closing", request.agency.slug, cycle.year)
    return render(request, template, shown)


@sensitive_post_parameters("passphrase")
@agency_page()
@never_cache
def survey_closing(request: AgencyRequest, year: int) -> HttpResponse:
    """Show the closing; take a holder's copy when it waits for one."""
    cycle = _cycle(request, year)
    form = OpenForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and attempt(
        form, open_box, cycle=cycle, by=request.member, now=request.now, **form.cleaned_data
    ):  # fmt: skip
        messages.success(request, _("Kunci cocok; kotak suara sedang dibuka."))
        return redirect("survey_closing", request.agency.slug, year)
    page = closing_page(cycle, request.member, request.now)
    return render(request, "survey/closing.html", {"cycle": cycle, "page": page, "form": form})


@agency_page()
@require_safe
@never_cache
def survey_closing_progress(request: AgencyRequest, year: int) -> HttpResponse:
    """Answer the page that asks every second; at the end it loads itself anew."""
    cycle = _cycle(request, year)
    page = closing_page(cycle, request.member, request.now)
    shown = {"cycle": cycle, "page": page}
    return progress(request, "survey/closing_progress.html", shown, at_work=page.kind == "at_work")


@agency_page(Role.OWNER)
@require_POST
def survey_closing_try_again(request: AgencyRequest, year: int) -> HttpResponse:
    """Go on with a closing that was stopped."""
    cycle = cycle_of_year(request, year)
    try_again(cycle=cycle, by=request.member, now=request.now)
    messages.success(request, _("Penutupan dilanjutkan; semua pemeriksaan diulang."))
    return redirect("survey_closing", request.agency.slug, year)


@agency_page(Role.OWNER)
@never_cache
def survey_closing_go_on(request: AgencyRequest, year: int) -> HttpResponse:
    """Ask why, then go on without the ballots that cannot be read."""
    cycle = cycle_of_year(request, year)
    page = closing_page(cycle, request.member, request.now)
    if not page.unreadable:
        return redirect("survey_closing", request.agency.slug, year)
    shown = {"cycle": cycle, "page": page, "form": GoOnForm(request.POST or None)}
    done = _("Penutupan dilanjutkan tanpa surat suara yang tidak terbaca.")
    return _decided(request, go_on_without, shown, "survey/closing_go_on.html", done)


@agency_page(Role.OWNER)
@never_cache
def survey_closing_give_up(request: AgencyRequest, year: int) -> HttpResponse:
    """Ask why, then close without opening a box whose key is lost."""
    cycle = cycle_of_year(request, year)
    page = closing_page(cycle, request.member, request.now)
    if not page.may_give_box_up:
        return redirect("survey_closing", request.agency.slug, year)
    shown = {"cycle": cycle, "page": page, "form": GiveUpForm(request.POST or None)}
    done = _("Survei ditutup tanpa membuka kotak suara.")
    return _decided(request, give_box_up, shown, "survey/closing_give_up.html", done)


def _cycle(request: AgencyRequest, year: int) -> Cycle:
    """Return the cycle; holders see its closing, and owners."""
    cycle = cycle_of_year(request, year)
    check_can_see_keys(request.member, cycle, holder_of(box_key_of(cycle), request.member))
    return cycle
