"""Answers of the public addresses: JSON for the script of the page, plain pages for people."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cermin.core.errors import UserError
from cermin.language import in_words


def json_answer(content: Any, *, status: int = 200) -> HttpResponse:
    """Return ``content`` as JSON that nothing keeps and that can load nothing."""
    return HttpResponse(
        msgspec.json.encode(content), status=status, content_type="application/json",
        headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"},
    )  # fmt: skip


def refused(request: HttpRequest, error: UserError) -> HttpResponse:
    """Say why it was refused, in the form in which it was asked."""
    status = getattr(error, "status", 400)
    reason, field = getattr(error, "reason", "refused"), getattr(error, "field", "")
    return _said(request, reason, in_words(error), status, field)


def not_found(request: HttpRequest) -> HttpResponse:
    """Say that there is no such survey."""
    words = _("Survei ini tidak ada. Periksa alamatnya, atau hubungi penghubung unit Anda.")
    return _said(request, "not_found", words, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that nothing was taken in."""
    words = _("Belum terkirim: situs sedang terganggu. Jawaban Anda belum tersimpan; coba lagi.")
    return _said(request, "not_sent", words, 503)


def _said(
    request: HttpRequest, reason: str, words: str, status: int, field: str = ""
) -> HttpResponse:
    if request.content_type == "application/json" or getattr(request, "speaks_json", False):
        told = {"reason": reason, "words": words} | ({"field": field} if field else {})
        answer = json_answer(told, status=status)
    else:
        page = render_to_string("survey/public_problem.html", {"words": words})
        answer = HttpResponse(page, status=status)
    # Django would write a line of log with the moment of every refusal.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
