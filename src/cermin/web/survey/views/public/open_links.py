"""A public questionnaire: one page with one form, which works without script."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from cermin.core.errors import UserError
from cermin.core.exposure import THRESHOLD
from cermin.language import N_, in_words
from cermin.web.pages import clock
from cermin.web.survey.actions.open_links import take_open_answer, today_of
from cermin.web.survey.forms.whole import WholeForm, read_whole
from cermin.web.survey.models import OpenSurvey
from cermin.web.survey.presenters.open_links import public_about
from cermin.web.survey.presenters.paper import groups_of, wrong_questions
from cermin.web.survey.queries.open_links import open_survey_of, paper_of_open
from cermin.web.survey.queries.open_tokens import new_token
from cermin.web.survey.rules.open_links import takes_answers
from cermin.web.survey.rules.open_tokens import SECONDS_WITHOUT, WORK_BITS, has_worked
from cermin.web.survey.rules.refusals import Refused
from cermin.web.survey.views.public.bodies import form_body
from cermin.web.survey.views.public.rate_limit import RateLimit, address_of

MOST_WITH_WORK = 30  # forms from one address in an hour; a counter's tablet is one address
MOST_WITHOUT = 6
limit = RateLimit()

# After these the same token can never be taken: the page is given with a new one.
_TOKEN_IS_LOST = frozenset({"forged", "expired"})


@dataclass(frozen=True)
class Trouble:
    """Why a form was not taken in."""

    words: str = ""
    status: int = 200
    reason: str = ""


@dataclass(frozen=True)
class Sent:
    """A form as it came."""

    form: WholeForm
    token: str = ""
    proof: str = ""
    trouble: Trouble = field(default_factory=Trouble)


@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest, open_survey: str, language: str = "id") -> HttpResponse:
    """Show the form, or take it in and say so; nothing is kept in a session or cookie."""
    survey = open_survey_of(open_survey)
    if survey is None:
        raise Http404
    if not takes_answers(survey, today_of(survey.agency, clock.now())):
        context = {"about": public_about(survey, language, today_of(survey.agency, clock.now()))}
        status = 200 if request.method != "POST" else 410
        return HttpResponse(render_to_string("survey/open_closed.html", context), status=status)
    if request.method != "POST":
        return _form_page(survey, language, Sent(WholeForm("", "", {}, {}, {})))
    form = form_body(request)
    sent = Sent(
        read_whole(paper_of_open(survey), form), form.get("token", ""), form.get("proof", "")
    )
    return _taken(request, survey, language, sent)


def _taken(request: HttpRequest, survey: OpenSurvey, language: str, sent: Sent) -> HttpResponse:
    if sent.form.wrong:
        trouble = Trouble(status=422, reason="wrong")
        return _form_page(survey, language, _with(sent, trouble))
    try:
        _count(request, survey, sent)
        take_open_answer(
            survey=survey, token=sent.token, proof=sent.proof, answers=sent.form.answers,
            now=clock.now(),
        )  # fmt: skip
    except UserError as error:
        trouble = Trouble(
            in_words(error), getattr(error, "status", 400), getattr(error, "reason", "refused")
        )
        return _form_page(survey, language, _with(sent, trouble))
    about = public_about(survey, language, today_of(survey.agency, clock.now()))
    return HttpResponse(render_to_string("survey/open_sent.html", {"about": about}))


def _count(request: HttpRequest, survey: OpenSurvey, sent: Sent) -> None:
    """Refuse who sends too often; whoever brings no proof of work may send less often."""
    worked = has_worked(sent.token, sent.proof)
    what, most = ("worked", MOST_WITH_WORK) if worked else ("plain", MOST_WITHOUT)
    key = f"{survey.public_id}/{what}"
    if not limit.allows(key, address_of(request), most=most, now=clock.now()):
        raise Refused(
            "too_often", 429,
            N_("Dari jaringan Anda sudah terlalu banyak kiriman dalam satu jam terakhir. Isian "
               "Anda masih ada di halaman ini; coba lagi nanti."),
        )  # fmt: skip


def _with(sent: Sent, trouble: Trouble) -> Sent:
    token = "" if trouble.reason in _TOKEN_IS_LOST else sent.token
    return Sent(sent.form, token, "", trouble)


def _form_page(survey: OpenSurvey, language: str, sent: Sent) -> HttpResponse:
    now = clock.now()
    groups = groups_of(paper_of_open(survey), language)
    context = {
        "about": public_about(survey, language, today_of(survey.agency, now)),
        "groups": groups,
        "kept": sent.form.kept,
        "wrong": sent.form.wrong,
        "wrong_questions": wrong_questions(groups, sent.form.wrong),
        "problem": sent.trouble.words,
        "token": sent.token or new_token(survey.public_id, now=now),
        "work_bits": WORK_BITS,
        "seconds": SECONDS_WITHOUT,
        "threshold": THRESHOLD,
    }
    page = render_to_string("survey/open_form.html", context)
    return HttpResponse(page, status=sent.trouble.status)
