"""What begins the closing of a survey, and what lets it go on; the work is a background task."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web import survey_keys
from cermin.web.cycles.actions.running import end_survey_early
from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member, system_member
from cermin.web.survey.actions.emptying import empty_staging
from cermin.web.survey.actions.keys import key_from_copy
from cermin.web.survey.models import BoxKey, Survey, SurveyState
from cermin.web.survey.queries import facts, survey_of
from cermin.web.survey.queries.background import is_queued
from cermin.web.survey.queries.closing import end_of, ended_surveys
from cermin.web.survey.queries.keys import holder_of, site_has
from cermin.web.survey.rules.closing import (
    check_can_close_by_hand,
    check_can_give_box_up,
    check_can_give_up,
    check_can_open_box,
    check_can_try_again,
    check_giving_up_is_meant,
    unreadable_of,
)
from cermin.web.survey.rules.states import RUNNING
from cermin.web.survey.tasks.closing import PAGE, close_survey, destroy_all_keys


def close_by_hand(
    *, cycle: Cycle, reason: str, confirmation: str, by: Member, now: datetime
) -> None:
    """End the survey before its date and begin to close it."""
    with transaction.atomic():
        survey = _survey_of(cycle)
        check_can_close_by_hand(by, cycle, survey, confirmation)
        end_survey_early(cycle=cycle, reason=reason, by=by, now=now)
        begin_closing(survey=survey, by=by, now=now)
    go_on(survey=survey, now=now)


def begin_closing(*, survey: Survey, by: Member, now: datetime) -> bool:
    """Take no more ballots; False when it was begun before, or the survey has not ended.

    Draws and casts hold the survey's row while they write, so those that were acknowledged are
    all stored when this returns.
    """
    with transaction.atomic():
        row = Survey.objects.select_for_update(of=("self",)).select_related("cycle__agency")
        held = row.get(pk=survey.pk)
        if held.state not in RUNNING or now < end_of(held):
            return False
        held.state, held.percent, held.problem = SurveyState.CLOSING, 0, None
        held.save(update_fields=["state", "percent", "problem"])
        record_cycle("survey_closing_begun", held.cycle, by=by, now=now)
    facts.forget(held.public_id)
    return True


def open_box(*, cycle: Cycle, copy: bytes, passphrase: str, by: Member, now: datetime) -> None:
    """Lend the site a holder's copy of the key, until the box is open."""
    survey = _survey_of(cycle)
    box_key = BoxKey.objects.get(cycle=cycle)
    check_can_open_box(by, cycle, survey, box_key, holder_of(box_key, by))
    # Stretching a passphrase takes a second, so no transaction waits for it.
    private_key = key_from_copy(box_key, copy, passphrase)
    with transaction.atomic():
        locked(cycle)
        survey = _survey_of(cycle)  # it may have been closed meanwhile: no key comes back then
        check_can_open_box(by, cycle, survey, box_key, holder_of(box_key, by))
        record_cycle("box_key_lent", cycle, by=by, now=now)
        with suppress(FileExistsError):  # another holder was faster
            survey_keys.write_box_key(facts.key_folder(survey), private_key)
    go_on(survey=survey, now=now)


def try_again(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Go on with a closing that was stopped; all checks are made anew."""
    with transaction.atomic():
        locked(cycle)
        survey = _survey_of(cycle)
        check_can_try_again(by, cycle, survey)
        survey.state, survey.percent, survey.problem = SurveyState.CLOSING, 0, None
        survey.save(update_fields=["state", "percent", "problem"])
        record_cycle("survey_closing_tried_again", cycle, by=by, now=now)
    go_on(survey=survey, now=now)


def go_on_without(*, cycle: Cycle, reason: str, by: Member, now: datetime) -> None:
    """Go on without the ballots that cannot be read: better those few than all the others."""
    with transaction.atomic():
        locked(cycle)
        survey = _survey_of(cycle)
        check_can_give_up(by, cycle, survey, reason)
        survey.n_given_up = unreadable_of(survey)
        survey.save(update_fields=["n_given_up"])
        record_cycle(
            "survey_closing_goes_on_without", cycle, by=by, now=now, n=survey.n_given_up,
            reason=reason.strip(),
        )  # fmt: skip
        try_again(cycle=cycle, by=by, now=now)


def give_box_up(*, cycle: Cycle, reason: str, confirmation: str, by: Member, now: datetime) -> None:
    """Close without opening the box, as no copy of its key is left: its ballots are lost."""
    with transaction.atomic():
        locked(cycle)
        survey = _survey_of(cycle)
        check_can_give_box_up(
            by, cycle, survey, has_key=site_has(BoxKey.objects.get(cycle=cycle)),
            ends_at=end_of(survey), now=now,
        )  # fmt: skip
        check_giving_up_is_meant(reason, confirmation)
        survey.box_given_up = True
        survey.save(update_fields=["box_given_up"])
        record_cycle("survey_box_given_up", cycle, by=by, now=now, reason=reason.strip())
    go_on(survey=survey, now=now)


def close_what_has_ended(now: datetime) -> None:
    """Begin, go on with, and tidy up after closings; a duty of the worker."""
    for survey in ended_surveys(now):
        begin_closing(survey=survey, by=system_member(survey.cycle.agency, PAGE), now=now)
    for survey in Survey.objects.filter(state=SurveyState.CLOSING).order_by("pk"):
        go_on(survey=survey, now=now)
    for survey in _closed_with_keys():
        destroy_all_keys(survey)


def go_on(*, survey: Survey, now: datetime) -> None:
    """Bring the last ballots into the box, and queue its opening if nothing else is awaited."""
    empty_staging(now=now, closing=survey)
    ready = survey.box_given_up or site_has(BoxKey.objects.get(cycle_id=survey.cycle_id))
    if ready and not is_queued(close_survey.module_path, [survey.pk]):
        close_survey.enqueue(survey.pk)


def _survey_of(cycle: Cycle) -> Survey:
    survey = survey_of(cycle)
    if survey is None:
        raise UserError(N_("Survei periode ini belum dibuka."))
    return survey


def _closed_with_keys() -> list[Survey]:
    folder = settings.KEY_FOLDER / "survei"
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    return list(Survey.objects.filter(public_id__in=names, state=SurveyState.CLOSED))
