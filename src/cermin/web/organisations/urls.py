"""Addresses below ``/i/<agency>/``, and those of invitations."""

from __future__ import annotations

from django.urls import URLPattern

unit_urls: list[URLPattern] = []
roster_urls: list[URLPattern] = []
member_urls: list[URLPattern] = []
audit_urls: list[URLPattern] = []

urlpatterns = [*unit_urls, *roster_urls, *member_urls, *audit_urls]

invitation_urls: list[URLPattern] = []  # below /undangan/, before there is an account
