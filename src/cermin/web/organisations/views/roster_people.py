"""Correcting one person of the roster by hand."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.roster_people import (
    add_employee,
    edit_employee,
    remove_employee,
)
from cermin.web.organisations.forms.roster import EmployeeForm, NewEmployeeForm
from cermin.web.organisations.models import Employee, Role, Unit
from cermin.web.organisations.presenters.roster import person_rows
from cermin.web.organisations.queries.contacts import contacts_of
from cermin.web.organisations.queries.roster import PlacedUnit, newest_tree
from cermin.web.pages.acting import attempt


@agency_page(Role.OWNER)
@never_cache
@sensitive_post_parameters()
def employee_add(request: AgencyRequest) -> HttpResponse:
    """Add one person."""
    units = newest_tree(request.agency)
    form = NewEmployeeForm(request.POST or None, units=units)
    if form.is_valid() and attempt(
        form, add_employee, agency=request.agency, nip=form.cleaned_data["nip"],
        name=form.cleaned_data["name"], unit=_unit(units, form.cleaned_data["unit"]),
        employment=form.cleaned_data["employment"], sex=form.cleaned_data["sex"],
        contacts=form.contacts, by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Pegawai ditambahkan."))
        return redirect("roster_list", request.agency.slug)
    return render(
        request, "organisations/roster_employee_add.html", {"form": form, "has_units": bool(units)}
    )


@agency_page(Role.OWNER)
@never_cache
@sensitive_post_parameters()
def employee_edit(request: AgencyRequest, pk: int) -> HttpResponse:
    """Correct name, unit or type of employment."""
    employee = _employee(request, pk)
    units = newest_tree(request.agency)
    now = {"name": employee.name, "unit": employee.unit.code, "employment": employee.employment}
    now |= asdict(contacts_of(employee))
    form = EmployeeForm(request.POST or None, initial=now, units=units)
    if form.is_valid() and attempt(
        form, edit_employee, employee=employee, name=form.cleaned_data["name"],
        unit=_unit(units, form.cleaned_data["unit"]),
        employment=form.cleaned_data["employment"], contacts=form.contacts, by=request.member,
        now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Data pegawai disimpan."))
        return redirect("roster_list", request.agency.slug)
    shown = {"form": form, "person": person_rows([employee])[0]}
    return render(request, "organisations/roster_employee_edit.html", shown)


@agency_page(Role.OWNER)
@never_cache
def employee_remove(request: AgencyRequest, pk: int) -> HttpResponse:
    """Ask once more, then take a person off the roster."""
    employee = _employee(request, pk)
    if request.method == "POST":
        remove_employee(employee=employee, by=request.member, now=request.now)
        messages.success(request, _("Pegawai dikeluarkan dari daftar."))
        return redirect("roster_list", request.agency.slug)
    shown = {"person": person_rows([employee])[0]}
    return render(request, "organisations/roster_employee_remove.html", shown)


def _employee(request: AgencyRequest, pk: int) -> Employee:
    return get_object_or_404(
        Employee.objects.select_related("unit", "agency"), agency=request.agency, pk=pk
    )


def _unit(units: list[PlacedUnit], code: str) -> Unit:
    found: Unit = Unit.objects.get(pk=next(unit.pk for unit in units if unit.code == code))
    return found
