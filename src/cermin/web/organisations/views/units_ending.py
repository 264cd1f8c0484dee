"""Merging and closing units: what will happen is shown before it does."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.units_ending import close_unit, merge_units
from cermin.web.organisations.forms.units import UnitMergeForm
from cermin.web.organisations.models import Role, Unit
from cermin.web.organisations.presenters.units import ending_lines
from cermin.web.organisations.queries import units_in_order
from cermin.web.organisations.queries.units import consequences_of
from cermin.web.organisations.views.units_editing import editable_unit, posted
from cermin.web.pages.acting import attempt


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_merge(request: AgencyRequest, unit: int) -> HttpResponse:
    """Choose what the unit becomes part of, see what moves, confirm."""
    found = editable_unit(request, unit)
    units = units_in_order(found.structure)
    form = UnitMergeForm(
        posted(request),
        units=[u for u in units if u.pk != found.pk],
        beside=[u for u in units if u.parent_id == found.parent_id and u.pk != found.pk],
    )
    if form.is_valid():
        target = form.cleaned_data["target"]
        sources = [found, *form.cleaned_data.get("others", [])]
        if not request.POST.get("setuju"):
            return _ask(request, form, sources, target)
        if attempt(
            form, merge_units, sources=sources, target=target, by=request.member, now=request.now
        ):
            words = _("{n} unit digabung ke “{target}”.")
            messages.success(request, words.format(n=len(sources), target=target.name))
            return redirect("unit_detail", request.agency.slug, target.pk)
    return render(request, "organisations/unit_merge.html", {"form": form, "unit": found})


def _ask(
    request: AgencyRequest, form: UnitMergeForm, sources: list[Unit], target: Unit
) -> HttpResponse:
    found = consequences_of(sources)
    shown = {
        "form": form, "unit": sources[0], "sources": sources, "others": sources[1:],
        "target": target, "kept_as_history": found.kept_as_history,
        "lines": ending_lines(
            n_people=found.n_people, n_children=found.n_children,
            n_contacts=found.n_contacts, target=target.name,
        ),
    }  # fmt: skip
    return render(request, "organisations/unit_merge_confirm.html", shown)


@agency_page(Role.OWNER)
@require_http_methods(["GET", "POST"])
def unit_close(request: AgencyRequest, unit: int) -> HttpResponse:
    """Close a unit that nobody belongs to any more."""
    found = editable_unit(request, unit)
    form = forms.Form(posted(request))
    if form.is_valid() and attempt(
        form, close_unit, unit=found, by=request.member, now=request.now
    ):
        messages.success(request, _("“{name}” ditutup.").format(name=found.name))
        return redirect("unit_list", request.agency.slug)
    shown = {"form": form, "unit": found, "found": consequences_of([found])}
    return render(request, "organisations/unit_close.html", shown)
