"""Addresses of the site. Everything of one agency stands under ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import include, path

from cermin.web.organisations.urls import invitation_urls
from cermin.web.survey import urls as survey_urls

agency_urls = [
    path("", include("cermin.web.organisations.urls")),
    path("", include("cermin.web.register.urls")),
    path("", include("cermin.web.cycles.urls")),
    path("", include(survey_urls.agency_urls)),
    path("", include("cermin.web.results.urls")),
]

urlpatterns = [
    path("", include("cermin.web.operations.urls")),
    path("akun/", include("cermin.web.accounts.urls")),
    path("undangan/", include(invitation_urls)),
    path("survei/", include(survey_urls.public_urls)),
    path("i/<slug:agency>/", include(agency_urls)),
]
handler400 = "cermin.web.pages.failures.bad_request"
handler403 = "cermin.web.pages.failures.forbidden"
handler404 = "cermin.web.pages.failures.not_found"
handler500 = "cermin.web.pages.failures.broken"
