"""Address of the survey page's service worker, below ``/survei/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views.public.worker import worker

public = [path("<slug:survey>/pekerja.js", worker, name="survey_worker")]
