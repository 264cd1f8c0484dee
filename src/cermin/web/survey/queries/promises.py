"""What the survey page tells beside the facts: who holds the key, and when results are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cermin.web.cycles.models import Phase, PhaseKind
from cermin.web.survey.models import BoxKey, KeyMode


@dataclass(frozen=True)
class Promises:
    """What holds for one survey in particular."""

    witnessed: bool  # the site keeps no key of the box
    results_until: datetime | None


def promises_of(survey: int) -> Promises:
    """Return what is promised to the people of a survey."""
    witnessed = BoxKey.objects.filter(
        cycle__survey=survey, mode=KeyMode.WITNESSED, handed_over_at__isnull=False
    ).exists()
    due = Phase.objects.filter(cycle__survey=survey, kind=PhaseKind.PROCESSING)
    return Promises(witnessed, due.values_list("closes_at", flat=True).first())
