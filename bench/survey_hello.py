"""A hello through Django without middleware: what server and framework cost by themselves."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only-for-this-measurement",
    MIDDLEWARE=[],
)


def hello(_request: HttpRequest) -> HttpResponse:
    """Say hello."""
    return HttpResponse(b"hello", headers={"Content-Length": "5"})


urlpatterns = [path("", hello)]
framework = get_wsgi_application()
