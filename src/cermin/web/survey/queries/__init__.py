"""Reads of the survey."""

from __future__ import annotations

from cermin.web.cycles.models import Cycle
from cermin.web.survey.models import Survey


def survey_of(cycle: Cycle) -> Survey | None:
    """Return the survey of a cycle; drafts, and years kept on paper, have none."""
    return Survey.objects.filter(cycle=cycle).select_related("cycle__agency").first()
