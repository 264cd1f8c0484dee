"""What every answer carries and no request may exceed, whichever part of the site answers.

These stand outside everything else, so that refusals, errors and static files are covered too.
"""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
        "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
    # A page may hold names; only what says otherwise itself (static files) may be kept.
    "Cache-Control": "private, no-store",
}
_MEGABYTE = 1_000_000


class HeadersMiddleware:
    """Add the headers that tell browsers what they must not do, unless a page set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class PolicyMiddleware(CSPMiddleware):
    """The policy of what a page may load, unless the answer brings one of its own.

    Building the usual one takes a tenth of the time of an answer to the survey's script.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the policy that is lacking."""
        if HEADER in response.headers:
            return response
        return super().process_response(request, response)


class BodyLimitMiddleware:
    """Refuse a body that is too large before any of it is read.

    Stands below the sign-in: a stranger can post a form, not fill the disk with files.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse with 413."""
        size = _announced(request)
        if size > _MEGABYTE and size > _limit_mb(request) * _MEGABYTE:
            return _too_large(request)
        return self.get_response(request)


def _announced(request: HttpRequest) -> int:
    # Without a length the framework reads no body at all, so there is nothing to limit.
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() else 0


def _limit_mb(request: HttpRequest) -> int:
    # One more than the largest file: the form around it.
    return settings.UPLOAD_LIMIT_MB + 1 if request.user.is_authenticated else 1


def _too_large(request: HttpRequest) -> HttpResponse:
    words = _("Kiriman terlalu besar: paling banyak {n} MB.").format(n=_limit_mb(request))
    response = HttpResponse(
        render_to_string("pages/problem.html", {"words": words}, request), status=413
    )
    response["Connection"] = "close"
    return response
