"""The tree of a year, one unit, and the files of the tree."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Structure, Unit
from cermin.web.organisations.presenters.units import (
    UNIT_HEADINGS,
    file_rows,
    matching,
    unit_rows,
    unit_template,
)
from cermin.web.organisations.queries import frame_units, units_in_order
from cermin.web.organisations.queries.units import (
    contacts_by_code,
    paths_of,
    unit_counts,
    unit_history,
)
from cermin.web.organisations.rules import permits
from cermin.web.organisations.rules.units import check_can_edit_tree
from cermin.web.pages.export import XLSX, download, xlsx_response

_PER_PAGE = 200


@agency_page()
@require_safe
def unit_list(request: AgencyRequest, year: int | None = None) -> HttpResponse:
    """Show the tree of ``year``, or of the newest year."""
    structures = list(Structure.objects.filter(agency=request.agency))
    if not structures and year is None:
        return render(request, "organisations/unit_none.html")
    structure = _of_year(structures, year)
    newest = structures[0]
    structure.agency = request.agency
    units = units_in_order(structure)
    text = request.GET.get("q", "").strip()
    page = Paginator(matching(units, text), _PER_PAGE).get_page(request.GET.get("halaman"))
    is_newest = structure.pk == newest.pk
    counts = unit_counts(structure) if is_newest else {}
    rows = unit_rows(list(page), paths_of(units), counts, contacts_by_code(request.agency))
    shown = {
        "structures": structures, "structure": structure, "is_newest": is_newest,
        "page": page, "rows": rows, "q": text, "n_units": len(units),
        "query": f"{urlencode({'q': text})}&" if text else "",
        "n_people": sum(count.own for count in counts.values()),
        "can_edit": permits(
            check_can_edit_tree, request.member, structure, newest_year=newest.year
        ),
    }  # fmt: skip
    return render(request, "organisations/unit_list.html", shown)


@agency_page()
@require_safe
def unit_detail(request: AgencyRequest, unit: int) -> HttpResponse:
    """Show one unit in its year: what stands above and below, its people, its history."""
    found = get_object_or_404(
        Unit.objects.select_related("structure__agency"),
        pk=unit, structure__agency=request.agency,
    )  # fmt: skip
    units = units_in_order(found.structure)
    by_id = {u.pk: u for u in units}
    newest = Structure.objects.filter(agency=request.agency).values_list("year", flat=True)[0]
    is_newest = found.structure.year == newest
    counts = unit_counts(found.structure) if is_newest else {}
    children = [u for u in units if u.parent_id == found.pk]
    contacts = contacts_by_code(request.agency)
    rows = unit_rows([by_id[found.pk], *children], paths_of(units), counts, contacts)
    siblings = [u.pk for u in units if u.parent_id == found.parent_id]
    shown = {
        "unit": found, "structure": found.structure, "is_newest": is_newest,
        "above": [by_id[pk] for pk in by_id[found.pk].tree_path[:-1]],
        "row": rows[0], "children": rows[1:],
        "place": siblings.index(found.pk) + 1, "n_siblings": len(siblings),
        "history": unit_history(request.agency, found.code),
        "can_edit": permits(
            check_can_edit_tree, request.member, found.structure, newest_year=newest
        ),
    }  # fmt: skip
    return render(request, "organisations/unit_detail.html", shown)


@agency_page()
@require_safe
def unit_export(request: AgencyRequest, year: int) -> HttpResponse:
    """Send the tree as a file that can be imported again."""
    structure = get_object_or_404(Structure, agency=request.agency, year=year)
    rows = file_rows(frame_units(structure))
    name = f"unit-{request.agency.slug}-{structure.year}"
    return xlsx_response(name, UNIT_HEADINGS, rows, title=_("Unit"))


@agency_page()
@require_safe
def unit_template_file(request: AgencyRequest) -> HttpResponse:
    """Send the empty file to fill in."""
    return download(unit_template(), f"templat-unit-{request.agency.slug}.xlsx", XLSX)


def _of_year(structures: list[Structure], year: int | None) -> Structure:
    for structure in structures:
        if year is None or structure.year == year:
            return structure
    raise Http404
