"""Addresses of the survey page and of its form without script, below ``/survei/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views.public import page, without_script

_ENGLISH = {"language": "en"}
_FORM = "<slug:survey>/tanpa-skrip/"
_ENGLISH_FORM = "<slug:survey>/en/tanpa-skrip/"

public = [
    path("<slug:survey>/", page.survey_page, name="survey_page"),
    path("<slug:survey>/en/", page.survey_page, _ENGLISH, name="survey_page_en"),
    path(_FORM, without_script.ask_code, name="survey_without_script"),
    path(_ENGLISH_FORM, without_script.ask_code, _ENGLISH, name="survey_without_script_en"),
    path(f"{_FORM}kirim/", without_script.send, name="survey_without_script_send"),
    path(
        f"{_ENGLISH_FORM}kirim/",
        without_script.send,
        _ENGLISH,
        name="survey_without_script_send_en",
    ),
]
