"""A site without an agency leads everybody to its set-up."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from cermin.web.operations.queries.setup import is_set_up

_FREE = ("/mulai/", "/static/", "/bahasa/", "/bantuan/")


class SetupMiddleware:
    """Ask until the answer is yes, which it then remains: no query per request after set-up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._is_set_up = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Redirect, or go on."""
        if not self._is_set_up and not request.path.startswith(_FREE):
            self._is_set_up = is_set_up()
            if not self._is_set_up:
                return redirect("setup_start")
        return self.get_response(request)
