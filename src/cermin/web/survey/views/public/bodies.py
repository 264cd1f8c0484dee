"""Reading what is sent to the public addresses: of the right kind, and not too much."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict

from cermin.language import N_
from cermin.web.survey.rules.refusals import Refused

PLAIN_FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
MOST_BYTES = 64_000
_MOST_DIGITS = 9  # of a length; beyond it is no number that anybody means
T = TypeVar("T")


def form_body(request: HttpRequest, *, kinds: Collection[str] = (PLAIN_FORM,)) -> QueryDict:
    """Return a form as it was sent; Refused when it is none, broken or too large."""
    _check(request, kinds)
    try:
        return request.POST
    except (SuspiciousOperation, BadRequest) as error:
        raise _unreadable() from error


def json_body(request: HttpRequest, kind: type[T]) -> T:
    """Return what was sent as JSON, which must be just a ``kind``; Refused when it is not."""
    _check(request, ("application/json",))
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _unreadable() from error


def _check(request: HttpRequest, kinds: Collection[str]) -> None:
    size = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type not in kinds or not size.isdecimal():
        raise _unreadable()
    if len(size) > _MOST_DIGITS or int(size) > MOST_BYTES:
        raise Refused("malformed", 400, N_("Permintaan ini terlalu besar."))


def _unreadable() -> Refused:
    return Refused("malformed", 400, N_("Permintaan ini tidak terbaca."))
