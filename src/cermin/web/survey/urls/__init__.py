"""Addresses of the survey: below ``/i/<agency>/`` for its people, below ``/survei/`` for all."""

from __future__ import annotations

from django.urls import URLPattern

from cermin.web.survey.urls import (
    board,
    closing,
    invitations,
    keys,
    mailings,
    open_links,
    page,
    protocol,
    worker,
)

agency_urls: list[URLPattern] = [
    *board.agency, *mailings.agency, *keys.agency, *closing.agency, *invitations.agency,
    *open_links.agency,
]  # fmt: skip
public_urls: list[URLPattern] = [
    *open_links.public,  # first: its addresses look like those of a survey
    *page.public, *protocol.public, *mailings.public, *worker.public, *invitations.public,
]  # fmt: skip
