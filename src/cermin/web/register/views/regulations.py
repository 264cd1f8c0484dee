"""Regulations: everybody reads and downloads, owners add and change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page, public_agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import permits
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response
from cermin.web.register.actions.regulations import (
    add_national_regulations,
    add_regulation,
    edit_regulation,
    remove_regulation,
)
from cermin.web.register.forms.regulations import RegulationFilterForm, RegulationForm
from cermin.web.register.models import Regulation
from cermin.web.register.presenters.regulations import HEADINGS, regulation_rows
from cermin.web.register.queries.regulations import (
    missing_national,
    regulations,
    sets_resting_on,
    twin_of,
)
from cermin.web.register.rules import check_can_edit_register

_PER_PAGE = 50
_MAY_POST = require_http_methods(["GET", "HEAD", "POST"])


@public_agency_page
@require_safe
def regulation_list(request: AgencyRequest) -> HttpResponse:
    """Show the regulations that fit the filter."""
    form = RegulationFilterForm(request.GET)
    rows = regulations(request.agency, form.wanted())
    may_edit = _may_edit(request)
    shown = {
        "form": form,
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("halaman")),
        "is_filtered": any((form.wanted().text, form.wanted().kind)),
        "may_edit": may_edit,
        "n_national": len(missing_national(request.agency)) if may_edit else 0,
    }
    return render(request, "register/regulation_list.html", shown)


@public_agency_page
@require_safe
def regulation_export(request: AgencyRequest) -> HttpResponse:
    """Send what the list shows as a sheet."""
    rows = regulations(request.agency, RegulationFilterForm(request.GET).wanted())
    headings = [_(heading) for heading in HEADINGS]
    return xlsx_response(f"peraturan-{request.agency.slug}", headings, regulation_rows(rows))


@public_agency_page
@require_safe
def regulation_detail(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show one regulation."""
    regulation = _regulation(request, pk)
    shown = {
        "regulation": regulation,
        "sets": regulation.value_sets.all(),
        "may_edit": _may_edit(request),
    }
    return render(request, "register/regulation_detail.html", shown)


@public_agency_page
@require_safe
def regulation_file(request: AgencyRequest, pk: int) -> FileResponse:
    """Send the file to be saved; nothing in it may run as part of this site."""
    regulation = _regulation(request, pk)
    if not regulation.file or not default_storage.exists(regulation.file):
        raise Http404
    content = default_storage.open(regulation.file)
    response = FileResponse(
        content, as_attachment=True, filename=regulation.file_name, content_type="application/pdf"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@agency_page(Role.OWNER)
@_MAY_POST
def regulation_add(request: AgencyRequest) -> HttpResponse:
    """Add a regulation."""
    form = _form(request)
    if request.method == "POST" and form.is_valid() and _add(request, form):
        messages.success(request, _("Peraturan ditambahkan."))
        return redirect("regulation_list", request.agency.slug)
    return _form_page(request, form, None)


@agency_page(Role.OWNER)
@_MAY_POST
def regulation_edit(request: AgencyRequest, pk: int) -> HttpResponse:
    """Correct a regulation or replace its file."""
    regulation = _regulation(request, pk)
    form = _form(request, regulation)
    if request.method == "POST" and form.is_valid() and _edit(request, form, regulation):
        messages.success(request, _("Perubahan disimpan."))
        return redirect("regulation_detail", request.agency.slug, regulation.pk)
    return _form_page(request, form, regulation)


@agency_page(Role.OWNER)
@_MAY_POST
def regulation_remove(request: AgencyRequest, pk: int) -> HttpResponse:
    """Ask, then take a regulation out."""
    regulation = _regulation(request, pk)
    if request.method == "POST":
        remove_regulation(regulation=regulation, by=request.member, now=request.now)
        messages.success(request, _("{name} dihapus.").format(name=regulation.title))
        return redirect("regulation_list", request.agency.slug)
    shown = {"regulation": regulation, "sets": sets_resting_on(regulation)}
    return render(request, "register/regulation_remove.html", shown)


@agency_page(Role.OWNER)
@require_POST
def regulation_add_national(request: AgencyRequest) -> HttpResponse:
    """Add the national regulations that are missing."""
    n = add_national_regulations(agency=request.agency, by=request.member, now=request.now)
    messages.success(request, _("{n} peraturan nasional ditambahkan.").format(n=n))
    return redirect("regulation_list", request.agency.slug)


def _form(request: HttpRequest, regulation: Regulation | None = None) -> RegulationForm:
    posted = request.method == "POST"
    return RegulationForm(
        request.POST if posted else None, request.FILES if posted else None, regulation=regulation
    )


def _add(request: AgencyRequest, form: RegulationForm) -> bool:
    return attempt(form, add_regulation, agency=request.agency, **_typed(request, form))


def _edit(request: AgencyRequest, form: RegulationForm, regulation: Regulation) -> bool:
    drop = form.cleaned_data.get("drop_file", False)
    return attempt(
        form, edit_regulation, regulation=regulation, drop_file=drop, **_typed(request, form)
    )


def _typed(request: AgencyRequest, form: RegulationForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {
        "facts": form.facts(), "pdf": given["pdf"], "other_issuer": given["other_issuer"],
        "by": request.member, "now": request.now,
    }  # fmt: skip


def _form_page(
    request: AgencyRequest, form: RegulationForm, regulation: Regulation | None
) -> HttpResponse:
    twin = None
    if form.is_bound and not set(form.errors) - {NON_FIELD_ERRORS}:
        but = regulation.pk if regulation else None
        twin = twin_of(request.agency, form.facts().cleaned(), but)
    shown = {"form": form, "regulation": regulation, "twin": twin}
    return render(request, "register/regulation_form.html", shown)


def _regulation(request: AgencyRequest, pk: int) -> Regulation:
    return get_object_or_404(Regulation, agency=request.agency, pk=pk)


def _may_edit(request: AgencyRequest) -> bool:
    return permits(check_can_edit_register, request.member, request.agency)
