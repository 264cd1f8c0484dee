"""The owner's steps through a cycle, each with a page that says what it will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cermin.web.cycles.actions.calendars import unfollow_calendar
from cermin.web.cycles.actions.running import (
    archive,
    decide,
    extend_phase,
    open_survey,
    publish,
    schedule_cycle,
    unschedule_cycle,
)
from cermin.web.cycles.actions.set_up import delete_draft
from cermin.web.cycles.forms import DecideForm, ExtendForm
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.presenters.words import moments_words
from cermin.web.cycles.queries.cycles import house_of, spans_of
from cermin.web.cycles.rules.dates import days_of
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.acting import attempt


@dataclass(frozen=True)
class StepPage:
    """What a step will do, in the words of its page, and what is said when it is done."""

    title: str
    sentences: tuple[str, ...]
    button: str
    done: str
    danger: bool = False


@agency_page(Role.OWNER)
def cycle_schedule(request: AgencyRequest, year: int) -> HttpResponse:
    """Hand the draft to the clock."""
    page = StepPage(
        _("Jadwalkan periode"),
        (_("Survei akan dibuka dan ditutup sendiri menurut tanggalnya."),
         _("Sampai survei dibuka, pengaturan masih dapat diubah dan penjadwalan dapat "
           "dibatalkan.")),
        _("Jadwalkan"), _("Periode dijadwalkan."),
    )  # fmt: skip
    return _step(request, cycle_of_year(request, year), page, schedule_cycle)


@agency_page(Role.OWNER)
def cycle_unschedule(request: AgencyRequest, year: int) -> HttpResponse:
    """Take it back."""
    page = StepPage(
        _("Batalkan penjadwalan"),
        (_("Periode kembali menjadi konsep; survei tidak akan dibuka sendiri."),),
        _("Kembalikan menjadi konsep"), _("Penjadwalan dibatalkan."),
    )  # fmt: skip
    return _step(request, cycle_of_year(request, year), page, unschedule_cycle)


@agency_page(Role.OWNER)
def cycle_open(request: AgencyRequest, year: int) -> HttpResponse:
    """Open the survey before its first day."""
    cycle = cycle_of_year(request, year)
    house = house_of(cycle)
    page = StepPage(
        _("Buka survei sekarang"),
        (_("Survei dibuka saat ini juga, sebelum tanggalnya."),
         _("Sejak itu dibekukan: {units} unit, {people} pegawai, metode, kuesioner, lembar kerja, "
           "minimum responden, dan ambang penyajian.").format(
               units=house.n_units, people=house.n_people),
         _("Langkah ini tidak dapat dibatalkan.")),
        _("Buka survei sekarang"), _("Survei dibuka; pengaturannya dibekukan."), danger=True,
    )  # fmt: skip
    return _step(request, cycle, page, open_survey)


@agency_page(Role.OWNER)
def cycle_publish(request: AgencyRequest, year: int) -> HttpResponse:
    """Announce the result."""
    page = StepPage(
        _("Umumkan hasil"),
        (_("Hasil yang sudah ditetapkan dinyatakan diumumkan. Hasil satu periode hanya diumumkan "
           "sekali dan tidak dapat ditarik kembali."),),
        _("Umumkan"), _("Hasil periode diumumkan."), danger=True,
    )  # fmt: skip
    return _step(request, cycle_of_year(request, year), page, publish)


@agency_page(Role.OWNER)
def cycle_archive(request: AgencyRequest, year: int) -> HttpResponse:
    """Close the file."""
    page = StepPage(
        _("Arsipkan periode"),
        (_("Periode ditutup untuk selamanya dan tetap dapat dilihat."),),
        _("Arsipkan"), _("Periode diarsipkan."),
    )  # fmt: skip
    return _step(request, cycle_of_year(request, year), page, archive)


@agency_page(Role.OWNER)
def cycle_delete(request: AgencyRequest, year: int) -> HttpResponse:
    """Remove a draft."""
    page = StepPage(
        _("Hapus konsep"),
        (_("Konsep periode ini dihapus. Struktur unit dan daftar pegawai tidak berubah."),),
        _("Hapus konsep"), _("Konsep periode dihapus."), danger=True,
    )  # fmt: skip
    return _step(request, cycle_of_year(request, year), page, delete_draft, to="cycle_list")


@agency_page(Role.OWNER)
def cycle_extend(request: AgencyRequest, year: int, kind: str) -> HttpResponse:
    """Move a deadline."""
    cycle = cycle_of_year(request, year)
    span = spans_of(cycle).get(PhaseKind(kind)) if kind in PhaseKind.values else None
    if span is None:
        raise Http404
    zone, phase = cycle.agency.time_zone, PhaseKind(kind)
    page = StepPage(
        _("Perpanjang: {phase}").format(phase=phase.label),
        (moments_words(days_of(span, zone), zone),
         _("Batas hanya dapat diundur. Pengolahan ikut bergeser bila perlu.")),
        _("Perpanjang"), _("Batas diperpanjang."),
    )  # fmt: skip
    form = ExtendForm(request.POST or None)
    return _step(request, cycle, page, extend_phase, form=form, kind=phase)


@agency_page(Role.OWNER)
def cycle_decide(request: AgencyRequest, year: int) -> HttpResponse:
    """Record the decree."""
    page = StepPage(
        _("Tetapkan hasil"),
        (_("Isi surat keputusan yang menetapkan hasil periode ini."),),
        _("Tetapkan"), _("Hasil periode ditetapkan."),
    )  # fmt: skip
    form = DecideForm(request.POST or None)
    return _step(request, cycle_of_year(request, year), page, decide, form=form)


@agency_page(Role.OWNER)
@require_POST
def cycle_unfollow(request: AgencyRequest, year: int) -> HttpResponse:
    """Make the dates the agency's own."""
    unfollow_calendar(cycle=cycle_of_year(request, year), by=request.member, now=request.now)
    messages.success(request, _("Tanggal periode ini sekarang diatur sendiri."))
    return redirect("cycle_detail", request.agency.slug, year)


def _step(
    request: AgencyRequest, cycle: Cycle, page: StepPage, action: Callable[..., Any], *,
    form: forms.Form | None = None, to: str = "cycle_detail", **extra: Any,
) -> HttpResponse:  # fmt: skip
    if form is None:  # nothing to fill in, only to agree to
        form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(
        form, action, cycle=cycle, by=request.member, now=request.now,
        **form.cleaned_data, **extra,
    ):  # fmt: skip
        messages.success(request, page.done)
        where = [request.agency.slug, cycle.year]
        return redirect(to, *(where if to == "cycle_detail" else where[:1]))
    return render(request, "cycles/cycle_step.html", {"page": page, "form": form, "cycle": cycle})
