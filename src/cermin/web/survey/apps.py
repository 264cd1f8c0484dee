"""The survey app."""

from __future__ import annotations

from django.apps import AppConfig


class SurveyConfig(AppConfig):
    """The anonymous survey of a cycle, from invitations to the closed box."""

    name = "cermin.web.survey"
    label = "survey"
