"""Addresses of the three requests of the survey page's script, below ``/survei/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views.public import protocol

public = [
    path("<slug:survey>/kelas/", protocol.look_up, name="survey_look_up"),
    path("<slug:survey>/ambil/", protocol.draw, name="survey_draw"),
    path("<slug:survey>/kirim/", protocol.cast, name="survey_cast"),
]
