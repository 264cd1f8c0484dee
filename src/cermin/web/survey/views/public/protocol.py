"""The three requests of the script of the survey page: look up, draw, cast."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse

from cermin.language import N_
from cermin.web.pages import clock
from cermin.web.survey.actions import protocol
from cermin.web.survey.queries.facts import Facts, facts_of
from cermin.web.survey.rules.refusals import Refused
from cermin.web.survey.views.public.answers import json_answer
from cermin.web.survey.views.public.bodies import json_body

Code = Annotated[str, msgspec.Meta(max_length=64)]
Bytes = Annotated[bytes, msgspec.Meta(max_length=512)]  # base64 in JSON


class LookUp(msgspec.Struct, forbid_unknown_fields=True):
    """Which class is this invitation of?"""

    code: Code


class DrawBallot(msgspec.Struct, forbid_unknown_fields=True):
    """Sign this blinded serial."""

    code: Code
    blinded: Bytes


class CastBallot(msgspec.Struct, forbid_unknown_fields=True):
    """Take this ballot in."""

    class_number: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    serial: Bytes
    signature: Bytes
    answers: dict[str, Any]


View = Callable[[HttpRequest, str], HttpResponse]


def _json_post(view: View) -> View:
    """Take POST only, and answer in JSON whatever comes."""

    @wraps(view)
    def spoken(request: HttpRequest, survey: str) -> HttpResponse:
        request.speaks_json = True  # type: ignore[attr-defined]
        if request.method != "POST":
            raise Refused(
                "not_posted", 405, N_("Alamat ini hanya menerima kiriman dari halaman survei.")
            )
        return view(request, survey)

    return spoken


@_json_post
def look_up(request: HttpRequest, survey: str) -> HttpResponse:
    """Tell the class of an invitation and the key that signs its ballots."""
    asked = json_body(request, LookUp)
    found = protocol.look_up(facts=_facts(survey), typed=asked.code, now=clock.now())
    modulus = base64.b64encode(found.modulus).decode()
    return json_answer({"class_number": found.class_number, "modulus": modulus})


@_json_post
def draw(request: HttpRequest, survey: str) -> HttpResponse:
    """Sign a blinded serial, once per invitation."""
    asked = json_body(request, DrawBallot)
    signed = protocol.draw(
        facts=_facts(survey), typed=asked.code, blinded=asked.blinded, now=clock.now()
    )
    return json_answer({"blind_signature": base64.b64encode(signed).decode()})


@_json_post
def cast(request: HttpRequest, survey: str) -> HttpResponse:
    """Take a ballot in; the answer is sent when it is committed."""
    asked = json_body(request, CastBallot)
    protocol.cast(
        facts=_facts(survey), class_number=asked.class_number, serial=asked.serial,
        signature=asked.signature, answers=asked.answers, now=clock.now(),
    )  # fmt: skip
    return json_answer({"sent": True})


def _facts(survey: str) -> Facts:
    facts = facts_of(survey)
    if facts is None:
        raise Http404
    return facts
