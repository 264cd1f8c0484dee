"""Beginning a year, and what became of each unit since the year before."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.forms.units import StructureStartForm
from cermin.web.organisations.models import Role, Structure
from cermin.web.organisations.presenters.structures import (
    CHANGE_HEADINGS,
    change_counts,
    change_lines,
)
from cermin.web.organisations.queries import latest_structure
from cermin.web.organisations.queries.structures import changes_in
from cermin.web.organisations.views.units_editing import posted
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response

_PER_PAGE = 200


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def structure_start(request: AgencyRequest) -> HttpResponse:
    """Begin the tree of another year."""
    newest = latest_structure(request.agency)
    year = newest.year + 1 if newest else timezone.localtime(request.now).year
    form = StructureStartForm(posted(request), initial={"year": str(year)})
    if form.is_valid() and attempt(
        form, start_year, agency=request.agency, year=form.cleaned_data["year"],
        by=request.member, now=request.now,
    ):  # fmt: skip
        words = _("Struktur unit tahun {year} dibuat.")
        messages.success(request, words.format(year=form.cleaned_data["year"]))
        return redirect("unit_list", request.agency.slug)
    return render(request, "organisations/structure_start.html", {"form": form, "newest": newest})


@agency_page()
@require_safe
def structure_changes(request: AgencyRequest, year: int) -> HttpResponse:
    """Show what became of each unit of the year before."""
    structure = get_object_or_404(Structure, agency=request.agency, year=year)
    before, changes = changes_in(structure)
    wanted = request.GET.get("jenis", "")
    lines = [line for line in change_lines(changes) if wanted in ("", line.change)]
    shown = {
        "structure": structure, "before": before, "counts": change_counts(changes),
        "wanted": wanted, "query": f"{urlencode({'jenis': wanted})}&" if wanted else "",
        "page": Paginator(lines, _PER_PAGE).get_page(request.GET.get("halaman")),
    }  # fmt: skip
    return render(request, "organisations/structure_changes.html", shown)


@agency_page()
@require_safe
def structure_changes_export(request: AgencyRequest, year: int) -> HttpResponse:
    """Send the same as an Excel file, always whole."""
    structure = get_object_or_404(Structure, agency=request.agency, year=year)
    _before, changes = changes_in(structure)
    return xlsx_response(
        f"perubahan-unit-{request.agency.slug}-{structure.year}",
        [str(heading) for heading in CHANGE_HEADINGS],
        [line.cells for line in change_lines(changes)],
        title=_("Perubahan unit"),
    )
