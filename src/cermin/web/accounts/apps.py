"""Configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People who sign in: accounts, second factor, sessions, single sign-on."""

    name = "cermin.web.accounts"
    label = "accounts"
