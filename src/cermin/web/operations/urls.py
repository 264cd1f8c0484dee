"""Addresses of the site itself."""

from __future__ import annotations

from django.urls import path

from cermin.web.operations.views import home, setup
from cermin.web.organisations.views import agency

urlpatterns = [
    path("", home.home, name="home"),
    path("bahasa/", home.choose_language, name="choose_language"),
    path("bantuan/", home.help_page, name="help"),
    path("i/<slug:agency>/", home.agency_home, name="agency_home"),
    path("mulai/", setup.setup_start, name="setup_start"),
    path("mulai/<str:code>/", setup.setup, name="setup"),
    path("mulai/<str:code>/alamat/", setup.setup_place, name="setup_place"),
    path("mulai/<str:code>/pengelola/", setup.setup_owner, name="setup_owner"),
    path("situs/instansi/", agency.agency_list, name="agency_list"),
    path("situs/instansi/unduh/", agency.agency_export, name="agency_export"),
    path("situs/instansi/tambah/", agency.agency_add, name="agency_add"),
]
