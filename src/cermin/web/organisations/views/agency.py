"""An agency's own settings, and the operators' list of agencies."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cermin.web.accounts.models import User
from cermin.web.organisations.access import AgencyRequest, actor_of, agency_page, operator_page
from cermin.web.organisations.actions.agency import AgencyFacts, add_agency, edit_agency
from cermin.web.organisations.actions.members_invitations import IssuedInvitation
from cermin.web.organisations.forms.agency import AgencyFilter, AgencyForm, NewAgencyForm
from cermin.web.organisations.models import Agency, AgencyClass, Role
from cermin.web.organisations.queries.agency import agencies
from cermin.web.organisations.views.members_invitations import hand_over
from cermin.web.pages import clock
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response

_PER_PAGE = 50


@agency_page(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def agency_edit(request: AgencyRequest) -> HttpResponse:
    """Change name, class, code, language and time zone."""
    form = AgencyForm(request.POST or None, initial=asdict(_facts(request.agency)))
    if form.is_valid() and attempt(
        form, edit_agency, agency=request.agency, facts=form.facts(), by=request.member,
        now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Pengaturan disimpan."))
        return redirect("agency_edit", request.agency.slug)
    return render(request, "organisations/agency_edit.html", {"form": form})


def _facts(agency: Agency) -> AgencyFacts:
    return AgencyFacts(
        name=agency.name,
        agency_class=agency.agency_class,
        code=agency.code,
        language=agency.language,
        time_zone=agency.time_zone,
    )


@operator_page
@require_safe
def agency_list(request: HttpRequest) -> HttpResponse:
    """Show the agencies of this site."""
    wanted = _wanted(request)
    rows = agencies(text=wanted["q"], agency_class=wanted["agency_class"])
    shown = {
        "filter": AgencyFilter(initial=wanted),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("halaman")),
    }
    return render(request, "organisations/agency_list.html", shown)


@operator_page
@require_safe
def agency_export(request: HttpRequest) -> HttpResponse:
    """Send the list as an Excel file."""
    wanted = _wanted(request)
    rows = agencies(text=wanted["q"], agency_class=wanted["agency_class"])
    headings = [_("Nama"), _("Kelompok"), _("Kode"), _("Orang"), _("Pengelola")]
    lines = [(row.name, row.class_name, row.code, row.n_people, row.n_owners) for row in rows]
    return xlsx_response("instansi", headings, lines, title=_("Instansi"))


def _wanted(request: HttpRequest) -> dict[str, str]:
    kind = request.GET.get("agency_class", "")
    return {
        "q": request.GET.get("q", "").strip().replace("\0", ""),
        "agency_class": kind if kind in AgencyClass else "",
    }


@operator_page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def agency_add(request: HttpRequest) -> HttpResponse:
    """Add an agency and invite its first owner."""
    form = NewAgencyForm(request.POST or None)
    issued: list[IssuedInvitation] = []

    def add() -> None:
        issued.append(
            add_agency(
                facts=form.facts(), slug=form.cleaned_data["slug"],
                owner_email=form.cleaned_data["owner_email"],
                owner_name=form.cleaned_data["owner_name"],
                operator=cast(User, request.user), by=actor_of(request), now=clock.now(),
            )
        )  # fmt: skip

    if form.is_valid() and attempt(form, add):
        messages.success(request, _("Instansi ditambahkan."))
        return hand_over(request, issued, back=reverse("agency_list"))
    return render(request, "organisations/agency_add.html", {"form": form})
