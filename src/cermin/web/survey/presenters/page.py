"""What the public page of a survey tells, the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cermin.web.cycles.presenters.words import (
    day_in,
    deadline_words,
    long_date,
    zone_words,
)
from cermin.web.survey.queries.facts import Facts
from cermin.web.survey.queries.promises import Promises
from cermin.web.survey.rules.phases import Phase

_NAMES = (
    "survey_page", "survey_without_script", "survey_without_script_send", "survey_pairing",
)  # fmt: skip


@dataclass(frozen=True)
class Addresses:
    """Addresses of one survey in one language, and of its page in the other."""

    page: str
    without_script: str
    send: str
    new_code: str
    other_page: str
    other_without_script: str


@dataclass(frozen=True)
class About:
    """One survey in the words of its page."""

    public_id: str
    language: str
    phase: Phase
    agency: str
    year: int
    closes_at: datetime
    opens_words: str
    closes_words: str
    results_words: str
    threshold: int
    batch: int
    witnessed: bool
    minutes: int
    more_minutes: int
    n_questions: int
    n_more: int
    parts: tuple[str, ...]
    addresses: Addresses


def addresses_of(survey: str, language: str) -> Addresses:
    """Return where the pages of a survey are."""
    here, there = ("_en", "") if language == "en" else ("", "_en")
    page, without_script, send, new_code = (reverse(name + here, args=[survey]) for name in _NAMES)
    other_page, other_form = (reverse(name + there, args=[survey]) for name in _NAMES[:2])
    return Addresses(page, without_script, send, new_code, other_page, other_form)


def about(facts: Facts, phase: Phase, promises: Promises, *, language: str, batch: int) -> About:
    """Return what the page says of a survey; ``batch`` ballots move to the box at once."""
    main, *more = facts.paper.questionnaires
    zone = facts.time_zone
    due = promises.results_until
    return About(
        public_id=facts.public_id,
        language=language,
        phase=phase,
        agency=facts.agency_name,
        year=facts.year,
        closes_at=facts.closes_at,
        opens_words=long_date(day_in(facts.opens_at, zone)),
        closes_words=_("{day} pukul 24.00 {zone}").format(
            day=deadline_words(facts.closes_at, zone), zone=zone_words(zone)
        ),
        results_words=deadline_words(due, zone) if due else "",
        threshold=facts.threshold,
        batch=batch,
        witnessed=promises.witnessed,
        minutes=main.minutes,
        more_minutes=sum(one.minutes for one in more),
        n_questions=len(main.items),
        n_more=sum(len(one.items) for one in more),
        parts=tuple(one.title.in_language(language) for one in more),
        addresses=addresses_of(facts.public_id, language),
    )
