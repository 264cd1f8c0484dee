"""A UserError that no form has caught becomes a plain page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from cermin.core.errors import UserError
from cermin.language import in_words


class UserErrorMiddleware:
    """Show what the person can mend; everything else stays a bug."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for a UserError, None for anything else."""
        if not isinstance(error, UserError):
            return None
        status = getattr(error, "status", 400)
        return render(request, "pages/problem.html", {"words": in_words(error)}, status=status)
