"""Importing a tree: upload, look at the differences, choose, confirm."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.units_drafts import discard_unit_draft, read_unit_file
from cermin.web.organisations.actions.units_import import import_units
from cermin.web.organisations.forms.units import UnitFileForm
from cermin.web.organisations.forms.units_import import FatesForm
from cermin.web.organisations.models import Role, Structure
from cermin.web.organisations.presenters.units_import import difference_tables, problem_rows
from cermin.web.organisations.queries.units import people_by_code
from cermin.web.organisations.queries.units_drafts import (
    DraftComparison,
    UnitDraft,
    compared,
    find_draft,
)
from cermin.web.organisations.rules.units_import import MOST_MISSING, fingerprint
from cermin.web.organisations.views.units_editing import editable_structure, posted
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response

_PROBLEMS_SHOWN = 200


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_import(request: AgencyRequest) -> HttpResponse:
    """Take a file with the whole tree; nothing changes yet."""
    structure = editable_structure(request)
    form = UnitFileForm(posted(request), request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        draft = read_unit_file(
            structure=structure, chunks=file.chunks(), file_name=file.name,
            by=request.member, now=request.now,
        )  # fmt: skip
        return redirect("unit_import_preview", request.agency.slug, draft)
    shown = {"form": form, "structure": structure}
    return render(request, "organisations/unit_import.html", shown)


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_import_preview(request: AgencyRequest, draft: UUID) -> HttpResponse:
    """Show what the file would change and ask what becomes of the units it lacks."""
    read = _draft(request, draft)
    structure = editable_structure(request)
    if read.problems:
        shown = {"draft": read, "problems": read.problems[:_PROBLEMS_SHOWN]}
        return render(request, "organisations/unit_import_problems.html", shown)
    found = compared(read, structure)
    form = FatesForm(
        posted(request),
        missing=found.changes.missing[:MOST_MISSING],
        remaining=found.wanted,
        initial={"seen": fingerprint(found.current)},
    )
    if form.is_valid() and attempt(
        form, import_units, structure=structure, draft=read, choices=form.choices,
        seen=form.cleaned_data["seen"], by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Struktur unit diperbarui dari berkas."))
        return redirect("unit_list", request.agency.slug)
    shown = {"draft": read, "structure": structure, "form": form, **_compared(found, structure)}
    return render(request, "organisations/unit_import_preview.html", shown)


def _compared(found: DraftComparison, structure: Structure) -> dict[str, object]:
    changes = found.changes
    return {
        "changes": changes,
        "tables": difference_tables(found.current, found.wanted, changes),
        "targets": found.wanted,
        "people": people_by_code(structure),
        "n_missing": len(changes.missing),
        "too_many": len(changes.missing) > MOST_MISSING,
        "most": MOST_MISSING,
    }


@agency_page(Role.OWNER)
@require_safe
def unit_import_problems(request: AgencyRequest, draft: UUID) -> HttpResponse:
    """Send what is wrong with a file as an Excel file."""
    headings, rows = problem_rows(_draft(request, draft).problems)
    return xlsx_response(f"masalah-unit-{request.agency.slug}", headings, rows, title=_("Masalah"))


@agency_page(Role.OWNER)
@require_POST
def unit_import_discard(request: AgencyRequest, draft: UUID) -> HttpResponse:
    """Throw a file away unused."""
    read = _draft(request, draft)
    discard_unit_draft(agency=request.agency, draft_id=read.id, by=request.member)
    messages.success(request, _("Berkas dibuang; struktur unit tidak berubah."))
    return redirect("unit_list", request.agency.slug)


def _draft(request: AgencyRequest, draft: UUID) -> UnitDraft:
    found = find_draft(request.agency, draft)
    if found is None:
        raise Http404
    return found
