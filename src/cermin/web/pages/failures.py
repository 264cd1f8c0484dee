"""Error pages that the framework asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was open too long, and what to do."""
    words = _("Formulir ini sudah kedaluwarsa. Kembali, muat ulang halaman, lalu kirim lagi.")
    return render(request, "pages/problem.html", {"words": words}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page, or that it is not this person's."""
    return render(request, "pages/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours; drawn without anything that could fail again."""
    return HttpResponse(render_to_string("pages/broken.html"), status=500)
