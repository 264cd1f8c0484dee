"""The language of a request: the person's, else the choice in the cookie, else Indonesian."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from cermin.language import LANGUAGES, speak


class LanguageMiddleware:
    """Make Django and the rooms below speak the same language during one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Speak, then answer."""
        language = _language_of(request)
        speak(language)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _language_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen is None and request.user.is_authenticated:
        chosen = request.user.language
    return chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
