"""Addresses of the site itself."""

from __future__ import annotations

from django.urls import path

from cermin.web.operations.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("bahasa/", home.choose_language, name="choose_language"),
    path("bantuan/", home.help_page, name="help"),
    path("i/<slug:agency>/", home.agency_home, name="agency_home"),
]
