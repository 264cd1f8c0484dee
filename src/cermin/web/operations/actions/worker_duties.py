"""What the background worker does by the clock: phases, interrupted work, tidying up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.operations.queries.worker import dead_files, is_alive
from cermin.web.organisations.tasks.roster import resume_interrupted
from cermin.web.results.tasks.computing import compute_the_rest
from cermin.web.survey.actions.closing import close_what_has_ended
from cermin.web.survey.actions.counting import count_days
from cermin.web.survey.actions.emptying import empty_staging
from cermin.web.survey.actions.open_links import close_what_is_over
from cermin.web.survey.actions.reissue import forget_pairings
from cermin.web.survey.tasks.preparing import prepare_the_rest
from cermin.web.survey.tasks.sending import send_due_mailings
from cermin.web.survey.tasks.sheets import forget_sheets

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3

Duty = Callable[[datetime], object]


class Interrupted(Exception):  # noqa: N818 - it is stored by name as the reason of a failure
    """The worker that ran a task was killed."""


def _remove_old_results(_now: datetime) -> None:
    call_command("prune_db_task_results", min_age_days=14, queue_name="*", verbosity=0)


def _remove_expired_sessions(now: datetime) -> None:
    Session.objects.filter(expire_date__lt=now).delete()
    living = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=living).delete()


EVERY_MINUTE: dict[str, Duty] = {
    "open and close phases": lambda now: run_due_phases(now=now),
    "prepare surveys": prepare_the_rest,
    "move ballots to the box": lambda now: empty_staging(now=now),
    "close surveys": close_what_has_ended,
    "close public questionnaires": close_what_is_over,
    "count ballots drawn for the day": lambda now: count_days(now=now),
    "send mailings": send_due_mailings,
    "resume roster uploads": resume_interrupted,
    "remove printed invitations": forget_sheets,
    "remove numbers of lost codes": forget_pairings,
    "resume computations": compute_the_rest,
}
EVERY_DAY: dict[str, Duty] = {
    "remove old task results": _remove_old_results,
    "remove expired sessions": _remove_expired_sessions,
}


def run_due(now: datetime, duties: dict[str, Duty] | None = None) -> list[str]:
    """Do what is due, and return which duties failed; one that fails does not stop the others."""
    failed = []
    for name, duty in (EVERY_MINUTE if duties is None else duties).items():
        try:
            duty(now)
        except Exception:
            logger.exception("Duty failed: %s", name)
            failed.append(name)
    return failed


def recover(worker_id: str) -> int:
    """Free the tasks of workers that are gone and return how many there were.

    They run again: every task here looks first at what has been done already.
    ``worker_id`` is the worker that asks: it runs nothing now, so what it seems to run was cut
    off too, by a database that went away.
    """
    freed = 0
    for row in DBTaskResult.objects.running():
        holder = row.worker_ids[-1] if row.worker_ids else ""
        if holder != worker_id and is_alive(holder):
            continue
        freed += 1
        if len(row.worker_ids) >= MOST_ATTEMPTS:  # it may be what kills them
            row.set_failed(Interrupted(f"worker {holder} is gone"))
            continue
        DBTaskResult.objects.filter(pk=row.pk).update(status="READY", started_at=None)
    for path in dead_files():
        path.unlink(missing_ok=True)
    if freed:
        logger.warning("Freed %d tasks of workers that were killed", freed)
    return freed
