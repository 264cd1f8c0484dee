"""Addresses of the participation board below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import board

agency = [
    path("periode/<int:year>/partisipasi/", board.survey_board, name="survey_board"),
    path(
        "periode/<int:year>/partisipasi/unduh/", board.survey_board_export,
        name="survey_board_export",
    ),
]  # fmt: skip
