"""Public questionnaires: opening one, taking an answer in, closing and counting."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from cermin.core.exposure import COMMENT_THRESHOLD
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member, system_member
from cermin.web.survey.actions.opening import new_address
from cermin.web.survey.models import OpenAnswer, OpenSurvey, UsedToken
from cermin.web.survey.queries.open_links import newest_units, paper_of_open
from cermin.web.survey.queries.open_tokens import genuine_token
from cermin.web.survey.rules.answers import UNANSWERED, Answers, checked, decoded, encoded
from cermin.web.survey.rules.open_links import check_can_close, check_can_open, takes_answers
from cermin.web.survey.rules.open_tokens import (
    LONGEST_SECONDS,
    Token,
    has_worked,
    least_seconds,
)
from cermin.web.survey.rules.refusals import Refused

_PAGE = "kuesioner publik"
_shuffler = random.SystemRandom()


def open_public_survey(
    *, agency: Agency, questionnaire: str, title: str, unit_code: str, opens_on: date,
    closes_on: date, by: Member, now: datetime,
) -> OpenSurvey:  # fmt: skip
    """Open a questionnaire to everybody who has its link."""
    units = newest_units(agency)
    survey = OpenSurvey(
        agency=agency, public_id=new_address(), questionnaire=questionnaire, title=title.strip(),
        unit_code=unit_code, unit_name=units.get(unit_code, ""), opens_on=opens_on,
        closes_on=closes_on, created_at=now,
    )  # fmt: skip
    check_can_open(by, survey, unit_codes=frozenset(units), today=today_of(agency, now))
    with transaction.atomic():
        survey.save()
        _record("open_survey_created", survey, by=by, now=now, questionnaire=questionnaire)
    return survey


def take_open_answer(
    *, survey: OpenSurvey, token: str, proof: str, answers: Answers, now: datetime
) -> None:
    """Take one answer in; the same form again is acknowledged again and counts once.

    Raises
    ------
    Refused
        When the questionnaire is closed, or the form is not the site's, too old or too fast.
    """
    paper = paper_of_open(survey)
    content = encoded(paper, 0, checked(paper, answers))
    found = check_form(survey=survey, token=token, proof=proof, now=now)
    hashed = hashlib.sha256(found.signed.encode()).digest()
    expires = datetime.fromtimestamp(found.issued + LONGEST_SECONDS, tz=now.tzinfo) + timedelta(1)
    with transaction.atomic():
        row = OpenSurvey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
        if not takes_answers(row, today_of(survey.agency, now)):
            raise _closed()
        _token, new = UsedToken.objects.get_or_create(
            hash=hashed, defaults={"open_survey": row, "expires_on": expires.date()}
        )
        if new:
            OpenAnswer.objects.create(open_survey=row, content=content)


def check_form(*, survey: OpenSurvey, token: str, proof: str, now: datetime) -> Token:
    """Return the token of a form that may be taken in at ``now``."""
    if not takes_answers(survey, today_of(survey.agency, now)):
        raise _closed()
    found = genuine_token(survey.public_id, token)
    if found is None:
        raise Refused("forged", 403, N_("Formulir ini rusak. Kirim sekali lagi."))
    age = now.timestamp() - found.issued
    if age > LONGEST_SECONDS:
        raise Refused("expired", 403, N_("Formulir ini sudah kedaluwarsa. Kirim sekali lagi."))
    least = least_seconds(worked=has_worked(token, proof))
    if age < least:
        raise Refused(
            "too_fast", 429, N_("Terlalu cepat. Tunggu {n} detik, lalu kirim lagi."), n=least
        )
    return found


def close_open_survey(*, survey: OpenSurvey, by: Member, now: datetime) -> None:
    """Count the answers and remove them; comments stay in random order, if there are enough."""
    with transaction.atomic():
        row = OpenSurvey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
        check_can_close(by, row)
        row.closed_at = now
        row.n_answers, row.counts, comments = _counted(row)
        row.comments = comments if len(comments) >= COMMENT_THRESHOLD else []
        row.save(update_fields=["closed_at", "n_answers", "counts", "comments"])
        row.answers.all().delete()
        row.used_tokens.all().delete()
        _record("open_survey_closed", row, by=by, now=now)


def _counted(survey: OpenSurvey) -> tuple[int, dict[str, dict[str, int]], list[str]]:
    """Return the number of answers, how often each code of a column was given, the comments."""
    paper, n = paper_of_open(survey), 0
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    comments: list[str] = []
    for content in survey.answers.values_list("content", flat=True).iterator(chunk_size=2_000):
        ballot, n = decoded(paper, bytes(content)), n + 1
        for (_, column), code in zip(paper.columns, ballot.columns, strict=True):
            if code != UNANSWERED:
                counts[column.name][str(code)] += 1
        comments += [text for text in ballot.comments if text]
    _shuffler.shuffle(comments)
    return n, {name: dict(found) for name, found in counts.items()}, comments


def close_what_is_over(now: datetime) -> None:
    """Close the questionnaires whose last day has passed, and forget old forms; a daily duty."""
    UsedToken.objects.filter(expires_on__lt=now.date()).delete()
    for survey in _over(now):
        close_open_survey(survey=survey, by=system_member(survey.agency, _PAGE), now=now)


def _over(now: datetime) -> Iterator[OpenSurvey]:
    for survey in OpenSurvey.objects.filter(closed_at=None).select_related("agency"):
        if survey.closes_on < today_of(survey.agency, now):
            yield survey


def today_of(agency: Agency, now: datetime) -> date:
    """Return the day of the agency."""
    return now.astimezone(ZoneInfo(agency.time_zone)).date()


def _closed() -> Refused:
    return Refused("closed", 410, N_("Kuesioner ini tidak sedang menerima jawaban."))


def _record(action: str, survey: OpenSurvey, *, by: Member, now: datetime, **more: object) -> None:
    record(
        action, by=by, now=now, agency=survey.agency.slug, object_type="open_survey",
        object_id=survey.pk, title=survey.title, **more,
    )  # fmt: skip
