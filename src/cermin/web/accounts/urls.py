"""Sign-in, second factor, sessions: the pages of the sign-in library under our names."""

from __future__ import annotations

from django.urls import include, path

from cermin.web.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("", include("allauth.urls")),
]
