"""The demo's employees answer by the real protocol; past years are closed and computed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import cycle as around
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from cermin.core.scheme import Item, ItemKind
from cermin.web import survey_keys
from cermin.web.cycles.models import Cycle
from cermin.web.operations.queries.demo_answers import (
    COMMENTS,
    Answers,
    Simulated,
    evidence_file,
    simulated_answers,
)
from cermin.web.organisations.rules import Member, system_member
from cermin.web.results.actions.computing import ask_for_index
from cermin.web.results.actions.evidence import accept_evidence, upload_evidence
from cermin.web.results.queries.evidence import units_of, worksheet_of
from cermin.web.results.tasks.computing import compute_result
from cermin.web.survey.actions.closing import begin_closing
from cermin.web.survey.actions.counting import count_days
from cermin.web.survey.actions.emptying import empty_staging
from cermin.web.survey.actions.whole import NONCE_BYTES, submit_whole
from cermin.web.survey.models import Invitee, Survey
from cermin.web.survey.queries.facts import key_folder, read_facts
from cermin.web.survey.rules.answers import Paper
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.tasks.closing import finish_closing
from cermin.web.survey.tasks.preparing import prepare_survey

PAGE = "cermin site demo"
_COMMENTING = 0.06


def answer_survey(
    survey: Survey, *, share: float, order: int, seed: int, days: Sequence[datetime]
) -> None:
    """Let ``share`` of the invitees answer over ``days``; nobody needs no keys."""
    if not share:
        return
    prepare_survey.call(survey.pk)
    facts = read_facts(survey.public_id)
    assert facts is not None  # noqa: S101 - it is the survey that was prepared a line ago
    secret = survey_keys.invitation_secret(key_folder(survey))
    people = _in_simulated_order(survey, simulated_answers(order=order, seed=seed))
    rng = np.random.default_rng([seed, order])
    answering = round(share * survey.n_invited)
    for day, now in enumerate(days, start=1):
        done = answering * (day - 1) // len(days)
        for invitee, core in islice(people, answering * day // len(days) - done):
            submit_whole(
                facts=facts, typed=code_of(secret, invitee.pk, invitee.issue),
                answers=_answers(facts.paper, core, rng), nonce=secrets.token_bytes(NONCE_BYTES),
                now=now,
            )  # fmt: skip
        empty_staging(now=now)
        if day < len(days):
            count_days(now=_night_after(now, ZoneInfo(facts.time_zone)))


def close_survey(survey: Survey, *, now: datetime) -> None:
    """Close a survey that has ended, as the worker does."""
    by = system_member(survey.cycle.agency, PAGE)
    begin_closing(survey=survey, by=by, now=now)
    empty_staging(now=now, closing=survey)
    finish_closing(survey_id=survey.pk, now=now)


def score_evidence(cycle: Cycle, *, seed: int, by: Member, now: datetime) -> None:
    """Upload the filled worksheet, where the cycle has one."""
    if not cycle.worksheet:
        return
    cycle.refresh_from_db()
    content = evidence_file(units_of(cycle), worksheet_of(cycle), seed=seed).getvalue()
    file = SimpleUploadedFile(f"lke-{cycle.year}.xlsx", content)
    upload = upload_evidence(cycle=cycle, file=file, by=by, now=now)
    accept_evidence(cycle=cycle, upload_id=upload.pk, by=by, now=now)


def compute_index(cycle: Cycle, *, by: Member, now: datetime) -> None:
    """Compute the index of a closed survey, as the worker does."""
    compute_result.call(ask_for_index(cycle=cycle, without_evidence=False, by=by, now=now).pk)


def _night_after(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the worker first looks after midnight."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(1), zone)


def _in_simulated_order(survey: Survey, simulated: Simulated) -> Iterator[tuple[Invitee, Answers]]:
    """Yield invitees with their answers; first those whom the simulation lets respond."""
    of_unit = {unit: around(rows) for unit, rows in simulated.by_unit.items()}
    anybody = around(simulated.everybody)
    later = []
    for invitee in survey.invitees.order_by("name", "pk"):
        responded, answers = next(of_unit.get(invitee.unit_code, anybody))
        if responded:
            yield invitee, answers
        else:
            later.append((invitee, answers))
    yield from later


def _answers(paper: Paper, core: Answers, rng: np.random.Generator) -> dict[str, Any]:
    """Return answers to the whole paper: the main part as simulated, the rest in its mood."""
    given: dict[str, Any] = {}
    main = iter(core.tolist())
    mood = float(core[core > 0].mean()) if (core > 0).any() else 3.0
    for question in paper.fields:
        is_main = question.questionnaire == 0 and question.item.kind is ItemKind.LIKERT
        answer = next(main, -1) if is_main else _in_mood(question.item, mood, rng)
        if answer is not None and answer != -1:
            given[question.name] = answer
    return given


def _in_mood(item: Item, mood: float, rng: np.random.Generator) -> int | str | None:
    if item.kind is ItemKind.COMMENT:
        return str(rng.choice(COMMENTS)) if rng.random() < _COMMENTING else None
    if item.kind is ItemKind.SCALE_0_10:
        return int(np.clip(round(2.2 * mood + rng.normal(0, 1.5)), 0, 10))
    top = len(item.options)
    return int(np.clip(round(mood * top / 5 + rng.normal(0, 0.8)), 1, top))
