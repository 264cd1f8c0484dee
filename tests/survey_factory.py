"""Open surveys, codes of invitees, and a phone that answers by the real protocol."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cermin.web import blind_signatures, survey_keys
from cermin.web.cycles.actions.running import open_survey
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import Invitee, Survey, SurveyState
from cermin.web.survey.queries.facts import key_folder, paper_of
from cermin.web.survey.rules.answers import Paper
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.tasks.preparing import prepare_survey
from cycle_factory import employ, october, scheduled

OPEN_DAY = october(3)  # a day on which the survey of cycle_factory is open


def opened(
    agency: Agency, by: Member, *, people: int = 12, unit: str = "dinkes", **changes
) -> Survey:
    """Return the open survey of 2026 of an agency with people in one unit (more: employ first)."""
    structure = agency.structures.get(year=2026)
    if people:
        employ(structure, people, unit)
    cycle = scheduled(agency, by, **changes)
    return open_now(cycle, by)


def open_now(cycle: Cycle, by: Member, *, now: datetime = OPEN_DAY) -> Survey:
    """Open a scheduled cycle and make the keys of its classes."""
    open_survey(cycle=cycle, by=by, now=now)
    survey = Survey.objects.get(cycle=cycle)
    prepare_survey.call(survey.pk)
    return Survey.objects.get(pk=survey.pk)


def open_without_keys(cycle: Cycle, by: Member, *, now: datetime = OPEN_DAY) -> Survey:
    """Open a scheduled cycle without the keys, which take time and few tests need."""
    open_survey(cycle=cycle, by=by, now=now)
    Survey.objects.filter(cycle=cycle).update(state=SurveyState.OPEN)
    return Survey.objects.get(cycle=cycle)


def code_for(invitee: Invitee) -> str:
    """Return the code that the person got."""
    secret = survey_keys.invitation_secret(key_folder(invitee.survey))
    return code_of(secret, invitee.id, invitee.issue)


def codes_of(survey: Survey) -> list[str]:
    """Return the codes of everybody, in no order."""
    return [code_for(one) for one in survey.invitees.select_related("survey")]


def some_answers(paper: Paper, level: int = 4) -> dict[str, Any]:
    """Return an answer to every question with options: ``level`` where the scale has it."""
    answers: dict[str, Any] = {}
    for question in paper.fields:
        item = question.item
        if item.choose:
            answers[question.name] = [option.id for option in item.options[: item.choose]]
        elif item.options:
            answers[question.name] = min(level, len(item.options))
        elif item.kind == "scale_0_10":
            answers[question.name] = level
    return answers


def paper_for(survey: Survey) -> Paper:
    """Return the ballot paper."""
    return paper_of(survey.cycle)


Post = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


def posting(client: Any) -> Post:
    """Return a function that posts JSON with Django's test client."""

    def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = client.post(path, body, content_type="application/json")
        return answer.status_code, answer.json()

    return post


class Refused(Exception):  # noqa: N818 - what the server did
    """The server refused; ``status`` and ``reason`` say how."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.reason = answer.get("reason", "")


@dataclass
class Phone:
    """A phone with one invitation: blinds, draws, keeps, casts, like the script of the page."""

    survey: str
    code: str
    post: Post
    serial: bytes = field(default_factory=lambda: blind_signatures.prepare(secrets.token_bytes(32)))
    class_number: int = -1
    modulus: bytes = b""
    signature: bytes = b""
    blinded: blind_signatures.Blinded | None = None

    def look_up(self) -> None:
        """Ask for the class of the invitation."""
        found = self._ask("kelas", {"code": self.code})
        self.class_number = found["class_number"]
        self.modulus = base64.b64decode(found["modulus"])

    def draw(self) -> None:
        """Have the serial signed blind."""
        if not self.modulus:
            self.look_up()
        if self.blinded is None:
            self.blinded = blind_signatures.blind(self.modulus, self.serial)
        answer = self._ask("ambil", {"code": self.code, "blinded": text(self.blinded.message)})
        signed = base64.b64decode(answer["blind_signature"])
        self.signature = blind_signatures.finalize(
            self.modulus, self.serial, signed, self.blinded.inverse
        )

    def cast(self, answers: dict[str, Any]) -> None:
        """Send the answers with the ballot."""
        self._ask("kirim", self.ballot(answers))

    def ballot(self, answers: dict[str, Any]) -> dict[str, Any]:
        """Return the body of the last request."""
        return {
            "class_number": self.class_number,
            "serial": text(self.serial),
            "signature": text(self.signature),
            "answers": answers,
        }

    def submit(self, answers: dict[str, Any]) -> None:
        """Do all three."""
        self.look_up()
        self.draw()
        self.cast(answers)

    def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.post(f"/survei/{self.survey}/{what}/", body)
        if status != 200:
            raise Refused(status, answer)
        return answer


def text(content: bytes) -> str:
    """Return bytes as they stand in JSON."""
    return base64.b64encode(content).decode()


LATER = OPEN_DAY + timedelta(days=1)
