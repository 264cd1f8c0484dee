"""The roster: who is employed, found by name or number."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cermin.intake.templates import write_template
from cermin.web.audit.actions import record
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.forms.roster import RosterFilter, RosterSearch
from cermin.web.organisations.models import Employment, Role
from cermin.web.organisations.presenters.roster import (
    SIASN_COLUMNS,
    export_headings,
    person_rows,
)
from cermin.web.organisations.queries.roster import (
    PlacedUnit,
    employees,
    employment_totals,
    found,
    in_sight,
    newest_tree,
    unfinished_upload,
)
from cermin.web.organisations.rules.roster import roster_sight
from cermin.web.pages.export import XLSX, download, xlsx_response

_PER_PAGE = 50
_MOST_FOUND = 50


@agency_page(Role.OWNER, Role.CONTACT)
@require_safe
@never_cache
def roster_list(request: AgencyRequest) -> HttpResponse:
    """Show the people, by name; contacts see those of their units and below."""
    everywhere = newest_tree(request.agency)
    sight = roster_sight(request.member)
    units = in_sight(everywhere, sight)
    codes = None if sight is None else {unit.code for unit in units}
    wanted = {name: request.GET.get(name, "") for name in ("unit", "employment")}
    below = in_sight(units, {wanted["unit"]}) if wanted["unit"] else units
    narrowed = {unit.code for unit in below} if wanted["unit"] else codes
    kind = wanted["employment"] if wanted["employment"] in Employment.values else ""
    totals = employment_totals(employees(request.agency, unit_codes=codes))
    page = Paginator(
        employees(request.agency, unit_codes=narrowed, employment=kind), _PER_PAGE
    ).get_page(request.GET.get("halaman"))
    shown = {
        "filter": RosterFilter(initial=wanted, units=units),
        "is_filtered": any(wanted.values()),
        "totals": totals,
        "n_all": sum(totals.values()),
        "page": page,
        "rows": person_rows(page.object_list),
    }
    return render(request, "organisations/roster_list.html", _frame(request, units) | shown)


@agency_page(Role.OWNER, Role.CONTACT)
@require_POST
@never_cache
@sensitive_post_parameters()
def roster_find(request: AgencyRequest) -> HttpResponse:
    """Show who has a name or number; both come in the body and go nowhere else."""
    sight = roster_sight(request.member)
    units = in_sight(newest_tree(request.agency), sight)
    form = RosterSearch(request.POST)
    rows = []
    if form.is_valid():
        codes = None if sight is None else {unit.code for unit in units}
        people = employees(request.agency, unit_codes=codes)
        people = found(people, request.agency, form.cleaned_data["text"])
        rows = person_rows(people[: _MOST_FOUND + 1])
    shown = {
        # What was looked for is not written into the page again.
        "search": RosterSearch() if form.is_valid() else form,
        "rows": rows[:_MOST_FOUND],
        "has_more": len(rows) > _MOST_FOUND,
        "most": _MOST_FOUND,
    }
    return render(request, "organisations/roster_found.html", _frame(request, units) | shown)


@agency_page(Role.OWNER)
@require_POST
def roster_export(request: AgencyRequest) -> HttpResponse:
    """Send the list as Excel, numbers masked; the trail tells who took it."""
    with transaction.atomic():
        rows = [row.cells() for row in person_rows(employees(request.agency))]
        record(
            "roster_exported", by=request.member, now=request.now, agency=request.agency.slug,
            object_type="roster", n_people=len(rows),
        )  # fmt: skip
    name = f"pegawai-{request.agency.slug}"
    return xlsx_response(name, export_headings(), rows, title=_("Pegawai"))


@agency_page(Role.OWNER)
@require_safe
def roster_template(_request: AgencyRequest) -> HttpResponse:
    """Send the empty file to fill in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "templat.xlsx"
        write_template("people", path)
        return download(path.read_bytes(), "templat-pegawai.xlsx", XLSX)


def _frame(request: AgencyRequest, units: list[PlacedUnit]) -> dict[str, Any]:
    """Return what the list and the search have in common."""
    is_owner = request.member.has(Role.OWNER)
    return {
        "search": RosterSearch(),
        "is_owner": is_owner,
        "has_units": bool(units),
        "siasn_columns": SIASN_COLUMNS,
        "upload": unfinished_upload(request.agency) if is_owner else None,
    }
