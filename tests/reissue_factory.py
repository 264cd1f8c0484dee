"""People who lost their code: the page that they open, and how they draw with a code."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from cermin.web.survey.models import Invitee, Survey
from survey_factory import Phone, code_for, paper_for, posting, some_answers


def named(name: str) -> Invitee:
    """Return the invitee of that name as it is now."""
    return Invitee.objects.select_related("survey").get(name=name)


def form(**fields: str) -> dict[str, Any]:
    """Return what a client posts as a browser does."""
    return {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}


class Page:
    """The page of somebody who lost the code, without JavaScript."""

    def __init__(self, survey: Survey, language: str = "") -> None:
        self.client = Client()
        self.home = f"/survei/{survey.public_id}/{language}kode-baru/"
        self.text = self.client.post(self.home).content.decode()
        self.secret = re.findall(r'name="secret" value="([^"]+)"', self.text)[0]
        self.number = re.findall(r"<samp>(\d{3} \d{3})</samp>", self.text)[0]

    def ask(self) -> Any:
        """Ask whether the code is there."""
        return self.client.post(f"{self.home}lihat/", **form(secret=self.secret))

    def code(self) -> str:
        """Return the code that the page shows, or nothing."""
        found = re.search(
            r"<samp>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</samp>", self.ask().content.decode()
        )
        return found[1] if found else ""


def draw(invitee: Invitee) -> Phone:
    """Take part with the code of this person."""
    phone = Phone(invitee.survey.public_id, code_for(invitee), posting(Client()))
    phone.submit(some_answers(paper_for(invitee.survey)))
    return phone
