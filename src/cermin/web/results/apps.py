"""The results app."""

from __future__ import annotations

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Evidence scores, the computation of the index, its page and its reports."""

    name = "cermin.web.results"
    label = "results"
