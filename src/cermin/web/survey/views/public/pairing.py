"""The person's side of a lost code: a page with a number, which then shows the new code."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cermin.language import in_words
from cermin.web.cycles.presenters.words import zone_words
from cermin.web.pages import clock
from cermin.web.survey.actions.reissue import Waiting, awaited, begin_pairing
from cermin.web.survey.queries.facts import Facts
from cermin.web.survey.rules.codes import shown
from cermin.web.survey.rules.pairing import shown_number
from cermin.web.survey.rules.refusals import Refused
from cermin.web.survey.views.public.answers import json_answer
from cermin.web.survey.views.public.bodies import form_body
from cermin.web.survey.views.public.page import known_facts

_LONGEST_SECRET = 64


@dataclass(frozen=True)
class Addresses:
    """Where the pages are in the language of the request, and in the other one."""

    begin: str
    ask: str
    survey: str
    other: str


@require_http_methods(["GET", "HEAD", "POST"])
def survey_pairing(request: HttpRequest, survey: str, language: str = "id") -> HttpResponse:
    """Explain, and on request give this page a number."""
    facts = known_facts(survey)
    told: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        try:
            told["waiting"] = _waiting(facts, begin_pairing(facts=facts, now=clock.now()))
        except Refused as error:
            told["problem"], status = in_words(error), error.status
    return _page(facts, language, told, status)


@require_POST
def survey_pairing_ask(request: HttpRequest, survey: str, language: str = "id") -> HttpResponse:
    """Show the new code once it is there; a script asks only whether it is, and gets no code."""
    facts = known_facts(survey)
    secret = form_body(request).get("secret", "")[:_LONGEST_SECRET]
    is_script = request.headers.get("Accept", "") == "application/json"
    told: dict[str, object] = {}
    status = 200
    try:
        found = awaited(facts=facts, secret=secret, now=clock.now())
    except Refused as error:
        told["problem"], status = in_words(error), error.status
    else:
        told |= (
            {"waiting": _waiting(facts, found)} if isinstance(found, Waiting) else {"code": found}
        )
    if is_script:
        return json_answer({"waiting": "waiting" in told})
    if "code" in told:
        code = str(told["code"])
        told |= {"code": shown(code), "fragment": code}
    return _page(facts, language, told, status)


def _waiting(facts: Facts, found: Waiting) -> dict[str, str]:
    until = found.expires_at.astimezone(ZoneInfo(facts.time_zone))
    return {
        "secret": found.secret, "number": shown_number(found.number),
        "until": f"{until:%H.%M} {zone_words(facts.time_zone)}",
    }  # fmt: skip


def _page(
    facts: Facts, language: str, told: dict[str, object], status: int
) -> HttpResponse:  # fmt: skip
    here, there = ("_en", "") if language == "en" else ("", "_en")
    names = ("survey_pairing", "survey_pairing_ask", "survey_page")
    begin, ask, page = (reverse(name + here, args=[facts.public_id]) for name in names)
    other = reverse("survey_pairing" + there, args=[facts.public_id])
    context = {
        "about": {"agency": facts.agency_name}, "year": facts.year,
        "addresses": Addresses(begin, ask, page, other), **told,
    }  # fmt: skip
    return HttpResponse(render_to_string("survey/pairing.html", context), status=status)
