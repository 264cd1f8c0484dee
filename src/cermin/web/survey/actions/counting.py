"""Counting the ballots drawn, once a day: for the pace on the participation board."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from cermin.web.survey.models import DailyCount, Survey, SurveyState
from cermin.web.survey.queries.board import drawn_by_group

LATEST_HOUR = 12  # later in the day, too much of it has gone by to count for the day before


def count_days(*, now: datetime) -> int:
    """Count for the day that has just ended, in every survey that has not been; a duty.

    The first look after midnight of the agency counts for the day before, until noon: on a site
    that is switched off at night that is the morning. Days on which nobody counted stay without a
    number; none is invented later. Returns how many surveys were counted.
    """
    done = 0
    for survey in Survey.objects.filter(state=SurveyState.OPEN).select_related("cycle__agency"):
        local = now.astimezone(ZoneInfo(survey.cycle.agency.time_zone))
        day = local.date() - timedelta(days=1)
        began = survey.created_at.astimezone(local.tzinfo).date()
        if local.hour >= LATEST_HOUR or day < began:
            continue
        if DailyCount.objects.filter(survey=survey, day=day).exists():
            continue
        with transaction.atomic():
            DailyCount.objects.bulk_create(
                (
                    DailyCount(survey=survey, unit_code=code, day=day, drawn=drawn)
                    for code, drawn in sorted(drawn_by_group(survey).items())
                ),
                ignore_conflicts=True,  # two workers look at the same moment
            )
        done += 1
    return done
