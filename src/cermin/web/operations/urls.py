"""Addresses of the site itself."""

from __future__ import annotations

from django.urls import path

from cermin.web.operations import views

urlpatterns = [
    path("", views.home, name="home"),
    path("bahasa/", views.choose_language, name="choose_language"),
    path("i/<slug:agency>/", views.agency_home, name="agency_home"),
]
