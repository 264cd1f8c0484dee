"""Looking at cycles, and choosing how one will be done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from cermin.web.cycles.actions.set_up import change_set_up, copy_set_up, create_cycle
from cermin.web.cycles.forms import CopyForm, NewCycleForm, SetUpForm, initial_set_up
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.presenters.page import calculations, cycle_page, unit_rows
from cermin.web.cycles.presenters.timeline import cycle_row
from cermin.web.cycles.queries.cycles import cycles_of, house_of, set_up_of
from cermin.web.cycles.queries.instruments import method_called
from cermin.web.cycles.queries.population import cells_of, structure_of, unit_populations
from cermin.web.cycles.rules.permissions import check_can_change_set_up
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Employment, Role
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response


def cycle_of_year(request: AgencyRequest, year: int) -> Cycle:
    """Return the agency's cycle of ``year``, or answer 404."""
    return get_object_or_404(cycles_of(request.agency), year=year)


@agency_page()
def cycle_list(request: AgencyRequest) -> HttpResponse:
    """Show all years."""
    rows = [cycle_row(cycle) for cycle in cycles_of(request.agency)]
    return render(request, "cycles/cycle_list.html", {"rows": rows})


@agency_page()
def cycle_list_export(request: AgencyRequest) -> HttpResponse:
    """Give all years as an Excel file."""
    rows = [cycle_row(cycle) for cycle in cycles_of(request.agency)]
    return xlsx_response(
        f"periode-{request.agency.slug}",
        [_("Tahun"), _("Nama"), _("Status"), _("Survei"), _("Penetapan paling lambat")],
        [(row.year, row.name, row.state, row.survey, row.decision_by) for row in rows],
        title=_("Periode evaluasi"),
    )


@agency_page()
def cycle_detail(request: AgencyRequest, year: int) -> HttpResponse:
    """Show where one year stands and what the rules allow now."""
    page = cycle_page(cycle_of_year(request, year), request.member, request.now)
    return render(request, "cycles/cycle_detail.html", {"page": page, "cycle": page.cycle})


@agency_page()
def cycle_population(request: AgencyRequest, year: int) -> HttpResponse:
    """Give the people and the minimum of every unit as an Excel file."""
    cycle = cycle_of_year(request, year)
    structure = structure_of(cycle)
    populations = unit_populations(structure, cells_of(cycle, structure))
    rows = [
        (one.population.code, one.population.name, one.population.own, one.population.total,
         *(one.population.employment.get(kind, 0) for kind in Employment.values), one.minimum)
        for one in unit_rows(cycle, method_called(cycle.method), populations)
    ]  # fmt: skip
    return xlsx_response(
        f"pegawai-periode-{cycle.year}",
        [_("Kode unit"), _("Unit kerja"), _("Pegawai unit ini"), _("Dengan unit di bawahnya"),
         *map(str, Employment.labels), _("Minimum responden")],
        rows,
        title=_("Pegawai per unit"),
    )  # fmt: skip


@agency_page(Role.OWNER)
def cycle_create(request: AgencyRequest) -> HttpResponse:
    """Begin the cycle of a year."""
    newest = cycles_of(request.agency).first()
    year = newest.year + 1 if newest else request.now.year
    suggested = _("Evaluasi BerAKHLAK {year}").format(year=year)
    form = NewCycleForm(request.POST or None, initial={"year": year, "name": suggested})
    if form.is_valid() and attempt(
        form, create_cycle, agency=request.agency, by=request.member, now=request.now,
        **form.cleaned_data,
    ):  # fmt: skip
        messages.success(request, _("Konsep periode dibuat. Lengkapi pengaturannya."))
        return redirect("cycle_edit", request.agency.slug, form.cleaned_data["year"])
    return render(request, "cycles/cycle_create.html", {"form": form, "newest": newest})


@agency_page(Role.OWNER)
def cycle_copy(request: AgencyRequest, year: int) -> HttpResponse:
    """Begin another year like this one."""
    source = cycle_of_year(request, year)
    form = CopyForm(request.POST or None, initial={"year": year + 1})
    if form.is_valid() and attempt(
        form, copy_set_up, source=source, by=request.member, now=request.now, **form.cleaned_data
    ):
        messages.success(request, _("Pengaturan disalin. Periksa tanggal dan metodenya."))
        return redirect("cycle_edit", request.agency.slug, form.cleaned_data["year"])
    return render(request, "cycles/cycle_copy.html", {"form": form, "cycle": source})


@agency_page(Role.OWNER)
def cycle_edit(request: AgencyRequest, year: int) -> HttpResponse:
    """Choose dates, instruments, minimum and threshold; the calculators use the roster as it is."""
    cycle = cycle_of_year(request, year)
    check_can_change_set_up(request.member, cycle)
    chosen, house = set_up_of(cycle), house_of(cycle)
    form = SetUpForm(
        request.POST or None, initial=initial_set_up(chosen), own_dates=cycle.calendar is None
    )
    if form.is_valid() and attempt(
        form, change_set_up, cycle=cycle, chosen=form.set_up(), by=request.member, now=request.now
    ):
        messages.success(request, _("Pengaturan periode disimpan."))
        return redirect("cycle_detail", request.agency.slug, year)
    sizes = calculations(chosen, method_called(cycle.method), house.n_people)
    context = {"form": form, "cycle": cycle, "house": house, "calculations": sizes}
    return render(request, "cycles/cycle_edit.html", context)
