"""The short way of the public survey addresses: no session, no cookie, no account, no log of who.

Everything below ``/survei/`` is answered here, above the middleware of the other pages. A page with
session and account would cost as much as five submissions, and would tie them together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from cermin.core.errors import UserError
from cermin.language import speak
from cermin.web.survey.views.public.answers import broken, not_found, refused

PREFIX = "/survei/"

logger = logging.getLogger(__name__)


class SurveyRoutesMiddleware:
    """Answer the survey's public addresses; let all others pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or go on."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        language = "en" if "/en/" in request.path_info else "id"
        speak(language)
        with translation.override(language):
            response = _answered(request)
        if isinstance(response, HttpResponse):  # keeps the connection usable for the next request
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _answered(request: HttpRequest) -> HttpResponseBase:
    try:
        view, args, kwargs = resolve(request.path_info)
        answer: HttpResponseBase = view(request, *args, **kwargs)
    except (Resolver404, Http404):
        return not_found(request)
    except UserError as error:
        return refused(request, error)
    except Exception as error:
        # The kind of error only: its text may quote what somebody sent.
        logger.error("A survey address failed: %s", type(error).__name__)
        return broken(request)
    return answer
