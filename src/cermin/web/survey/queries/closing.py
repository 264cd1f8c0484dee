"""Reads of the closing: classes, ballots drawn, how far it is and what it waits for."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Count

from cermin.web.cycles.models import PhaseKind
from cermin.web.survey.models import BoxKey, Invitee, KeyMode, Survey, SurveyState
from cermin.web.survey.queries.keys import site_has
from cermin.web.survey.rules.classes import Cell
from cermin.web.survey.rules.closing import Classes
from cermin.web.survey.rules.states import RUNNING


def classes_of(survey: Survey) -> Classes:
    """Return the classes of a survey."""
    rows = list(survey.ballot_classes.values_list("number", "unit_code", "strata", "n"))
    cells = {number: Cell(unit, tuple(strata)) for number, unit, strata, _n in rows}
    return Classes(cells, {cells[number]: n for number, _unit, _strata, n in rows})


def drawn_by_class(survey: Survey) -> Counter[Cell]:
    """Return how many ballots the ledger says were drawn in each class."""
    cells = classes_of(survey).cells
    counted = (
        Invitee.objects.filter(survey=survey, blinded_hash__isnull=False)
        .values_list("ballot_class__number")
        .annotate(n=Count("pk"))
    )
    return Counter({cells[number]: n for number, n in counted})


def ended_surveys(now: datetime) -> list[Survey]:
    """Return surveys that still run although their time is over."""
    return list(
        Survey.objects.filter(
            state__in=RUNNING, cycle__phases__kind=PhaseKind.SURVEY,
            cycle__phases__closes_at__lte=now,
        ).select_related("cycle__agency")
    )  # fmt: skip


def end_of(survey: Survey) -> datetime:
    """Return when a survey ends, or has ended."""
    return survey.cycle.phases.get(kind=PhaseKind.SURVEY).closes_at


def waits_for_a_key(survey: Survey, box_key: BoxKey) -> bool:
    """Whether a closing stands still until somebody brings the key of the box."""
    return survey.state == SurveyState.CLOSING and not survey.box_given_up and not site_has(box_key)


def waits_for_a_holder(survey: Survey, box_key: BoxKey) -> bool:
    """Whether the box can only be opened with a holder's copy, and none was lent yet."""
    return box_key.mode == KeyMode.WITNESSED and waits_for_a_key(survey, box_key)
