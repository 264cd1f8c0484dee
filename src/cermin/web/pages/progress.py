"""Answers to a page that asks every second how far long work is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def progress(
    request: HttpRequest, template: str, shown: Mapping[str, Any], *, at_work: bool
) -> HttpResponse:
    """Show how far it is; once nothing is at work, the page that asks loads itself anew."""
    response = render(request, template, shown)
    if not at_work:
        response["HX-Refresh"] = "true"
    return response
