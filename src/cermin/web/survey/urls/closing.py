"""Addresses of the closing, below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import closing

agency = [
    path("periode/<int:year>/tutup-survei/", closing.survey_close, name="survey_close"),
    path("periode/<int:year>/penutupan/", closing.survey_closing, name="survey_closing"),
    path(
        "periode/<int:year>/penutupan/kemajuan/", closing.survey_closing_progress,
        name="survey_closing_progress",
    ),
    path(
        "periode/<int:year>/penutupan/lanjutkan/", closing.survey_closing_try_again,
        name="survey_closing_try_again",
    ),
    path(
        "periode/<int:year>/penutupan/tanpa-yang-rusak/", closing.survey_closing_go_on,
        name="survey_closing_go_on",
    ),
    path(
        "periode/<int:year>/penutupan/tanpa-kotak/", closing.survey_closing_give_up,
        name="survey_closing_give_up",
    ),
]  # fmt: skip
