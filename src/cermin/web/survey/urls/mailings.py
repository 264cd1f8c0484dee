"""Addresses of mailings below ``/i/<agency>/``, and of unsubscribing below ``/survei/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import mailings
from cermin.web.survey.views.public import mail_stop

_ENGLISH = {"language": "en"}

agency = [
    path("periode/<int:year>/undangan/surel/", mailings.survey_mailings, name="survey_mailings"),
    path(
        "periode/<int:year>/undangan/surel/<int:mailing>/batal/",
        mailings.survey_mailing_cancel, name="survey_mailing_cancel",
    ),
]  # fmt: skip
public = [
    path(
        "<slug:survey>/berhenti-surel/<slug:token>/", mail_stop.mail_stop, name="survey_mail_stop"
    ),
    path(
        "<slug:survey>/en/berhenti-surel/<slug:token>/", mail_stop.mail_stop, _ENGLISH,
        name="survey_mail_stop_en",
    ),
]  # fmt: skip
