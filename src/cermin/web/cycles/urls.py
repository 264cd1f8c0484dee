"""Addresses of cycles, calendars and instruments below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.cycles.views import calendars, cycles, instruments, steps

urlpatterns = [
    path("periode/", cycles.cycle_list, name="cycle_list"),
    path("periode/unduh/", cycles.cycle_list_export, name="cycle_list_export"),
    path("periode/baru/", cycles.cycle_create, name="cycle_create"),
    path("periode/<int:year>/", cycles.cycle_detail, name="cycle_detail"),
    path("periode/<int:year>/pegawai/", cycles.cycle_population, name="cycle_population"),
    path("periode/<int:year>/ubah/", cycles.cycle_edit, name="cycle_edit"),
    path("periode/<int:year>/salin/", cycles.cycle_copy, name="cycle_copy"),
    path("periode/<int:year>/jadwalkan/", steps.cycle_schedule, name="cycle_schedule"),
    path("periode/<int:year>/batal-jadwal/", steps.cycle_unschedule, name="cycle_unschedule"),
    path("periode/<int:year>/buka/", steps.cycle_open, name="cycle_open"),
    path("periode/<int:year>/perpanjang/<slug:kind>/", steps.cycle_extend, name="cycle_extend"),
    path("periode/<int:year>/tetapkan/", steps.cycle_decide, name="cycle_decide"),
    path("periode/<int:year>/umumkan/", steps.cycle_publish, name="cycle_publish"),
    path("periode/<int:year>/arsipkan/", steps.cycle_archive, name="cycle_archive"),
    path("periode/<int:year>/hapus/", steps.cycle_delete, name="cycle_delete"),
    path("periode/<int:year>/lepas-kalender/", steps.cycle_unfollow, name="cycle_unfollow"),
    path("kalender/", calendars.calendar_list, name="calendar_list"),
    path("kalender/baru/", calendars.calendar_create, name="calendar_create"),
    path("kalender/<int:calendar_id>/", calendars.calendar_detail, name="calendar_detail"),
    path("kalender/<int:calendar_id>/ubah/", calendars.calendar_edit, name="calendar_edit"),
    path("kalender/<int:calendar_id>/ikuti/", calendars.calendar_follow, name="calendar_follow"),
    path("instrumen/", instruments.instrument_list, name="instrument_list"),
    path("instrumen/<slug:instrument>/", instruments.instrument_detail, name="instrument_detail"),
]
