"""Error pages that the framework asks for."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request made no sense; the session may not even have been read."""
    return _bare(
        _("Permintaan tidak dapat dibaca"),
        _("Muat ulang halaman lalu coba lagi. Unggahan terlalu besar juga ditolak di sini."),
        status=400,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was open too long, and what to do."""
    words = _("Formulir ini sudah kedaluwarsa. Kembali, muat ulang halaman, lalu kirim lagi.")
    return render(request, "pages/problem.html", {"words": words}, status=403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this person may not do this, and who can help."""
    context = {
        "heading": _("Tidak diizinkan"),
        "words": _(
            "Peran Anda tidak mengizinkan tindakan ini. Tanyakan kepada pengelola instansi."
        ),
    }
    return render(request, "pages/problem.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page, or that it is not this person's."""
    return render(request, "pages/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours."""
    return _bare(
        _("Terjadi gangguan pada situs"),
        _(
            "Kesalahan ini bukan pada Anda dan sudah tercatat. Coba lagi beberapa saat lagi; "
            "hubungi pengelola bila berulang."
        ),
        status=500,
    )


def _bare(heading: str, words: str, *, status: int) -> HttpResponse:
    """Return a page without request, session or database: none of them could fail again."""
    context = {
        "heading": heading,
        "words": words,
        "way_out": _("Ke beranda"),
        "language": get_language() or "id",
        "style": _style(),
    }
    return HttpResponse(render_to_string("pages/broken.html", context), status=status)


def _style() -> str:
    try:
        return static("cermin/cermin.css")
    except (ValueError, ImproperlyConfigured):  # static files were never collected
        return ""
