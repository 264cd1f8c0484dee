"""Taking part without JavaScript: the code, then the whole questionnaire as one form.

Nothing is kept between the requests, neither in a session nor in a cookie. No page of another
site can do anything here in somebody's name, since the browser adds nothing of its own to a
request: what counts is the code in the form. So the forms need no token against forgery.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cermin.core.errors import UserError
from cermin.language import in_words
from cermin.web.pages import clock
from cermin.web.survey.actions import protocol
from cermin.web.survey.actions.whole import NONCE_BYTES, submit_whole
from cermin.web.survey.forms.whole import BrokenForm, WholeForm, read_whole, typed_code
from cermin.web.survey.presenters.paper import groups_of, wrong_questions
from cermin.web.survey.queries.facts import Facts
from cermin.web.survey.rules.phases import Phase
from cermin.web.survey.views.public.bodies import form_body
from cermin.web.survey.views.public.page import about_now, known_facts, phase_now

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """Why something was not done, in words, and the status that says so to programs."""

    words: str
    status: int
    unknown_code: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def ask_code(request: HttpRequest, survey: str, language: str = "id") -> HttpResponse:
    """Ask for the code; with one, give the questionnaire. Nothing is marked for who looks."""
    facts = known_facts(survey)
    if phase_now(facts) is not Phase.OPEN or request.method != "POST":
        return _code_page(facts, language)
    typed = typed_code(form_body(request).get("code", ""))
    problem = _problem_of(lambda: protocol.look_up(facts=facts, typed=typed, now=clock.now()))
    if problem:
        return _code_page(facts, language, typed=typed, problem=problem)
    return _paper_page(facts, language, WholeForm(typed, _nonce(), {}, {}, {}))


@require_POST
def send(request: HttpRequest, survey: str, language: str = "id") -> HttpResponse:
    """Blind, draw and cast for the phone; the page that says "sent" follows the commit."""
    facts = known_facts(survey)
    form = read_whole(facts.paper, form_body(request))
    if form.wrong:
        return _paper_page(facts, language, form, status=422)
    problem = _problem_of(lambda: _submit(facts, form))
    if problem:
        return _paper_page(facts, language, form, problem=problem, status=problem.status)
    context = {"about": about_now(facts, language)}
    return HttpResponse(render_to_string("survey/without_script_sent.html", context))


def _submit(facts: Facts, form: WholeForm) -> None:
    submit_whole(
        facts=facts, typed=form.code, answers=form.answers, nonce=form.nonce_bytes,
        now=clock.now(),
    )  # fmt: skip


def _problem_of(attempt: Callable[[], object]) -> Problem | None:
    try:
        attempt()
    except UserError as error:
        unknown = getattr(error, "reason", "") == "unknown"
        return Problem(in_words(error), getattr(error, "status", 400), unknown)
    except Exception as error:
        # The kind of error only: its text may quote what somebody sent.
        logger.error("A form without script failed: %s", type(error).__name__)
        words = _("Situs sedang terganggu. Tidak ada yang hilang: tunggu sebentar, lalu coba lagi.")
        return Problem(words, 503)
    return None


def _nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


def _code_page(
    facts: Facts, language: str, *, typed: str = "", problem: Problem | None = None
) -> HttpResponse:
    context = {
        "about": about_now(facts, language),
        "is_open": phase_now(facts) is Phase.OPEN,
        "typed": typed,
        "problem": problem.words if problem else "",
    }
    page = render_to_string("survey/without_script.html", context)
    return HttpResponse(page, status=problem.status if problem else 200)


def _paper_page(
    facts: Facts, language: str, form: WholeForm, *, problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    groups = groups_of(facts.paper, language)
    broken = problem is not None and problem.status == BrokenForm.status
    context = {
        "about": about_now(facts, language),
        "groups": groups,
        "kept": form.kept,
        "wrong": form.wrong,
        "wrong_questions": wrong_questions(groups, form.wrong),
        "problem": problem.words if problem else "",
        "code": form.code,
        "code_wrong": problem is not None and problem.unknown_code,
        "nonce": _nonce() if broken else form.nonce,
    }
    return HttpResponse(
        render_to_string("survey/without_script_paper.html", context), status=status
    )
