"""Changing units of the newest year: one page for each change."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cermin.intake.roster_units import slug
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.units import (
    add_unit,
    move_unit,
    rename_unit,
    reorder_unit,
)
from cermin.web.organisations.forms.units import UnitAddForm, UnitMoveForm, UnitRenameForm
from cermin.web.organisations.models import Role, Structure, Unit
from cermin.web.organisations.queries import units_in_order
from cermin.web.organisations.queries.units import codes_ever_used
from cermin.web.organisations.rules.units import check_can_edit_tree, free_code
from cermin.web.pages.acting import attempt


def editable_structure(request: AgencyRequest) -> Structure:
    """Return the newest tree, or say why it cannot be changed."""
    structures = Structure.objects.filter(agency=request.agency).select_related("agency")
    newest = get_object_or_404(structures[:1])
    check_can_edit_tree(request.member, newest, newest_year=newest.year)
    return newest


def editable_unit(request: AgencyRequest, unit: int) -> Unit:
    """Return a unit of the agency, or say why its tree cannot be changed."""
    found: Unit = get_object_or_404(
        Unit.objects.select_related("structure__agency"),
        pk=unit, structure__agency=request.agency,
    )  # fmt: skip
    newest = Structure.objects.filter(agency=request.agency).values_list("year", flat=True)[0]
    check_can_edit_tree(request.member, found.structure, newest_year=newest)
    return found


def posted(request: AgencyRequest) -> QueryDict | None:
    """Return what was sent; None while the form is only shown."""
    return request.POST if request.method == "POST" else None


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_add(request: AgencyRequest) -> HttpResponse:
    """Add a unit below another, or directly below the agency."""
    structure = editable_structure(request)
    units = units_in_order(structure)
    form = UnitAddForm(
        posted(request), units=units, initial={"parent": request.GET.get("induk", "")}
    )
    if form.is_valid():
        given = form.cleaned_data
        code = given["code"] or free_code(slug(given["name"]), codes_ever_used(request.agency))
        if attempt(
            form, add_unit, structure=structure, parent=given["parent"], code=code,
            name=given["name"], by=request.member, now=request.now,
        ):  # fmt: skip
            words = _("“{name}” ditambahkan dengan kode {code}.")
            messages.success(request, words.format(name=given["name"], code=code))
            return redirect("unit_list", request.agency.slug)
    shown = {"form": form, "structure": structure}
    return render(request, "organisations/unit_add.html", shown)


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_rename(request: AgencyRequest, unit: int) -> HttpResponse:
    """Give a unit another name."""
    found = editable_unit(request, unit)
    form = UnitRenameForm(posted(request), initial={"name": found.name})
    if form.is_valid() and attempt(
        form, rename_unit, unit=found, name=form.cleaned_data["name"],
        by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Nama unit diubah."))
        return redirect("unit_detail", request.agency.slug, found.pk)
    return render(request, "organisations/unit_rename.html", {"form": form, "unit": found})


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_move(request: AgencyRequest, unit: int) -> HttpResponse:
    """Put a unit, with all below it, somewhere else in the tree."""
    found = editable_unit(request, unit)
    units = units_in_order(found.structure)
    # A unit cannot go below itself, so what stands below it is no choice.
    elsewhere = [u for u in units if found.pk not in u.tree_path]
    form = UnitMoveForm(posted(request), units=elsewhere, initial={"parent": found.parent_id or ""})
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form, move_unit, unit=found, parent=given["parent"], position=given["position"],
            by=request.member, now=request.now,
        ):  # fmt: skip
            messages.success(request, _("“{name}” dipindahkan.").format(name=found.name))
            return redirect("unit_detail", request.agency.slug, found.pk)
    n_below = len(units) - len(elsewhere) - 1
    shown = {"form": form, "unit": found, "n_below": n_below}
    return render(request, "organisations/unit_move.html", shown)


@agency_page(Role.OWNER)
@require_POST
def unit_reorder(request: AgencyRequest, unit: int) -> HttpResponse:
    """Move a unit one place up or down among the units beside it."""
    found = editable_unit(request, unit)
    step = -1 if request.POST.get("arah") == "naik" else 1
    reorder_unit(unit=found, step=step, by=request.member, now=request.now)
    messages.success(request, _("Urutan unit diubah."))
    return redirect("unit_detail", request.agency.slug, found.pk)
