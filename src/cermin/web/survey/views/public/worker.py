"""The service worker of one survey: opens its page again without a line."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cermin.web.survey.queries.facts import facts_of

_SOURCE = Path(__file__).parents[2] / "static" / "survey" / "worker.js"


@require_safe
def worker(_request: HttpRequest, survey: str) -> HttpResponse:
    """Give the script under the survey's own address: a worker sees only what is below it."""
    if facts_of(survey) is None:
        raise Http404
    answer = HttpResponse(_source(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _source() -> bytes:
    return _SOURCE.read_bytes()
