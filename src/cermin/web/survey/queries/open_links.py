"""Reads of public questionnaires."""

from __future__ import annotations

from functools import lru_cache

from cermin.instruments.load import load_questionnaire
from cermin.web.organisations.models import Agency
from cermin.web.organisations.queries import units_in_order
from cermin.web.survey.models import OpenSurvey
from cermin.web.survey.rules.answers import Paper


@lru_cache(maxsize=8)
def _paper(questionnaire: str) -> Paper:
    return Paper((load_questionnaire(questionnaire),))


def paper_of_open(survey: OpenSurvey) -> Paper:
    """Return the questions of a public questionnaire."""
    return _paper(survey.questionnaire)


def newest_units(agency: Agency) -> dict[str, str]:
    """Return the names of the units of the agency's newest tree, by code."""
    structure = agency.structures.order_by("-year").first()
    return {} if structure is None else {one.code: one.name for one in units_in_order(structure)}


def open_survey_of(public_id: str) -> OpenSurvey | None:
    """Return the questionnaire with this public address."""
    return OpenSurvey.objects.filter(public_id=public_id).select_related("agency").first()
