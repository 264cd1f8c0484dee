"""How a person of the factories signs in."""

from __future__ import annotations

from playwright.sync_api import Page

from site_factory import PASSWORD


def enter(page: Page, email: str) -> None:
    """Sign in to the page's site."""
    page.goto("/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda address: "/akun/" not in address)
