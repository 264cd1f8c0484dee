"""Bringing the database and the static files of a site to what this version needs."""

from __future__ import annotations

from django.core.management import call_command


def install() -> None:
    """Apply the migrations, make the cache table, collect the static files; safe to repeat."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)  # old ones stay: pages are open
