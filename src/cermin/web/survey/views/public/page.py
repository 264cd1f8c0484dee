"""The page of a survey: made once per language, the same for everybody, kept in memory packed."""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from cermin.web.pages import clock
from cermin.web.survey.actions.emptying import LEAST
from cermin.web.survey.presenters.page import About, about
from cermin.web.survey.presenters.paper import groups_of
from cermin.web.survey.presenters.script_words import script_words
from cermin.web.survey.queries.facts import Facts
from cermin.web.survey.queries.last_facts import facts_or_last, promises_or_last
from cermin.web.survey.rules.phases import Phase, phase_of

_SECONDS = 60.0  # so old may a page be that somebody sees; also what browsers are told
_ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


@dataclass(frozen=True)
class MadePage:
    """A page as it goes over the wire."""

    phase: Phase
    closes_at: datetime
    made_at: float
    plain: bytes
    packed: bytes
    mark: str


_made: dict[tuple[str, str], MadePage] = {}


@require_safe
def survey_page(request: HttpRequest, survey: str, language: str = "id") -> HttpResponseBase:
    """Show the page of a survey; it knows nobody, so anybody may keep it for a minute."""
    facts = known_facts(survey)
    page = _page(facts, language)
    packed = _ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    answer = HttpResponse(page.packed if packed else page.plain)
    if packed:
        answer["Content-Encoding"] = "gzip"
    answer["Content-Length"] = str(len(answer.content))
    answer["Vary"] = "Accept-Encoding"
    answer["Cache-Control"] = f"public, max-age={int(_SECONDS)}"
    answer["ETag"] = f'"{page.mark}{"-gzip" if packed else ""}"'
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


def known_facts(survey: str) -> Facts:
    """Return the facts of a survey, or the page that says that there is none."""
    facts = facts_or_last(survey)
    if facts is None:
        raise Http404
    return facts


def phase_now(facts: Facts) -> Phase:
    """Return what the survey is at this moment."""
    return phase_of(
        facts.state, opens_at=facts.opens_at, closes_at=facts.closes_at, now=clock.now()
    )


def about_now(facts: Facts, language: str) -> About:
    """Return what a page says of the survey."""
    promises = promises_or_last(facts.id)
    return about(facts, phase_now(facts), promises, language=language, batch=LEAST)


def _page(facts: Facts, language: str) -> MadePage:
    key, phase = (facts.public_id, language), phase_now(facts)
    made = _made.get(key)
    if made is None or not _still_true(made, facts, phase):
        _made[key] = made = _make(facts, phase, language)
    return made


def _still_true(made: MadePage, facts: Facts, phase: Phase) -> bool:
    young = time.monotonic() - made.made_at < _SECONDS
    return young and made.phase is phase and made.closes_at == facts.closes_at


def _make(facts: Facts, phase: Phase, language: str) -> MadePage:
    context = {
        "about": about_now(facts, language),
        "is_open": phase is Phase.OPEN,
        "groups": groups_of(facts.paper, language),
        "n_fields": len(facts.paper.fields),
        "words": script_words(),
    }
    plain = render_to_string("survey/page.html", context).encode()
    return MadePage(
        phase=phase,
        closes_at=facts.closes_at,
        made_at=time.monotonic(),
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        mark=hashlib.sha256(plain).hexdigest()[:24],
    )
