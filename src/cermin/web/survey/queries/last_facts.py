"""Facts that are still told while the database does not answer.

Only for showing pages: every write asks the database itself whether the survey is open.
"""

from __future__ import annotations

from django.db import Error

from cermin.web.survey.queries.facts import Facts, facts_of, last_known
from cermin.web.survey.queries.promises import Promises, promises_of

_promised: dict[int, Promises] = {}
_LEAST_PROMISED = Promises(witnessed=False, results_until=None)


def facts_or_last(public_id: str) -> Facts | None:
    """Return the facts of a survey; the last known ones when the database is away.

    Raises
    ------
    Error
        When the database is away and this process has never known the survey.
    """
    try:
        return facts_of(public_id)
    except Error:
        found = last_known(public_id)
        if found is None:
            raise
        return found


def promises_or_last(survey: int) -> Promises:
    """Return what is promised; the last known, or else the least, when the database is away."""
    try:
        _promised[survey] = promises_of(survey)
    except Error:
        return _promised.get(survey, _LEAST_PROMISED)
    return _promised[survey]
