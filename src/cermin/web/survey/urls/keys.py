"""Addresses of the key of the box, below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import keys

agency = [
    path("periode/<int:year>/kunci/", keys.survey_keys, name="survey_keys"),
    path("periode/<int:year>/kunci/pilih/", keys.survey_keys_choose, name="survey_keys_choose"),
    path("periode/<int:year>/kunci/salinan/", keys.survey_key_copy, name="survey_key_copy"),
    path("periode/<int:year>/kunci/uji/", keys.survey_key_test, name="survey_key_test"),
    path(
        "periode/<int:year>/kunci/serahkan/", keys.survey_keys_hand_over,
        name="survey_keys_hand_over",
    ),
]  # fmt: skip
