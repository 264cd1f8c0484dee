"""Addresses of public questionnaires: the owner's pages, and the page for everybody."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import open_links
from cermin.web.survey.views.public.open_links import open_page

_ENGLISH = {"language": "en"}

agency = [
    path("survei-publik/", open_links.open_survey_list, name="open_survey_list"),
    path("survei-publik/baru/", open_links.open_survey_create, name="open_survey_create"),
    path(
        "survei-publik/<int:open_survey_id>/", open_links.open_survey_detail,
        name="open_survey_detail",
    ),
    path(
        "survei-publik/<int:open_survey_id>/tutup/", open_links.open_survey_close,
        name="open_survey_close",
    ),
    path(
        "survei-publik/<int:open_survey_id>/unduh/", open_links.open_survey_export,
        name="open_survey_export",
    ),
]  # fmt: skip
# Before the addresses of other surveys, which begin with a name of their own.
public = [
    path("p/<slug:open_survey>/", open_page, name="open_page"),
    path("p/<slug:open_survey>/en/", open_page, _ENGLISH, name="open_page_en"),
]
