"""Printing invitations in the background, some seconds at a time so that duties are not held up."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import translation
from django_tasks import task

from cermin.language import speak
from cermin.reports.strips import render_strips
from cermin.web.organisations.queries.roster import placed_units
from cermin.web.survey.models import SheetJob, SheetState
from cermin.web.survey.presenters.invitations import strip_words, strips_of
from cermin.web.survey.queries import sheet_files
from cermin.web.survey.queries.invitations import invited, sheet_parts
from cermin.web.survey.rules.states import RUNNING, SHEETS
from cermin.web.transitions import before

KEPT = timedelta(days=1)
_SECONDS_AT_ONCE = 4.0
log = logging.getLogger("cermin.invitations")


@task()
def print_sheets(job_id: str, begin: int = 0) -> None:
    """Make the files of a job from number ``begin`` on; the rest is queued anew."""
    job = (
        SheetJob.objects.filter(pk=job_id, state=SheetState.QUEUED)
        .select_related("survey__cycle__agency", "survey__cycle__structure")
        .first()
    )
    if job is None or job.survey.state not in RUNNING:
        return
    try:
        done, total = _print_some(job, begin)
    except Exception as error:
        # The kind of error only: its text may hold names or codes.
        log.error("Sheets of invitations were not made: %s", type(error).__name__)
        _that_may_become(job, SheetState.FAILED).update(state=SheetState.FAILED)
        sheet_files.remove(job.pk)
        return
    state = SheetState.READY if done == total else SheetState.QUEUED
    going_on = _that_may_become(job, state).update(state=state, percent=100 * done // max(total, 1))
    if not going_on:  # taken away meanwhile
        sheet_files.remove(job.pk)
    elif done < total:
        print_sheets.enqueue(job_id, done)


def _that_may_become(job: SheetJob, to: SheetState) -> QuerySet[SheetJob]:
    return SheetJob.objects.filter(pk=job.pk, state__in=before(SHEETS, to))


def _print_some(job: SheetJob, begin: int) -> tuple[int, int]:
    parts = sheet_parts(job)
    until = time.monotonic() + _SECONDS_AT_ONCE
    done = begin
    while done < len(parts) and (done == begin or time.monotonic() < until):
        sheet_files.write(job.pk, done, _sheets(job, *parts[done]))
        done += 1
    return done, len(parts)


def _sheets(job: SheetJob, unit_code: str, people: Sequence[UUID]) -> bytes:
    survey = job.survey
    agency = survey.cycle.agency
    units = {unit.code: unit.name for unit in placed_units(survey.cycle.structure)}
    speak(agency.language)
    with translation.override(agency.language):
        words = strip_words(survey, job.base)
    known = invited(survey, people, with_contacts=False)
    strips = strips_of(known, units[unit_code], job.base)
    return render_strips(
        strips, words, agency=agency.name, unit=units[unit_code], language=agency.language
    )


def forget_sheets(now: datetime) -> None:
    """Remove sheets that nobody fetched for a day or whose survey is over; a duty of the worker."""
    old = SheetJob.objects.filter(created_at__lt=now - KEPT)
    over = SheetJob.objects.exclude(survey__state__in=RUNNING)
    for job in [*old, *over]:
        forget_job(job.pk)
    known = set(SheetJob.objects.values_list("pk", flat=True))
    for job_id in sheet_files.leftovers():
        if job_id not in known:
            sheet_files.remove(job_id)


def forget_job(job_id: UUID) -> None:
    """Remove the sheets of a job and the job itself."""
    SheetJob.objects.filter(pk=job_id).delete()
    sheet_files.remove(job_id)
