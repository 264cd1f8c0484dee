"""Public questionnaires, and visitors who fetch their form and send it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client

from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.pages import clock
from cermin.web.survey.actions.open_links import open_public_survey
from cermin.web.survey.models import OpenAnswer, OpenSurvey, UsedToken
from cermin.web.survey.queries.open_links import paper_of_open
from cycle_factory import october
from survey_factory import some_answers

NOON = october(3) + timedelta(hours=12)
BRANDING, SKM = "kuesioner-employer-branding-2025", "kuesioner-skm-2017"
ADDRESS = "203.0.113.77"
MINUTE_LATER = NOON + timedelta(minutes=1)


def seconds(n: float) -> timedelta:
    """Return so many seconds."""
    return timedelta(seconds=n)


def open_link(
    agency: Agency, owner: Member, questionnaire: str = SKM, **changes: Any
) -> OpenSurvey:
    """Open a public questionnaire for all of October."""
    chosen: dict[str, Any] = {
        "agency": agency, "questionnaire": questionnaire, "title": "Pelayanan KTP",
        "unit_code": "", "opens_on": date(2026, 10, 1), "closes_on": date(2026, 10, 31),
        "by": owner, "now": NOON, **changes,
    }  # fmt: skip
    return open_public_survey(**chosen)


def fetch(survey: OpenSurvey, *, at: datetime = NOON, path: str = "") -> Any:
    """Fetch the form."""
    with clock.set_to(at):
        return Client().get(f"/survei/p/{survey.public_id}/{path}")


def token_in(page: bytes) -> str:
    """Return the token of a form."""
    return page.decode().split('name="token" value="')[1].split('"')[0]


def send(
    survey: OpenSurvey, token: str, *, proof: str = "", at: datetime = MINUTE_LATER,
    answers: dict[str, str] | None = None, **extra: Any,
) -> Any:  # fmt: skip
    """Send the form, filled in, as a browser without script would."""
    data = {**some_answers(paper_of_open(survey), 3), **(answers or {})}
    with clock.set_to(at):
        return Client().post(
            f"/survei/p/{survey.public_id}/",
            "&".join(f"{k}={v}" for k, v in {**data, "token": token, "proof": proof}.items()),
            content_type="application/x-www-form-urlencoded",
            REMOTE_ADDR=extra.pop("REMOTE_ADDR", ADDRESS), **extra,
        )  # fmt: skip


def stored() -> tuple[int, int]:
    """Count the answers and the tokens that were used."""
    return OpenAnswer.objects.count(), UsedToken.objects.count()
