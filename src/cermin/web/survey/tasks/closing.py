"""Closing a survey: from the sealed box to the frozen snapshot, and nothing else left.

The steps can be interrupted anywhere. Until the one transaction that empties the box, everything
is done again from the start by whoever goes on; after it, only the keys are left to destroy.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Model
from django_tasks import task

from cermin.language import N_, kept
from cermin.web import survey_keys
from cermin.web.ballot_sealing import public_of
from cermin.web.cycles.actions.states import record_cycle
from cermin.web.files import alone
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.rules import system_member
from cermin.web.pages import clock
from cermin.web.survey.models import (
    BoxedBallot,
    CastSerial,
    Comment,
    Invitee,
    KeyMode,
    StagedBallot,
    Survey,
    SurveyState,
    Turnout,
)
from cermin.web.survey.queries import facts
from cermin.web.survey.queries.box import OpenedBox, nothing_opened, opened_box
from cermin.web.survey.queries.closing import classes_of, drawn_by_class
from cermin.web.survey.queries.frame import Kept
from cermin.web.survey.rules.answers import Paper
from cermin.web.survey.rules.classes import Cell
from cermin.web.survey.rules.closing import (
    READING,
    STORING,
    WRITING,
    Classes,
    ClosingStopped,
    House,
    check_opened,
    check_totals,
    classes_kept,
)
from cermin.web.survey.rules.states import SURVEY
from cermin.web.survey.tasks.closing_files import in_random_order, make_folder, write_files
from cermin.web.transitions import before

PAGE = "pekerja latar"
_BATCH = 2_000


@task()
def close_survey(survey_id: int) -> None:
    """Open the box and keep the answers; what was done before an interruption is not lost."""
    finish_closing(survey_id=survey_id, now=clock.now())


def finish_closing(*, survey_id: int, now: datetime) -> bool:
    """Do every step that is still to be done; whether the survey is closed in the end.

    It waits, and returns False, while the key is with its holders or ballots are in staging,
    while another process is at it, and once it was stopped.
    """
    surveys = Survey.objects.select_related("cycle__agency", "cycle__structure", "cycle__box_key")
    survey = surveys.get(pk=survey_id)
    with alone(make_folder(survey.cycle) / ".penutupan") as mine:
        if not mine:
            return False
        survey.refresh_from_db(fields=["state"])
        if survey.state == SurveyState.CLOSING:
            if StagedBallot.objects.filter(survey=survey).exists():
                return False
            try:
                private_key = _usable_key(survey)
                if private_key is None and not survey.box_given_up:
                    return False
                _close(survey, private_key, now)
            except ClosingStopped as problem:
                _stop(survey, problem, now)
                return False
        if survey.state == SurveyState.CLOSED:
            destroy_all_keys(survey)
    return survey.state == SurveyState.CLOSED


def destroy_all_keys(survey: Survey) -> None:
    """Destroy every key of a closed survey; the last step, repeated until it has succeeded."""
    survey_keys.destroy_keys(facts.key_folder(survey))
    facts.forget(survey.public_id)


def _close(survey: Survey, private_key: bytes | None, now: datetime) -> None:
    drawn = drawn_by_class(survey)
    classes, paper = classes_of(survey), facts.paper_of(survey.cycle)
    if private_key is None:
        survey.n_given_up = BoxedBallot.objects.filter(survey=survey).count()
        box = nothing_opened(paper)
    else:
        box = _checked_box(survey, paper, private_key, classes, drawn)
    ballots = classes.counted(box.classes)
    _tell(survey, WRITING)
    house = _house(survey)
    kept = write_files(survey, paper, box, classes, house)
    _tell(survey, STORING)
    merged = classes_kept(classes.people, ballots, house)
    under = {number: merged[cell] for number, cell in classes.cells.items()}
    with transaction.atomic():
        held = Survey.objects.select_for_update().filter(pk=survey.pk)
        if not held.filter(state__in=before(SURVEY, SurveyState.CLOSED)):
            return
        _store_comments(survey, paper, box, under)
        _store_turnout(survey, classes, drawn)
        _empty_everything(survey)
        _mark_closed(survey, kept, ballots.total(), sum(drawn.values()), now)


def _checked_box(
    survey: Survey, paper: Paper, private_key: bytes, classes: Classes, drawn: Counter[Cell]
) -> OpenedBox:
    """Open the box; raise ClosingStopped when it holds what it cannot hold."""
    check_totals(
        boxed=BoxedBallot.objects.filter(survey=survey).count(),
        drawn=sum(drawn.values()),
        accepted=CastSerial.objects.filter(survey=survey).count(),
    )
    _tell(survey, READING)
    box = opened_box(
        survey, paper, private_key, numbers=frozenset(classes.cells),
        told=lambda part: _tell(survey, READING + part * (WRITING - READING)),
    )  # fmt: skip
    check_opened(
        unreadable=box.unreadable, ballots=classes.counted(box.classes), drawn=drawn,
        given_up=survey.n_given_up,
    )  # fmt: skip
    return box


def _tell(survey: Survey, percent: float) -> None:
    """Let the page show how far it is."""
    others = Survey.objects.filter(pk=survey.pk).exclude(percent=int(percent))
    others.update(percent=int(percent))


def _house(survey: Survey) -> House:
    cycle = survey.cycle
    assert cycle.structure is not None  # noqa: S101 - an opened cycle has its tree
    return House(
        agency=cycle.agency.slug,
        agency_name=cycle.agency.name,
        agency_class=cycle.agency.agency_class,
        year=cycle.year,
        units=frame_units(cycle.structure),
        stratum_variables=tuple(survey.strata),
        threshold=cycle.threshold,
    )


def _usable_key(survey: Survey) -> bytes | None:
    """Return the private key, None while it is with its holders.

    Raises
    ------
    ClosingStopped
        When the site keeps the key itself, and the file is damaged or of another box.
    """
    folder = facts.key_folder(survey)
    box_key = survey.cycle.box_key
    if not survey_keys.has_box_key(folder):
        return None
    with suppress(survey_keys.SurveyKeyError):
        private_key = survey_keys.box_key(folder)
        if public_of(private_key) == bytes(box_key.public_key):
            return private_key
    if box_key.mode == KeyMode.WITNESSED:
        survey_keys.destroy_box_key(folder)  # a copy that was lent: it can be lent again
        return None
    raise ClosingStopped(N_("Berkas kunci kotak suara di folder kunci situs rusak."))


def _stop(survey: Survey, problem: ClosingStopped, now: datetime) -> None:
    """Keep why it stopped; a key that a holder lent does not stay meanwhile."""
    told = kept(problem) | {
        "unreadable": problem.unreadable,
        "classes": [
            {"unit": cell.unit, "strata": list(cell.strata), "ballots": ballots, "drawn": drawn}
            for cell, ballots, drawn in problem.classes
        ],
    }
    with transaction.atomic():
        Survey.objects.filter(pk=survey.pk, state__in=before(SURVEY, SurveyState.STOPPED)).update(
            state=SurveyState.STOPPED, problem=told
        )
        by = system_member(survey.cycle.agency, PAGE)
        record_cycle("survey_closing_stopped", survey.cycle, by=by, now=now, reason=str(problem))
    if survey.cycle.box_key.mode == KeyMode.WITNESSED:
        survey_keys.destroy_box_key(facts.key_folder(survey))


# ------------------------------------------------------------------ the one transaction


def _store_comments(survey: Survey, paper: Paper, box: OpenedBox, under: dict[int, Cell]) -> None:
    order = in_random_order(len(box.comment_texts))
    for begin in range(0, order.size, _BATCH):
        Comment.objects.bulk_create(
            _comment(survey, paper, box, int(i), under) for i in order[begin : begin + _BATCH]
        )


def _comment(
    survey: Survey, paper: Paper, box: OpenedBox, i: int, under: dict[int, Cell]
) -> Comment:
    question, cell = paper.comments[box.comment_questions[i]], under[box.comment_classes[i]]
    return Comment(
        survey=survey,
        questionnaire=paper.questionnaires[question.questionnaire].id,
        item=question.item.id,
        unit_code=cell.unit,
        text=box.comment_texts[i],
    )


def _store_turnout(survey: Survey, classes: Classes, drawn: Counter[Cell]) -> None:
    """Keep the participation of each group; a group is the unit of some classes."""
    invited: Counter[str] = Counter()
    took_part: Counter[str] = Counter()
    for cell, n in classes.people.items():
        invited[cell.unit] += n
        took_part[cell.unit] += drawn[cell]
    Turnout.objects.bulk_create(
        Turnout(survey=survey, unit_code=unit, n_invited=n, n_drawn=took_part[unit])
        for unit, n in sorted(invited.items())
    )


def _empty_everything(survey: Survey) -> None:
    models: tuple[type[Model], ...] = (BoxedBallot, StagedBallot, CastSerial, Invitee)
    for model in models:
        rows = model._base_manager.filter(survey=survey)
        rows._raw_delete(rows.db)  # nothing refers to them, and a million is not read first


def _mark_closed(
    survey: Survey, kept: list[Kept], n_counted: int, n_drawn: int, now: datetime
) -> None:
    survey.state, survey.percent, survey.closed_at = SurveyState.CLOSED, 100, now
    survey.n_counted, survey.n_drawn, survey.problem = n_counted, n_drawn, None
    survey.snapshot_sha256 = kept[0].snapshot.removeprefix("snapshot-").removesuffix(".parquet")
    survey.save(update_fields=[
        "state", "percent", "closed_at", "n_counted", "n_drawn", "n_given_up", "problem",
        "snapshot_sha256",
    ])  # fmt: skip
    by = system_member(survey.cycle.agency, PAGE)
    record_cycle(
        "survey_closed", survey.cycle, by=by, now=now, counted=n_counted, drawn=n_drawn,
        sha256=survey.snapshot_sha256,
    )  # fmt: skip
